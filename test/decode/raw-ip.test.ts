import { expect, test } from 'vitest';
import { IPV6_HELLO, START, decoded, helloAt, helloBehind } from './bytes.js';

test.each([12, 14, 101])('LINKTYPE %i is either version', (linkType) => {
  expect(decoded(helloBehind(), { linkType })).toEqual(helloAt(0));
  expect(decoded(IPV6_HELLO, { linkType })).toMatchObject({ family: 6, payloadOffset: START + 60 });
  expect(decoded(helloBehind('00'), { linkType })).toBe('raw ip: version neither 4 nor 6');
});

test('LINKTYPE 228 and 229 are one', () => {
  expect(decoded(helloBehind(), { linkType: 228 })).toEqual(helloAt(0));
  expect(decoded(helloBehind(), { linkType: 229 })).toBe('ipv6: version not 6');
  expect(decoded(IPV6_HELLO, { linkType: 229 })).toMatchObject({ family: 6, length: 5 });
  expect(decoded(IPV6_HELLO, { linkType: 228 })).toBe('ipv4: version not 4');
});
