import { expect, test } from 'vitest';
import type { ServiceComparison } from '../../src/compare/compare.js';
import { type Diff, diffs } from '../../src/report/diff.js';

const look = { color: false, width: 100 };
const services: readonly ServiceComparison[] = [
  {
    service: '10.0.0.1:80', before: 1_500, after: 0,
    changes: [
      {
        finding: 'half-closed', cause: 'leak', severity: 'error', outcome: 'worse',
        before: { flows: 3, perThousand: 2 }, after: { flows: 1_234, perThousand: 411.333 },
      },
      {
        finding: 'refused', cause: null, severity: 'warning', outcome: 'unseen', before: { flows: 3, perThousand: 2 },
        after: { flows: 0, perThousand: null },
      },
    ],
  },
];
const diff: Diff = {
  before: { name: 'a|b.pcap', flows: 1_500 }, after: { name: 'c\u001B[2J.ndjson', flows: 1 }, services,
};

test('for people', () => {
  expect([...diffs.text(diff, look)].join('').split('\n')).toEqual([
    'before  a|b.pcap, 1,500 connections',
    String.raw`after   c\x1b[2J.ndjson, 1 connection`,
    '',
    '10.0.0.1:80, 1,500 connections before, 0 after',
    '  outcome  severity  finding             before  per 1,000  after  per 1,000',
    '  worse    error     half-closed (leak)       3          2  1,234        411',
    '  unseen   warning   refused                  3          2      0           ',
    '',
    '1 worse, 1 unseen',
    '',
  ]);
});

test('for programs, every digit', () => {
  expect(JSON.parse([...diffs.json(diff)].join(''))).toEqual({
    version: 1, before: diff.before, after: diff.after, services,
  });
});

test('for pull requests', () => {
  expect([...diffs.markdown(diff)].join('')).toBe(
    `## What changed: 1 worse, 1 unseen

Before: a\\|b.pcap, 1,500 connections. After: c\\\\x1b\\[2J.ndjson, 1 connection.

### 10.0.0.1:80

1,500 connections before, 0 after

| outcome | severity | finding | before | per 1,000 | after | per 1,000 |
| :--- | :--- | :--- | ---: | ---: | ---: | ---: |
| worse | error | half-closed (leak) | 3 | 2 | 1,234 | 411 |
| unseen | warning | refused | 3 | 2 | 0 |  |
`,
  );
});

test('two healthy captures', () => {
  expect([...diffs.text({ ...diff, services: [] }, look)].join('')).toMatch(/\n\nnothing was found in either\n$/);
});
