import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ticksOf } from '../../src/extract/ticks.js';
import { NOTHING } from '../../src/report/json-piece.js';
import { JsonWriter } from '../../src/report/json-writer.js';
import { formatDuration, formatTime } from '../../src/base/time.js';

/** Whatever 64 bits of ticks of a second and an offset of 64 bits can make of a timestamp, in seconds. */
const epochs = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 }), fc.double({ min: -1e19, max: 3e19, noNaN: true }).map(Math.round),
);
const times = fc.oneof(
  fc.integer(), fc.double({ min: -3e28, max: 3e28, noNaN: true }).map(Math.round),
  fc.constantFrom(2 ** 53, -(2 ** 53), 9_223_372_036_854_776e9),
);
const digits = fc.integer({ min: 0, max: 9 });
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

test('whatever a timestamp says, its time is written as a number', () => {
  fc.assert(fc.property(epochs, times, digits, (epoch, time, digits) => {
    const clock = { epoch, digits };
    const text = formatTime(clock, time);
    expect(text).toMatch(NUMBER);
    expect(text.split('.')[1]?.length ?? 0).toBe(digits);
    const seconds = epoch + time / 1e9;
    expect(Math.abs(Number(text) - seconds)).toBeLessThanOrEqual(
      1 + (Math.abs(epoch) + Math.abs(time / 1e9)) * 2 ** -50,
    );
    const json = new JsonWriter(clock);
    json.time(NOTHING, time);
    json.dropComma();
    expect(json.taken().toString()).toBe(text);
  }), { numRuns: 5000 });
});

test('and so is its duration', () => {
  fc.assert(fc.property(times, (duration) => {
    expect(formatDuration(duration)).toMatch(NUMBER);
    expect(Math.abs(Number(formatDuration(duration)) - duration / 1e9)).toBeLessThanOrEqual(
      1e-9 + Math.abs(duration) * 2 ** -52,
    );
  }), { numRuns: 5000 });
});

test('and so are the ticks of an extract', () => {
  fc.assert(
    fc.property(
      epochs, times, fc.oneof(digits, fc.integer({ min: 0x80, max: 0x80 + 29 })),
      (epoch, time, resolution) => {
        const ticks = ticksOf({ epoch, digits: 9 }, time, resolution);
        expect(ticks >= 0n && ticks < 2n ** 64n).toBe(true);
      },
    ),
  );
});
