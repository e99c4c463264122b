import { expect, it } from 'vitest';
import { brailleArea, resampled } from '../../../src/tui/text/braille.js';
import { binned, cellOf, sparkline } from '../../../src/tui/text/sparkline.js';

it('draws an area of dots, two values in a character, a small one still seen', () => {
  expect(brailleArea([0, 8], 8, 2)).toEqual(['⢸', '⢸']);
  expect(brailleArea([8, 1], 8, 1)).toEqual(['⣇']);
  expect(brailleArea([1, 0], 1000, 2)).toEqual(['⠀', '⡀']);
  expect(brailleArea([0, 0], 0, 1)).toEqual(['⠀']);
});

it('keeps the highest of values that share a place, and repeats where there are fewer', () => {
  expect(resampled([1, 9, 2, 3], 2)).toEqual([9, 3]);
  expect(resampled([1, 2], 4)).toEqual([1, 1, 2, 2]);
});

it('counts moments in equal parts of a span, the last one in the last part', () => {
  expect(binned([0, 1, 49, 50, 100], 0, 100, 4)).toEqual([2, 1, 1, 1]);
  expect([cellOf(-5, 0, 100, 4), cellOf(500, 0, 100, 4), cellOf(3, 3, 3, 4)]).toEqual([0, 3, 0]);
});

it('draws counts as bars', () => {
  expect(sparkline([0, 1, 4, 7])).toBe('·▁▄▇');
  expect(sparkline([0, 0])).toBe('··');
});
