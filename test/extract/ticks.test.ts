import { expect, test } from 'vitest';
import { ticksOf, writtenResolution } from '../../src/extract/ticks.js';

const clock = { epoch: 1_795_169_041, digits: 9 };

test.each([
  ['seconds', 0, 2_000_000_000, 1_795_169_043n],
  ['microseconds', 6, 218_147_000, 1_795_169_041_218_147n],
  ['nanoseconds', 9, 218_147_003, 1_795_169_041_218_147_003n],
  ['before the epoch of the clock', 9, -1, 1_795_169_040_999_999_999n],
])('%s', (_name, resolution, time, ticks) => {
  expect(ticksOf(clock, time, resolution)).toBe(ticks);
});

test('binary fractions of a second come back from the nanoseconds to which they were cut', () => {
  for (const exponent of [1, 10, 20, 29]) {
    for (const fraction of [0n, 1n, (1n << BigInt(exponent)) / 3n, (1n << BigInt(exponent)) - 1n]) {
      const ticks = (1_795_169_041n << BigInt(exponent)) + fraction;
      const time = Number((fraction * 1_000_000_000n) >> BigInt(exponent));
      expect(ticksOf(clock, time, 0x80 | exponent)).toBe(ticks);
    }
  }
});

test('what is finer than a nanosecond is written in nanoseconds', () => {
  expect([6, 9, 10, 12, 0x80 | 29, 0x80 | 30, 0x80 | 64].map(writtenResolution)).toEqual([6, 9, 9, 9, 0x80 | 29, 9, 9]);
});

test('no time is before 1970', () => {
  expect(ticksOf({ epoch: 0, digits: 6 }, -5, 6)).toBe(0n);
});
