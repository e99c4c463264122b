import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress } from '../../src/decode/address.js';
import { hex } from './bytes.js';

/** IPv6 from its 32 digits. */
function ipv6(digits: string): string {
  const view = new DataView(Uint8Array.from(hex(digits)).buffer);
  return formatAddress(6, view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12));
}

test.each<[number, string]>([
  [0, '0.0.0.0'],
  [0x0a00_0001, '10.0.0.1'],
  [0xc0a8_01fe | 0, '192.168.1.254'],
  [-1, '255.255.255.255'],
])('IPv4 %i', (word, address) => {
  expect(formatAddress(4, 0, 0, 0, word)).toBe(address);
});

test.each([
  ['unspecified', '0000 0000 0000 0000 0000 0000 0000 0000', '::'],
  ['loopback', '0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
  ['zeros at the end', '2001 0db8 0000 0000 0000 0000 0000 0000', '2001:db8::'],
  ['zeros in the middle', '2001 0db8 0000 0000 0000 0000 0002 0001', '2001:db8::2:1'],
  ['no zeros', '2001 0db8 0001 0001 0001 0001 0001 0001', '2001:db8:1:1:1:1:1:1'],
  ['one zero field stays', '2001 0db8 0000 0001 0001 0001 0001 0001', '2001:db8:0:1:1:1:1:1'],
  ['the longer run', '2001 0000 0000 0001 0000 0000 0000 0001', '2001:0:0:1::1'],
  ['the first of equal runs', '2001 0db8 0000 0000 0001 0000 0000 0001', '2001:db8::1:0:0:1'],
  ['lower case, no leading zeros', 'FE80 0000 0000 0000 0A0B 00C0 000D ABCD', 'fe80::a0b:c0:d:abcd'],
  ['IPv4-mapped', '0000 0000 0000 0000 0000 FFFF 0102 0304', '::ffff:1.2.3.4'],
  ['not quite mapped', '0000 0000 0000 0000 0001 FFFF 0102 0304', '::1:ffff:102:304'],
])('IPv6: %s', (_name, digits, address) => {
  expect(ipv6(digits)).toBe(address);
});

test('every IPv6 address is written as the URL standard does, which has the rules of RFC 5952 but for mapped addresses', () => {
  const word = fc.oneof(fc.integer(), fc.constantFrom(0, 1, 0x1_0000));
  fc.assert(fc.property(word, word, fc.integer({ min: -0x8000_0000, max: 0 }), word, (word0, word1, word2, word3) => {
    const address = formatAddress(6, word0, word1, word2, word3);
    expect(new URL(`http://[${address}]/`).hostname).toBe(`[${address}]`);
  }));
});
