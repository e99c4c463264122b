import { expect, test } from 'vitest';

import { ETHERNET_ADDRESSES, IPV6_HELLO, decoded, helloBehind, hex, inUdp } from './bytes.js';

const RAW = { linkType: 101 };
const HELLO = expect.objectContaining({ sourcePort: 50_000, destinationPort: 80, length: 5 });

test('the extension on the port of plain VXLAN is believed where the IP packet that it announces is there', () => {
  expect(decoded(inUdp(4789, helloBehind('0c000001 00002a00')), RAW)).toEqual(HELLO);
  expect(decoded(inUdp(8472, hex('0c000002 00002a00').concat(IPV6_HELLO)), RAW)).toEqual(HELLO);
});

test('an address that begins like an IP header is an address', () => {
  for (const start of ['0c000001 00002a00 4500ff000002', '0c000002 00002a00 600000000002']) {
    expect(decoded(inUdp(4789, helloBehind(start, '020000000001', '0800')), RAW)).toEqual(HELLO);
  }
});

test('without the flag that every VXLAN packet has, what is no frame of a known type is not VXLAN', () => {
  const frame = hex('00000000 00002a00', ETHERNET_ADDRESSES, '88cc 0207');
  for (const port of [4789, 4790]) expect(decoded(inUdp(port, frame), RAW)).toBe('vxlan: no valid header');
});

test('cut anywhere in the header that decides, nothing is read beyond it', () => {
  const bytes = inUdp(4789, helloBehind('0c000001 00002a00'));
  const cut = (captured: number) => decoded(bytes, { ...RAW, captured });
  for (let captured = 28; captured < 36; captured += 1) expect(cut(captured)).toBe('vxlan: header cut');
  for (let captured = 36; captured < bytes.length - 25; captured += 1) expect(cut(captured)).toMatch(/cut/);
});
