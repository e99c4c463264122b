import { expect, test } from 'vitest';
import { MOST_BYTES, answer } from '../../src/mcp/answer.js';

const asked = { offset: 0, limit: 20 };
const json = (item: unknown): string => JSON.stringify(item);

test('all that fits is told, and nothing is left', () => {
  expect(JSON.parse(answer({ what: 1 }, { all: [{ a: 1 }, { a: 2 }], json }, asked))).toEqual({
    what: 1, records: [{ a: 1 }, { a: 2 }], shown: { from: 0, records: 2, of: 2 },
  });
});

test('no record, no head', () => {
  expect(JSON.parse(answer({}, { all: [], json }, asked))).toEqual({
    records: [], shown: { from: 0, records: 0, of: 0 },
  });
});

test('an offset beyond the last gives none', () => {
  expect(JSON.parse(answer({}, { all: [1, 2], json }, { offset: 7, limit: 20 }))).toEqual({
    records: [], shown: { from: 2, records: 0, of: 2 },
  });
});

test('records end where the room ends, and the next answer goes on there', () => {
  const all = Array.from({ length: 40 }, (_, at) => ({ at, text: 'ä'.repeat(1500) }));
  const first = JSON.parse(answer({}, { all, json }, { offset: 0, limit: 200 })) as {
    records: unknown[];
    shown: { next: number };
  };
  expect(first.shown.next).toBe(first.records.length);
  const second = JSON.parse(answer({}, { all, json }, { offset: first.shown.next, limit: 200 })) as {
    records: { at: number }[];
  };
  expect(second.records[0]!.at).toBe(first.shown.next);
});

test('one that is too long for any answer is passed over, and said to be', () => {
  const all = ['x'.repeat(2 * MOST_BYTES), 'y'];
  expect(JSON.parse(answer({}, { all, json }, asked))).toEqual({
    records: ['y'], shown: { from: 0, records: 1, of: 2, leftOut: 'the record at offset 0 is too long for an answer' },
  });
});

test('no head is too long: lists and texts are cut until it fits', () => {
  const head = {
    list: Array.from({ length: 5000 }, () => ({
      name: 'n'.repeat(5000), deep: Array.from({ length: 500 }, (_, at) => at),
    })),
  };
  const text = answer(head, { all: [1], json }, asked);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
  const { list, listInAll, records } = JSON.parse(text) as {
    list: { name: string }[];
    listInAll: number;
    records: unknown[];
  };
  expect([list.length, listInAll, records]).toEqual([10, 5000, [1]]);
  expect(list[0]!.name).toBe(`${'n'.repeat(500)}…`);
});
