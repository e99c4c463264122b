import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analyze } from '../../src/index.js';

const readme = readFileSync('README.md', 'utf8');
const section = (from: string, to: string): string => readme.slice(readme.indexOf(from), readme.indexOf(to));

test('every message in the README is one that lastack says of a recording', async () => {
  const captures = readdirSync('captures').filter((name) => name.endsWith('.pcapng'));
  const said = new Set<string>();
  for (const name of captures) {
    for (const { message } of (await analyze([`captures/${name}`])).findings) said.add(message);
  }
  const shown = [...section('## What it names', 'The other findings').matchAll(/^\| [^|]+ \| [^|]+ \| ([^|]+) \|$/gm)]
    .map(([, message = '']) => message)
    .filter((message) => /[.)]$/.test(message));
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter((message) => !said.has(message))).toEqual([]);
});

test('every finding that there is stands in the README, with its page', () => {
  const pages = readdirSync('docs/findings').map((name) => `docs/findings/${name}`);
  expect(pages.filter((page) => !section('## What it names', '## Commands').includes(`](${page})`))).toEqual([]);
});
