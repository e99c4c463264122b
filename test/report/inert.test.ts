import { expect, test } from 'vitest';
import { inert, inertJson, inertLines } from '../../src/report/inert.js';

test.each([
  ['plain text of any script stays', 'eth0 Ethernet «gehäuse» 網路', 'eth0 Ethernet «gehäuse» 網路'],
  ['an escape sequence is shown', 'a\u001B[2Jb', 'a\\x1b[2Jb'],
  ['the one-byte CSI of C1 too', 'a\u009B2Jb', 'a\\x9b2Jb'],
  ['line breaks, tabs, NUL and DEL', 'a\r\n\tb\0\u007F', 'a\\x0d\\x0a\\x09b\\x00\\x7f'],
  ['a right-to-left override', 'trace\u202Egnp.exe', 'trace\\u{202e}gnp.exe'],
  ['invisible characters', 'a\u200Bb\uFEFFc\u00ADd', 'a\\u{200b}b\\u{feff}c\\xadd'],
  ['a tag beyond the basic plane', 'a\u{E0041}b', 'a\\u{e0041}b'],
  ['half a surrogate pair', 'a\uD800b', 'a\\u{d800}b'],
])('%s', (_name, text, shown) => {
  expect(inert(text)).toBe(shown);
});

test('text with code keeps its line breaks and nothing else', () => {
  expect(inertLines('if (n == 0)\n  close(fd);\u001B')).toBe('if (n == 0)\n  close(fd);\\x1b');
});

test('JSON holds every character, and none that acts', () => {
  const hostile = 'a\u001B\u009B\u202E\u{E0041}\uD800"\\\n網';
  const json = inertJson(hostile);
  expect(json).toBe('"a\\u001b\\u009b\\u202e\\udb40\\udc41\\ud800\\"\\\\\\n網"');
  expect(JSON.parse(json)).toBe(hostile);
  expect(inertJson({ [hostile]: [hostile] })).toBe(`{${json}:[${json}]}`);
});
