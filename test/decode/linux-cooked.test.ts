import { expect, test } from 'vitest';
import { decoded, helloAt, helloBehind } from './bytes.js';

const version1 = '0004 0001 0006 020000000001 0000';

test('version 1 and 2', () => {
  expect(decoded(helloBehind(version1, '0800'), { linkType: 113 })).toEqual(helloAt(16));
  expect(decoded(helloBehind('0800 0000 00000003 0001 04 06 0200000000010000'), { linkType: 276 })).toEqual(
    helloAt(20),
  );
});

test('with a VLAN tag', () => {
  expect(decoded(helloBehind(version1, '8100 0064 0800'), { linkType: 113 })).toEqual(helloAt(20));
});

test('an 802.3 frame', () => {
  expect(decoded(helloBehind(version1, '0004', 'aaaa03 000000 0800'), { linkType: 113 })).toEqual(helloAt(24));
});

test('a protocol that is no EtherType', () => {
  expect(decoded(helloBehind(version1, '0001'), { linkType: 113 })).toBe('ethernet: EtherType not IP');
});
