import { expect, test } from 'vitest';

import { groupsByChance } from '../../../src/diagnoses/patterns/chance.js';

test('where nothing else happens no group is chance', () => {
  expect(groupsByChance(3, 1, 0, 100)).toBe(0);
});

test('two of one event a second lie within a tenth of a second by chance', () => {
  // 1 - exp(-0.1) of 100 events.
  expect(groupsByChance(2, 0.1, 98, 98)).toBeCloseTo(9.516, 3);
});

test('as many as are to be expected are', () => {
  expect(groupsByChance(5, 1, 400, 100)).toBe(405);
});

test('a group that is much larger than others happens less often than once', () => {
  expect(groupsByChance(14, 1, 100, 100)).toBeLessThan(1e-6);
  expect(groupsByChance(14, 1, 100, 100)).toBeGreaterThan(0);
});
