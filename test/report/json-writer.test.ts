import { assert, constantFrom, double, integer, nat, oneof, property, record, string, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inertJson } from '../../src/report/inert.js';
import { named } from '../../src/report/json-piece.js';
import { JsonWriter } from '../../src/report/json-writer.js';
import { formatDuration, formatTime } from '../../src/base/time.js';
import { clock } from './analysis-fixture.js';
import { written } from './written.js';

const field = named('field');
/** The value that is written of a field. */
const valueOf = (write: (to: JsonWriter) => void, of = clock): string => written(write, of).replace('"field":', '');
/** A moment as rows have it. */
function momentOf(second: number, rest: number): string {
  const [day, time] = new Date(second * 1000).toISOString().slice(0, -5).split('T');
  return `"${day} ${time}.${String(rest).padStart(9, '0')}"`;
}

describe('values are those of JSON.stringify and of the formats of time', () => {
  test.each([
    0, 7, 10, 99, 100, 999, 1000, 1001, 65_535, 999_999, 1_000_000, 1_000_999, 999_999_999, 1e9, 4_294_967_295, 2 ** 53,
    1e21, -1, -0, 0.5, 303.089, NaN, -Infinity,
  ])('%d', (value) => {
    expect(valueOf((to) => to.number(field, value))).toBe(JSON.stringify(value));
  });

  test('any number', () => {
    assert(
      property(oneof(nat(), integer(), double()), (value) => {
        expect(valueOf((to) => to.number(field, value))).toBe(JSON.stringify(value));
      }),
    );
  });

  test('any time of any clock', () => {
    const clocks = record({
      epoch: oneof(integer({ min: 1e9, max: 4e9 }), integer({ min: -1e10, max: 2e10 })), digits: nat(9),
    });
    const times = oneof(
      integer({ min: -1e12, max: 1e15 }), integer({ min: 0, max: 1e9 }).map((second) => second * 1e9 - 1),
    );
    assert(
      property(clocks, times, (of, time) => {
        expect(valueOf((to) => to.time(field, time), of)).toBe(formatTime(of, time));
      }),
      { numRuns: 500 },
    );
    for (const none of [null, Infinity, NaN]) expect(valueOf((to) => to.time(field, none))).toBe('null');
  });

  test('any moment of a calendar, by day and second', () => {
    const moments = oneof(integer({ min: 1e9, max: 4e9 }), integer({ min: -1e10, max: 3e11 }));
    assert(
      property(moments, integer({ min: -1e6, max: 1e6 }), nat(999_999_999), (epoch, seconds, rest) => {
        // By one writer: the second one may be of the day of the first.
        const both = written((to) => {
          to.timestamp(field, rest);
          to.timestamp(field, seconds * 1e9 + rest);
        }, { epoch, digits: 9 });
        expect(both).toBe(`"field":${momentOf(epoch, rest)},"field":${momentOf(epoch + seconds, rest)}`);
      }),
      { numRuns: 500 },
    );
    const ofNoCalendar = { epoch: 9e12, digits: 9 };
    expect(valueOf((to) => to.timestamp(field, 5), ofNoCalendar)).toBe('"9000000000000.000000005"');
    for (const none of [null, Infinity, NaN]) expect(valueOf((to) => to.timestamp(field, none))).toBe('null');
  });

  test('any duration', () => {
    assert(
      property(integer(), (duration) => {
        expect(valueOf((to) => to.duration(field, duration))).toBe(formatDuration(duration));
      }),
    );
    expect(valueOf((to) => to.duration(field, Infinity))).toBe('null');
  });

  test('any text, be it long or short, and whatever is in it', () => {
    const characters = string({ unit: 'binary', maxLength: 120 });
    const nearlyPlain = tuple(
      string({ maxLength: 120 }),
      constantFrom('', '"', '\\', '\n', '\u007F', '\u0085', '\u202E', '\uD800', 'ü', '漢', '😀', '\u{E0041}'),
    ).map(([text, one]) => text + one);
    assert(
      property(oneof(characters, nearlyPlain), (text) => {
        expect(valueOf((to) => to.text(field, text))).toBe(Buffer.from(inertJson(text)).toString());
      }),
      { numRuns: 500 },
    );
  });

  test('every character, in a short text and in a long one', () => {
    const wrong: number[] = [];
    const to = new JsonWriter(clock);
    for (let unit = 0; unit < 0x10000; unit++) {
      for (const text of [String.fromCharCode(unit), 'x'.repeat(60) + String.fromCharCode(unit)]) {
        to.text(field, text);
        if (to.taken().toString() !== `"field":${inertJson(text)},`) wrong.push(unit);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test('objects and lists, empty ones and within each other', () => {
  expect(written((to) => {
    to.open();
    to.numbers(field, []);
    to.words(field, ['leak', 'slow']);
    to.open(field);
    to.close();
    to.openList(field);
    to.open();
    to.boolean(field, null);
    to.word(field, null);
    to.close();
    to.closeList();
    to.close();
  })).toBe('{"field":[],"field":["leak","slow"],"field":{},"field":[{"field":null,"field":null}]}');
});

test('a record may be of any length', () => {
  const texts = Array.from({ length: 40_000 }, (_, index) => `${index} ü`);
  expect(written((to) => to.texts(field, texts))).toBe(`"field":${JSON.stringify(texts)}`);
  const long = `${'x'.repeat(1e6)}"`;
  expect(valueOf((to) => to.text(field, long))).toBe(JSON.stringify(long));
  expect(valueOf((to) => to.text(field, 'x'.repeat(1e6)))).toBe(`"${'x'.repeat(1e6)}"`);
});

test('a chunk stays as it is while the next one is written', () => {
  const to = new JsonWriter(clock);
  const fill = (word: string): Buffer => {
    while (!to.isFull) to.word(field, word);
    return to.taken();
  };
  const first = fill('first');
  const text = first.toString();
  const second = fill('second');
  expect(first.toString()).toBe(text);
  expect(second.toString()).toMatch(/^("field":"second",)+$/);
  expect(first.length).toBeLessThan(70_000);
});
