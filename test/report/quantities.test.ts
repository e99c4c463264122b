import { expect, test } from 'vitest';
import { bytes, count, counted, date, isOneDay, lasting, socketAddress } from '../../src/report/quantities.js';
import { at, clock } from './analysis-fixture.js';

test.each([
  [0, '0 B'], [999, '999 B'], [1_000, '1.0 kB'], [99_940, '99.9 kB'], [99_960, '100 kB'], [999_499, '999 kB'],
  [999_500, '1.0 MB'], [2_000_000_000, '2.0 GB'],
])('%d bytes are %s', (number, text) => {
  expect(bytes(number)).toBe(text);
});

test.each([
  [0, '0 s'], [0.000_313, '313 µs'], [0.000_9996, '1 ms'], [0.00246, '2.5 ms'], [0.0123, '12 ms'], [0.9994, '999 ms'],
  [0.9996, '1 s'], [1.25, '1.25 s'], [58.25, '58.3 s'], [99.96, '1 min 40 s'], [120, '2 min'], [184.4, '3 min 4 s'],
  [3_599.7, '1 h'], [7_500, '2 h 5 min'],
])('%d s are %s', (seconds, text) => {
  expect(lasting(at(seconds))).toBe(text);
});

test('one is not many', () => {
  expect([counted(1, 'connection'), counted(4_000, 'connection')]).toEqual(['1 connection', '4,000 connections']);
});

test('addresses of IPv6 stand in brackets', () => {
  expect(socketAddress({ address: '2001:db8::1', port: 80 })).toBe('[2001:db8::1]:80');
});

test('dates are written as logs write them', () => {
  expect(date(clock, at(0.25))).toBe('2026-11-20 10:24:01.250');
});

test('a time that no calendar reaches is written as seconds', () => {
  expect(date({ epoch: 9e12, digits: 6 }, 0)).toBe('9000000000000.000000');
});

test('a day ends at midnight UTC', () => {
  expect(isOneDay(clock, at(0), at(3_600))).toBe(true);
  expect(isOneDay(clock, at(0), at(86_400))).toBe(false);
});

test('numbers in groups of three, as Intl has them', () => {
  for (const number of [
    0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 9_007_199_254_740_991, -1, -1000, -123_456, 1234.5678, Infinity,
    Number.NaN,
  ]) {
    expect(count(number)).toBe(number.toLocaleString('en-US'));
  }
});
