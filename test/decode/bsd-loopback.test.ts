import { expect, test } from 'vitest';
import { IPV6_HELLO, decoded, helloAt, helloBehind } from './bytes.js';

test.each([0, 108])('LINKTYPE %i in both byte orders', (linkType) => {
  expect(decoded(helloBehind('02000000'), { linkType })).toEqual(helloAt(4));
  expect(decoded(helloBehind('00000002'), { linkType })).toEqual(helloAt(4));
});

test.each([
  ['Linux', 10], ['Windows', 23], ['OpenBSD', 24], ['FreeBSD', 28], ['macOS', 30],
])('AF_INET6 of %s', (_system, family) => {
  expect(decoded([family, 0, 0, 0, ...IPV6_HELLO], { linkType: 0 })).toMatchObject({ family: 6, length: 5 });
  expect(decoded([0, 0, 0, family, ...IPV6_HELLO], { linkType: 108 })).toMatchObject({ family: 6, length: 5 });
});

test('another family', () => {
  expect(decoded(helloBehind('07000000'), { linkType: 0 })).toBe('bsd loopback: family not IP');
  expect(decoded(helloBehind('02000200'), { linkType: 0 })).toBe('bsd loopback: family not IP');
});
