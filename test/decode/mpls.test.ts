import { expect, test } from 'vitest';
import { ETHERNET_ADDRESSES, IPV6_HELLO, decoded, helloAt, helloBehind, hex } from './bytes.js';

test.each(['8847', '8848'])('labels with IPv4 below, EtherType %s', (etherType) => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, etherType, '00010040 00011040 00012140'))).toEqual(helloAt(26));
});

test('IPv6 below', () => {
  expect(decoded(hex(ETHERNET_ADDRESSES, '8847 00002140').concat(IPV6_HELLO))).toMatchObject({ family: 6, length: 5 });
});

test('a pseudowire with and without a control word', () => {
  const inner = `${ETHERNET_ADDRESSES} 0800`;
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8847 00011140', '00000001', inner))).toEqual(helloAt(36));
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8847 00011140', inner))).toEqual(helloAt(32));
  const unlikeZero = 'ac1f6b000002 020000000001 8100 0064 0800';
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8847 00011140', unlikeZero))).toEqual(helloAt(36));
});

test('neither', () => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8847 00011140', 'f0000000'))).toBe('mpls: neither IP nor Ethernet');
});
