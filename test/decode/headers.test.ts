import { expect, test } from 'vitest';
import { headersOf } from '../../src/decode/headers.js';
import { ETHERNET, IPV4, IPV6, MPLS, TCP } from '../../src/decode/layer.js';
import { packet } from './bytes.js';
import { samples } from './samples.js';

test.each(samples)('$name: the last header is that of TCP, behind that of an IP', ({ bytes, linkType, tcpAt }) => {
  const headers = headersOf(packet(bytes, { linkType }), 0);
  expect(headers.at(-1)).toEqual({ layer: TCP, offset: tcpAt });
  const ip = headers.findLast(({ layer }) => layer === IPV4 || layer === IPV6)!;
  expect(bytes[ip.offset]! >> 4).toBe({ [IPV4]: 4, [IPV6]: 6 }[ip.layer]);
});

test('every label and every frame inside another has its place', () => {
  const { bytes, linkType } = samples.find(({ name }) => name === 'MPLS pseudowire')!;
  expect(headersOf(packet(bytes, { linkType }), 0)).toEqual([
    { layer: ETHERNET, offset: 0 }, { layer: MPLS, offset: 14 }, { layer: ETHERNET, offset: 18 }, { layer: IPV4, offset: 32 }, { layer: TCP, offset: 52 },
  ]);
});

test('a packet that is cut has the headers that are there', () => {
  const { bytes } = samples[0]!;
  expect(headersOf(packet(bytes, { captured: 20 }), 0)).toEqual([{ layer: ETHERNET, offset: 0 }, { layer: IPV4, offset: 14 }]);
  expect(headersOf(packet(bytes, { linkType: 9999 }), 0)).toEqual([]);
});
