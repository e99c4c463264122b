import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Fragments } from '../../src/decode/fragments.js';
import { HELLO, IPV4_HELLO, START, decoded, hex, inIpv4, inIpv6, segmentOf } from './bytes.js';

const RAW = { linkType: 101 };
const COMPRESSED = 'ipcomp: compressed';

/** What stands behind an IP header: next header, flags, index, and the payload in DEFLATE. */
function ipcomp(next: number, payload: readonly number[], index = '0002'): number[] {
  return [next, 0, ...hex(index), ...deflateRawSync(Uint8Array.from(payload))];
}

const read = (bytes: readonly number[]) => decoded(bytes, RAW, new Fragments());

describe('IPComp', () => {
  test('of a segment: its addresses stand outside, and its payload in no packet', () => {
    const outside = { source3: 0xc000_0201 | 0, destination3: 0xc000_0202 | 0, ipId: 0xbeef, dontFragment: 0 };
    const segment = segmentOf({ ...outside, payloadOffset: START + 24, payloadCaptured: 0 });
    expect(read(inIpv4(108, ipcomp(6, HELLO)))).toEqual(segment);
  });

  test('of a packet, as in a tunnel, and in IPv6', () => {
    const inside = { source3: 0x0a00_0001, sourcePort: 50_000, length: 5, payloadCaptured: 0 };
    expect(read(inIpv4(108, ipcomp(4, IPV4_HELLO)))).toMatchObject(inside);
    expect(read(inIpv6(108, ipcomp(4, IPV4_HELLO)))).toMatchObject(inside);
  });

  test('with an index that the ends agreed on, where it turns out to be DEFLATE', () => {
    expect(read(inIpv4(108, ipcomp(6, HELLO, 'c0de')))).toMatchObject({ sourcePort: 50_000 });
    expect(read(inIpv4(108, [6, 0, 0xc0, 0xde, ...HELLO]))).toBe(COMPRESSED);
  });

  test('with an index that says of other compression', () => {
    expect(read(inIpv4(108, ipcomp(6, HELLO, '0003')))).toBe(COMPRESSED);
  });

  test('larger than IP can carry: not unpacked', () => {
    expect(read(inIpv4(108, ipcomp(6, Array.from({ length: 65_536 }, () => 0))))).toBe(COMPRESSED);
  });

  test('in itself: not unpacked twice', () => {
    expect(read(inIpv4(108, ipcomp(4, inIpv4(108, ipcomp(6, HELLO)))))).toBe(COMPRESSED);
  });

  test('cut by a snap length or by its sender, at every byte: never a segment', () => {
    const bytes = inIpv4(108, ipcomp(6, HELLO));
    for (let size = 0; size < bytes.length; size += 1) {
      expect(read(bytes.slice(0, size))).toMatch(/cut|longer|empty|compressed/);
      expect(decoded(bytes, { ...RAW, captured: size }, new Fragments())).toMatch(/cut|empty|compressed/);
    }
  });

  test('of any bytes: a segment or a reason', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const answer = read(inIpv4(108, [6, 0, 0, 2, ...bytes]));
      const words = typeof answer === 'string' ? answer : `tcp: ${answer.payloadCaptured} bytes of payload`;
      expect(words).toMatch(/^ipcomp: |^tcp: (header|data|0 bytes)/);
    }));
  });

  test('without anybody who keeps what it is unpacked into', () => {
    expect(decoded(inIpv4(108, ipcomp(6, HELLO)), RAW)).toBe(COMPRESSED);
  });
});
