import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const lastack = (...args: string[]): string =>
  spawnSync(process.execPath, ['dist/cli/main.js', ...args], {
    encoding: 'utf8', env: { ...process.env, TZ: 'Asia/Kolkata' },
  }).stdout;

/** A report as it is whenever it is made: the page says when that was, and by which command. */
const told = (...args: string[]): string =>
  lastack('report', 'captures/forgotten-close.pcapng', ...args).replace(
    /<p>Made by lastack.*|<script type="text\/plain".*/g, '',
  );

test('the report says when in local time, and with --utc in UTC', () => {
  expect(lastack('report', 'captures/showcase.pcapng')).toMatch(
    /^time {9}2026-11-20 16:17:38\.622 to 16:19:07\.936 UTC\+5:30 \(/m,
  );
  expect(lastack('report', 'captures/showcase.pcapng', '--utc')).toMatch(
    /^time {9}2026-11-20 10:47:38\.622 to 10:49:07\.936 UTC \(/m,
  );
});

test('netstat takes the time of day that it shows', () => {
  const local = lastack('netstat', 'captures/showcase.pcapng', '--at', '16:18:00', '--summary');
  const utc = lastack('netstat', 'captures/showcase.pcapng', '--at', '10:48:00', '--summary', '--utc');
  expect(local).toMatch(/^2026-11-20 16:18:00\.000 UTC\+5:30, 1\d\d sockets\n/);
  expect(utc).toMatch(/^2026-11-20 10:48:00\.000 UTC, 1\d\d sockets\n/);
  expect(local.split('\n').slice(1)).toEqual(utc.split('\n').slice(1));
});

test('records and documents are in UTC always', () => {
  for (const format of ['ndjson', 'markdown', 'html', 'csv'])
    expect(told('-f', format)).toBe(told('-f', format, '--utc'));
});
