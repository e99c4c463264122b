import { expect, test } from 'vitest';

import type { Finding } from '../../src/findings/finding.js';
import { FindingIndex } from '../../src/findings/finding-index.js';

const of = (...flows: readonly number[]): FindingIndex => new FindingIndex(flows.map((flow) => ({ flow }) as Finding));

test('a connection has its findings in their order, and others have none', () => {
  const index = of(2, 2, 5, 9, 9, 9);
  expect([0, 2, 3, 5, 9, 10].map((flow) => index.of(flow))).toEqual([[], [0, 1], [], [2], [3, 4, 5], []]);
  expect([0, 2, 3, 5, 9, 10].map((flow) => index.has(flow))).toEqual([false, true, false, true, true, false]);
});

test('what is found later comes behind, of whichever connection', () => {
  const index = of(2, 5);
  index.add(5, 2);
  index.add(0, 3);
  index.add(5, 4);
  expect([0, 2, 5].map((flow) => index.of(flow))).toEqual([[3], [0], [1, 2, 4]]);
  expect([0, 1, 2, 5].map((flow) => index.has(flow))).toEqual([true, false, true, true]);
});

test('of no findings there are none', () => {
  expect([of().of(0), of().has(0)]).toEqual([[], false]);
});
