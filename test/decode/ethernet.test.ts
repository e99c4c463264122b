import { expect, test } from 'vitest';
import { ETHERNET_ADDRESSES, IPV6_HELLO, decoded, helloAt, helloBehind, hex } from './bytes.js';

const ARP = hex(ETHERNET_ADDRESSES, '0806', '0001 0800 06 04 0001');

test('IPv4 behind its EtherType', () => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '0800'))).toEqual(helloAt(14));
});

test('IPv6 behind its EtherType', () => {
  expect(decoded(hex(ETHERNET_ADDRESSES, '86dd').concat(IPV6_HELLO))).toMatchObject({ family: 6, length: 5 });
});

test('padding up to 60 bytes and a checksum are no payload', () => {
  const padded = [...helloBehind(ETHERNET_ADDRESSES, '0800'), ...hex('0000 0000 0000 0000 0000 deadbeef')];
  expect(decoded(padded)).toEqual(helloAt(14));
});

test('ARP and what is not IP', () => {
  expect(decoded(ARP)).toBe('ethernet: ARP');
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '88cc'))).toBe('ethernet: EtherType not IP');
});

test('1500 is a length, 1501 an EtherType nobody has', () => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '05dc'))).toBe('llc: not SNAP with an EtherType');
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '05dd'))).toBe('ethernet: EtherType not IP');
});
