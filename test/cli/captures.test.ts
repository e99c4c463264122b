import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { expandCaptures } from '../../src/cli/captures.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
for (const name of ['a1.pcap', 'a2.pcap', 'b1.pcapng', '.hidden.pcap', 'odd[1].pcap', 'a+b.pcap'])
  writeFileSync(join(folder, name), '');
mkdirSync(join(folder, 'sub'));
afterAll(() => rmSync(folder, { recursive: true }));

const names = (pattern: string): string[] =>
  expandCaptures([join(folder, pattern)]).map((path) => path.slice(folder.length + 1));

test.each([
  ['*.pcap', ['a+b.pcap', 'a1.pcap', 'a2.pcap', 'odd[1].pcap']],
  ['a?.pcap', ['a1.pcap', 'a2.pcap']],
  ['a[!1].pcap', ['a2.pcap']],
  ['[ab]1.pcap*', ['a1.pcap', 'b1.pcapng']],
  ['.h*', ['.hidden.pcap']],
  ['a+*', ['a+b.pcap']],
])('%s', (pattern, expected) => {
  expect(names(pattern)).toEqual(expected);
});

test('a file whose name looks like a pattern is that file', () => {
  expect(names('odd[1].pcap')).toEqual(['odd[1].pcap']);
});

test('names without a pattern are for the reader to judge', () => {
  expect(expandCaptures(['-', 'missing.pcap', 'captures/'])).toEqual(['-', 'missing.pcap', 'captures/']);
});

test.each(['*.cap', 'nowhere/*.pcap', 'x[z-a]*'])('%s matches nothing, and that is said', (pattern) => {
  expect(() => names(pattern)).toThrow(join(folder, pattern));
});
