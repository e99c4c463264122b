import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { distance, isAfter, isAtOrAfter, latest } from '../../src/flow/sequence.js';

const highest = 0xffff_ffff | 0;
const middle = 0x8000_0000 | 0;

describe('sequence numbers', () => {
  it.each([
    ['within the space', 1000, 900, 100],
    ['over 2^32', 10, highest, 11],
    ['back over 2^32', highest, 10, -11],
    ['over 2^31, where signed numbers turn', middle, middle - 1, 1],
    ['none', highest, highest, 0],
    ['half the space, the farthest', (middle - 1) | 0, 0, 2 ** 31 - 1],
  ])('distance %s', (_, a, b, expected) => {
    expect(distance(a, b)).toBe(expected);
  });

  it('after a step forward, however far below 2^31, a number is after', () => {
    assert(property(integer(), integer({ min: 1, max: 2 ** 31 - 1 }), (start, step) => {
      const end = (start + step) | 0;
      expect([
        isAfter(end, start), isAtOrAfter(end, start), isAfter(start, end), distance(end, start), latest(start, end),
        latest(end, start),
      ]).toEqual([true, true, false, step, end, end]);
    }));
  });

  it('the same number is not after, but at', () => {
    assert(property(integer(), (number) => {
      expect([isAfter(number, number), isAtOrAfter(number, number)]).toEqual([false, true]);
    }));
  });
});
