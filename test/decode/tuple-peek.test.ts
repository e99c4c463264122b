import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { IS_TCP, decode } from '../../src/decode/decode.js';
import { TuplePeek, peekTuple } from '../../src/decode/tuple-peek.js';
import { Segment } from '../../src/decode/segment.js';
import { ETHERNET_ADDRESSES, HELLO, type PacketOptions, hex, inIpv4, inIpv6, packet } from './bytes.js';
import { samples } from './samples.js';

const PLAIN = [
  ['IPv4', hex(ETHERNET_ADDRESSES, '0800').concat(inIpv4(6, HELLO))],
  ['IPv6', hex(ETHERNET_ADDRESSES, '86dd').concat(inIpv6(6, HELLO))],
] as const;

/** What `peekTuple` says; null where it leaves the packet to `decode`. */
function endsOf(bytes: readonly number[], options?: PacketOptions): TuplePeek | null {
  const peek = new TuplePeek();
  return peekTuple(packet(bytes, options), 0, peek) ? peek : null;
}

/** Both ends as `decode` finds them; null where that finds no TCP. */
function decodedEndsOf(bytes: readonly number[], options?: PacketOptions): TuplePeek | null {
  const segment = new Segment();
  if (decode(packet(bytes, options), 0, segment) !== IS_TCP) return null;
  const {
    source0, source1, source2, source3, destination0, destination1, destination2, destination3, sourcePort,
    destinationPort,
  } = segment;
  const addresses = source0 ^ source1 ^ source2 ^ source3 ^ destination0 ^ destination1 ^ destination2 ^ destination3;
  return Object.assign(new TuplePeek(), { addresses, port: Math.min(sourcePort, destinationPort) });
}

/** Whether a packet is left to `decode`, or read as it is decoded. */
function agrees(bytes: readonly number[], options?: PacketOptions): boolean {
  const peek = endsOf(bytes, options);
  return peek === null || isDeepStrictEqual(peek, decodedEndsOf(bytes, options));
}

describe.each(PLAIN)('plain packets over %s', (_, bytes) => {
  test('are read as they are decoded', () => {
    expect(endsOf(bytes)).not.toBeNull();
    expect(endsOf(bytes)).toEqual(decodedEndsOf(bytes));
  });

  test('are left to decode where a snap length cuts their headers', () => {
    const headers = bytes.length - 5;
    expect(endsOf(bytes, { captured: headers, original: bytes.length })).not.toBeNull();
    for (let captured = 0; captured < headers; captured += 1)
      expect(endsOf(bytes, { captured, original: bytes.length })).toBeNull();
  });

  test('are read for nothing that decode finds no TCP in, whatever their bytes', () => {
    const places = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 });
    const property = fc.property(
      places, fc.nat(bytes.length), fc.nat(bytes.length * 2),
      (changes, captured, original) => {
        const changed = bytes.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        return agrees(changed, { captured, original });
      },
    );
    expect(fc.check(property, { numRuns: 2000 }).counterexample).toBeNull();
  });
});

test.each(samples)('$name is read as it is decoded, or not at all', ({ bytes, linkType }) => {
  for (let captured = 0; captured <= bytes.length; captured += 1)
    expect(agrees(bytes, { linkType, captured, original: bytes.length })).toBe(true);
});
