import { expect, test } from 'vitest';
import { parseCount, parseDuration, parseSize } from '../../src/cli/quantities.js';

test.each([
  ['60s', 60e9], ['500ms', 500e6], ['2m', 120e9], ['1.5h', 5_400e9], ['90', 90e9], ['.5', 0.5e9], ['250us', 250e3],
  ['0', 0], ['0.000000001', 1],
])('%s is %d ns', (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

test.each(['', 's', '-1s', '1e3', '60 s s', '1d', 'Infinity', '0x10', '1.s'])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('Write 60s, 500ms, 2m, 1h, or a number of seconds.');
});

test.each([
  ['1000', 1_000], ['500k', 500_000], ['1.5M', 1_500_000], ['2G', 2e9], ['2GB', 2e9], ['1t', 1e12],
])('%s is %d bytes', (text, size) => {
  expect(parseSize(text)).toBe(size);
});

test.each(['', '-5', '10X', 'G', '1 2'])('%j is no size', (text) => {
  expect(() => parseSize(text)).toThrow('Write a number of bytes: 1000000, 500M, 2G.');
});

test.each([['1', 1], ['5000', 5000], ['100k', 100_000], ['1.5M', 1_500_000]])('%s is the number %d', (text, count) => {
  expect(parseCount(text)).toBe(count);
});

test.each(['', '0', '-1', 'many'])('%j is no number', (text) => {
  expect(() => parseCount(text)).toThrow('Write a number: 5000, 100k, 1M.');
});
