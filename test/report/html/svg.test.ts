import { expect, test } from 'vitest';
import { scale, steps, ticks } from '../../../src/report/html/svg.js';

test.each([
  [89.3, 5, [0, 20, 40, 60, 80]],
  [10, 5, [0, 2, 4, 6, 8, 10]],
  [0.3, 3, [0, 0.1, 0.2, 0.3]],
  [3, 5, [0, 1, 2, 3]],
  [86_400, 4, [0, 21_600, 43_200, 64_800, 86_400]],
  [100, 5, [0, 20, 40, 60, 80, 100]],
  [500, 5, [0, 120, 240, 360, 480]],
  [10 * 86_400, 3, [0, 345_600, 691_200]],
  [0.000_02, 5, [0]],
  [0, 5, [0]],
  [Infinity, 5, [0]],
] as const)('%d seconds in up to %d steps', (most, wanted, expected) => {
  expect(ticks(most, wanted).map((tick) => Math.round(tick * 1e6) / 1e6)).toEqual(expected);
});

test('a scale goes from numbers to places, also upwards, and one of no extent stays at its beginning', () => {
  expect(scale([0, 60], [40, 400])(30)).toBe(220);
  expect(scale([0, 10], [100, 0])(2.5)).toBe(75);
  expect(scale([5, 5], [40, 400])(5)).toBe(40);
});

test('a level holds until the next point', () => {
  expect(steps([[0, 10], [5, 10], [7.125, 4]])).toBe('M0 10H5V10H7.13V4');
});
