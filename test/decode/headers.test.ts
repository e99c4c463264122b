import { expect, test } from 'vitest';
import { headersOf } from '../../src/decode/headers.js';
import { ETHERNET, IPV4, IPV6, MPLS, TCP } from '../../src/decode/layer.js';
import { packet } from './bytes.js';
import { samples } from './samples.js';

test.each(samples)('$name: the last header is that of TCP, behind that of an IP', ({ bytes, linkType, tcpAt }) => {
  const headers = headersOf(packet(bytes, { linkType }), 0);
  expect(headers.at(-1)).toEqual({ layer: TCP, offset: tcpAt, end: bytes.length });
  const ip = headers.findLast(({ layer }) => layer === IPV4 || layer === IPV6)!;
  expect(bytes[ip.offset]! >> 4).toBe({ [IPV4]: 4, [IPV6]: 6 }[ip.layer]);
});

test('every label and every frame inside another has its place', () => {
  const { bytes, linkType } = samples.find(({ name }) => name === 'MPLS pseudowire')!;
  const end = bytes.length;
  expect(headersOf(packet(bytes, { linkType }), 0)).toEqual([
    { layer: ETHERNET, offset: 0, end }, { layer: MPLS, offset: 14, end }, { layer: ETHERNET, offset: 18, end },
    { layer: IPV4, offset: 32, end }, { layer: TCP, offset: 52, end },
  ]);
});

test('what trails the packet is no part of a header inside: it ends where that around it says', () => {
  const { bytes } = samples[0]!;
  const [frame, , inIp] = headersOf(packet([...bytes, 0xde, 0xad, 0xbe, 0xef]), 0);
  expect(frame).toMatchObject({ layer: ETHERNET, end: bytes.length + 4 });
  expect(inIp).toMatchObject({ layer: TCP, end: bytes.length });
});

test('a packet that is cut has the headers that are there', () => {
  const { bytes } = samples[0]!;
  expect(headersOf(packet(bytes, { captured: 20 }), 0)).toEqual([
    { layer: ETHERNET, offset: 0, end: 20 }, { layer: IPV4, offset: 14, end: 20 },
  ]);
  expect(headersOf(packet(bytes, { linkType: 9999 }), 0)).toEqual([]);
});
