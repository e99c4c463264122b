import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Columns of a line. */
const WIDTH = 120;

const folders = [
  'src', 'test', 'scripts', 'bench', 'fuzz', 'record', 'examples', 'packages/fleet/src', 'packages/fleet/test',
];
const files = folders
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
  .filter((file) => /\.(tsx?|mjs)$/.test(file) && !file.endsWith('.d.ts'));

/**
 * Lines that are too long, but for those on which a text or a pattern stands in one piece: what is left of them without
 * it is short.
 */
function tooLong(text: string): string[] {
  let isInTemplate = false;
  const found: string[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const began = isInTemplate;
    if ((line.match(/(?<!\\)`/g) ?? []).length % 2 === 1) isInTemplate = !isInTemplate;
    if (Array.from(line).length <= WIDTH || began || isInTemplate) continue;
    const rest = line.replace(/`.*`|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\/(?! ).*\/[a-z]*/u, '');
    // A row of a table in a comment is one piece, too.
    if (/^\s*\* \|/.test(line)) continue;
    if (rest.length > WIDTH / 2 || /^\s*(?:\*|\/\/)/.test(line)) found.push(`${at + 1}: ${line}`);
  }
  return found;
}

describe('no line is too long', () => {
  it.each(files)('%s', (file) => {
    expect(tooLong(readFileSync(file, 'utf8'))).toEqual([]);
  });
});
