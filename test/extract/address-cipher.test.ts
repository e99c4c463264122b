import { describe, expect, it } from 'vitest';
import { AddressCipher } from '../../src/extract/address-cipher.js';

/** The key and the addresses of Crypto-PAn's own sample. */
const KEY = Uint8Array.of(
  21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87,
  76, 45, 42, 132, 34, 2,
);
const ip4 = (text: string): Uint8Array => Uint8Array.from(text.split('.'), Number);
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('IP addresses', () => {
  it.each([
    ['128.11.68.132', '135.242.180.132'],
    ['129.118.74.4', '134.136.186.123'],
    ['130.132.252.244', '133.68.164.234'],
    ['141.223.7.43', '141.167.8.160'],
    ['141.233.145.108', '141.129.237.235'],
    ['152.163.225.39', '151.140.114.167'],
    ['156.29.3.236', '147.225.12.42'],
  ])('%s becomes %s, as in Crypto-PAn', (address, expected) => {
    expect(new AddressCipher(KEY).ip(ip4(address)).join('.')).toBe(expected);
  });

  it('share as many leading bits as before, whatever the key', () => {
    const cipher = new AddressCipher();
    const addresses = [
      '10.0.0.1', '10.0.0.2', '10.0.128.1', '10.1.0.1', '11.0.0.1', '74.0.0.1', '192.168.1.1', '192.168.1.130',
    ].map(ip4);
    const long = [
      '20010db8 00000000 00000000 00000001', '20010db8 00000000 00000000 00000002',
      '20010db8 00000001 00000000 00000001', 'fe800000 00000000 02000000 00000001',
    ].map(fromHex);
    for (const family of [addresses, long]) {
      for (const a of family)
        for (const b of family) expect(commonBits(cipher.ip(a), cipher.ip(b))).toBe(commonBits(a, b));
    }
  });

  it('of the two families tell nothing of each other', () => {
    const cipher = new AddressCipher(KEY);
    expect(cipher.ip(fromHex('0a000001 0a000001 0a000001 0a000001')).subarray(0, 4)).not.toEqual(
      cipher.ip(ip4('10.0.0.1')),
    );
  });
});

describe('link-layer addresses', () => {
  it('become locally administered ones, groups stay groups', () => {
    const cipher = new AddressCipher(KEY);
    expect(cipher.mac(fromHex('001122334455'))[0]! & 3).toBe(2);
    expect(cipher.mac(fromHex('01005e000001'))[0]! & 3).toBe(3);
    expect(cipher.mac(fromHex('001122334455'))).toEqual(cipher.mac(fromHex('001122334455')));
    expect(cipher.mac(fromHex('001122334455'))).not.toEqual(cipher.mac(fromHex('001122334456')));
  });
});

it('the same words give the same addresses, and no others do', () => {
  const [a, b, c] = ['red door', 'red door', 'red doors'].map((words) =>
    new AddressCipher(AddressCipher.keyOf(words)).ip(ip4('10.0.0.1')).join('.'),
  );
  expect(a).toBe(b);
  expect(a).not.toBe(c);
});

function commonBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? a.length * 8 : at * 8 + Math.clz32(a[at]! ^ b[at]!) - 24;
}
