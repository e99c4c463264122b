import { expect, test } from 'vitest';
import { parseMoment, timeOf } from '../../src/cli/moment.js';

const clock = { epoch: 1_795_170_241, digits: 9 };
const FIRST = 250_000_000;

test.each([
  ['seconds since the epoch, with digits that no double holds', '1795170241.123456789', 123_456_789],
  ['whole seconds', '1795170243', 2_000_000_000],
  ['a moment before the capture', '1795170240.75', -250_000_000],
  ['digits beyond the nanosecond', '1795170241.1234567899', 123_456_789],
  ['since the first packet', '+12.5', 12_750_000_000],
  ['ISO 8601 in UTC', '2026-11-20T10:24:01.218147Z', 218_147_000],
  ['ISO 8601 with a zone', '2026-11-20T11:24:02+01:00', 1_000_000_000],
  ['no zone is UTC', '2026-11-20 10:24:02', 1_000_000_000],
  ['a day is its midnight', '2026-11-21', 48_959_000_000_000],
])('%s', (_name, text, time) => {
  expect(timeOf(parseMoment(text), clock, FIRST)).toBe(time);
});

test('before 1970 a fraction still counts forward', () => {
  expect(parseMoment('-1.25')).toEqual({ from: 'epoch', seconds: -2, nanoseconds: 750_000_000 });
});

test.each(['', 'now', '+', '+-1', '12:00', '2026-13-01', '2026-11-20T25:00:00', '1e9', '1.2.3'])('%j is no moment', (text) => {
  expect(() => parseMoment(text)).toThrow('Write 1795169041.218147, +12.5 (since the first packet), or 2026-11-20T10:24:01.218Z.');
});
