import { expect, test } from 'vitest';
import { ETHERNET_ADDRESSES, IPV6_HELLO, decoded, helloAt, helloBehind, hex } from './bytes.js';

test('a session', () => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8864', '1100 0001 002f', '0021'))).toEqual(helloAt(22));
});

test('IPv6, on a VLAN', () => {
  const packet = hex(ETHERNET_ADDRESSES, '8100 0007 8864', '1100 0001 0043', '0057').concat(IPV6_HELLO);
  expect(decoded(packet)).toMatchObject({ family: 6, length: 5 });
});

test.each([
  ['another version', '2100 0001 002f 0021', 'pppoe: not session data'],
  ['a code of discovery', '1109 0001 002f 0021', 'pppoe: not session data'],
  ['link control', '1100 0001 002f c021', 'ppp: protocol not IP'],
  ['a length without room for a protocol', '1100 0001 0001 0021', 'ppp: header cut'],
])('%s', (_name, header, reason) => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8864', header))).toBe(reason);
});
