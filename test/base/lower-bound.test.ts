import { expect, test } from 'vitest';

import { lowerBound } from '../../src/base/lower-bound.js';

const find = (numbers: readonly number[], wanted: number): number =>
  lowerBound(numbers.length, (place) => numbers[place]! < wanted);

test.each([
  [[], 5, 0],
  [[3], 2, 0],
  [[3], 3, 0],
  [[3], 4, 1],
  [[1, 3, 3, 3, 7], 0, 0],
  [[1, 3, 3, 3, 7], 3, 1],
  [[1, 3, 3, 3, 7], 4, 4],
  [[1, 3, 3, 3, 7], 8, 5],
])('among %j the first that is not before %d is at %d', (numbers, wanted, place) => {
  expect(find(numbers, wanted)).toBe(place);
});
