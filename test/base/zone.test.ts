import { afterEach, expect, test } from 'vitest';
import { fromWallTime, useZone, wallTime, zoneName } from '../../src/base/zone.js';

const { TZ } = process.env;
afterEach(() => {
  useZone('utc');
  if (TZ === undefined) delete process.env['TZ'];
  else process.env['TZ'] = TZ;
});

const AUTUMN = Date.UTC(2026, 10, 20, 10, 24, 1, 218);
const SUMMER = Date.UTC(2026, 6, 1, 22, 30);

test.each([
  ['UTC', '2026-11-20 10:24:01.218', 'UTC', 'UTC'], ['Europe/Berlin', '2026-11-20 11:24:01.218', 'UTC+1', 'UTC+2'],
  ['Asia/Kolkata', '2026-11-20 15:54:01.218', 'UTC+5:30', 'UTC+5:30'],
  ['America/St_Johns', '2026-11-20 06:54:01.218', 'UTC-3:30', 'UTC-2:30'],
])('%s', (zone, wall, autumn, summer) => {
  process.env['TZ'] = zone;
  useZone('local');
  expect([wallTime(AUTUMN), zoneName(AUTUMN), zoneName(SUMMER)]).toEqual([wall, autumn, summer]);
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = wall.split(/[-: .]/).map(Number);
  expect(fromWallTime({ year, month, day, hours, minutes, seconds })).toBe(AUTUMN - 218);
});

test('UTC until something else is said, whatever the process has', () => {
  process.env['TZ'] = 'Asia/Tokyo';
  expect([wallTime(AUTUMN), zoneName(AUTUMN)]).toEqual(['2026-11-20 10:24:01.218', 'UTC']);
});

test.each([NaN, Infinity, 8.7e15, -8.7e15])('%d is in no calendar', (milliseconds) => {
  useZone('local');
  expect([wallTime(milliseconds), zoneName(milliseconds)]).toEqual([null, 'UTC']);
});
