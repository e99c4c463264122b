import type { Analysis } from '../../../src/analysis/model.js';
import { html } from '../../../src/report/html.js';

export async function page(analysis: Analysis): Promise<string> {
  return [...await html(analysis)].join('');
}

/** All of a page but its scripts: what it says, and how it looks. */
export function withoutScripts(page: string): string {
  return page.replaceAll(/<script[^>]*>[^<]*(?:<(?!\/script)[^<]*)*<\/script>\n/g, '');
}

/** Elements that have no end tag in HTML; those of SVG that we write end themselves. */
const VOID = new Set(['meta', 'link', 'br']);

/** What does not fit together in a page's tags: nothing, where every one that begins ends. */
export function unbalanced(page: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  for (const [, end, name = '', self] of withoutScripts(page)
    .replace(/<style>[^]*?<\/style>/, '')
    .replace('<!DOCTYPE html>', '')
    .matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (VOID.has(name) || self === '/') continue;
    if (end !== '/') open.push(name);
    else if (open.pop() !== name) faults.push(`</${name}> ends another element`);
  }
  return [...faults, ...open.map((name) => `<${name}> does not end`)];
}
