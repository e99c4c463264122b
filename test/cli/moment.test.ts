import { afterEach, expect, test } from 'vitest';
import { useZone } from '../../src/base/zone.js';
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
  ['a time of day', '10:24:02.5', 1_500_000_000],
  ['a minute of the day', '10:25', 59_000_000_000],
  ['no zone is UTC, where nothing else was said', '2026-11-20 10:24:02', 1_000_000_000],
  ['a day is its midnight', '2026-11-21', 48_959_000_000_000],
])('%s', (_name, text, time) => {
  expect(timeOf(parseMoment(text), clock, FIRST)).toBe(time);
});

test('before 1970 a fraction still counts forward', () => {
  expect(parseMoment('-1.25')).toEqual({ from: 'epoch', seconds: -2, nanoseconds: 750_000_000 });
});

test.each([
  '', 'now', '+', '+-1', '24:00', '12:60', '1:2', '10:24:02,5', '2026-13-01', '2026-11-20T25:00:00', '1e9', '1.2.3',
])('%j is no moment', (text) => {
  expect(() => parseMoment(text)).toThrow(
    'Write 1795169041.218147, +12.5 (since the first packet), 10:24:01, or 2026-11-20T10:24:01.218Z.',
  );
});

const { TZ } = process.env;
afterEach(() => {
  useZone('utc');
  if (TZ === undefined) delete process.env['TZ'];
  else process.env['TZ'] = TZ;
});

test.each([
  ['Asia/Kolkata', '15:54:02', 1_000_000_000], ['Asia/Kolkata', '2026-11-20 15:54:02', 1_000_000_000],
  ['America/New_York', '05:24:02', 1_000_000_000], ['America/New_York', '2026-11-20T05:24:02', 1_000_000_000],
  ['Asia/Kolkata', '2026-11-20T10:24:02Z', 1_000_000_000],
])('in %s, %s', (zone, text, time) => {
  process.env['TZ'] = zone;
  // As the command line does it: what the zone is may be said behind the moment.
  const moment = parseMoment(text);
  useZone('local');
  expect(timeOf(moment, clock, FIRST)).toBe(time);
});

/** Of a capture that begins at 10:24:01 on the 20th. */
test.each([
  ['09:00', 0, 'before it: of its own day', -5_041], ['00:10', 20 * 3600, 'it comes to that on the next day', 49_559],
  ['09:00', 30 * 3600, 'the same', 81_359], ['10:24:01', 0, 'the second in which it begins', 0],
  ['23:00', 0, 'behind it: of its own day', 45_359],
])('%s of a capture that lasts %i s: %s', (text, lasts, _why, seconds) => {
  expect(timeOf(parseMoment(text), clock, FIRST, FIRST + lasts * 1e9)).toBe(seconds * 1e9);
});

test('half a day before its first packet is the next day', () => {
  const night = { epoch: 1_795_218_600, digits: 6 }; // 23:50
  expect(timeOf(parseMoment('00:10'), night, 0)).toBe(1200 * 1e9);
});
