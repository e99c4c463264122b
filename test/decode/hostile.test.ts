import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IS_TCP, decode, skipReasons } from '../../src/decode/decode.js';
import { Segment } from '../../src/decode/segment.js';
import { type PacketOptions, START, decoded, packet } from './bytes.js';
import { samples } from './samples.js';

describe.each(samples)('$name', ({ bytes, linkType, tcpAt, tcpSize }) => {
  const headerEnd = tcpAt + tcpSize;
  const length = bytes.length - headerEnd;
  const original = bytes.length;

  test('cut by a snap length before TCP is whole', () => {
    for (let captured = 0; captured < tcpAt + 20; captured += 1) {
      expect(decoded(bytes, { linkType, captured, original })).toMatch(
        /: (header|tag|extension header) cut|: empty packet/,
      );
    }
  });

  test('cut by a snap length behind', () => {
    for (let captured = tcpAt + 20; captured <= original; captured += 1) {
      expect(decoded(bytes, { linkType, captured, original })).toMatchObject({
        sourcePort: 50_000,
        destinationPort: 80,
        length,
        headerCut: captured < headerEnd ? 1 : 0,
        payloadOffset: START + Math.min(captured, headerEnd),
        payloadCaptured: Math.max(0, captured - headerEnd),
      });
    }
  });

  test('ended by its sender before TCP is whole', () => {
    for (let size = 0; size < headerEnd; size += 1) {
      expect(decoded(bytes.slice(0, size), { linkType })).toMatch(
        /: (header|tag|extension header) (cut|longer)|: empty packet|: data offset beyond its packet|: no packet in it/,
      );
    }
  });

  test('ended by its sender behind', () => {
    for (let size = headerEnd; size <= original; size += 1) {
      expect(decoded(bytes.slice(0, size), { linkType })).toMatchObject({
        length: size - headerEnd, payloadCaptured: size - headerEnd, headerCut: 0,
      });
    }
  });
});

/** A segment in which every field holds what no packet would leave there. */
function usedSegment(): Segment {
  const fields = Object.keys(new Segment()).map((field) => [field, 77_777_777]);
  return Object.assign(new Segment(), Object.fromEntries(fields));
}

/** The laws of every packet, whatever its bytes, that this one breaks. */
function brokenLaws(bytes: readonly number[], options: PacketOptions): string[] {
  const batch = packet(bytes, options);
  const segment = new Segment();
  const used = usedSegment();
  const answer = decode(batch, 0, segment);
  const sameAnswer = decode(batch, 0, used);
  const laws: [law: string, holds: boolean][] = [
    ['the answer has a reason', skipReasons[answer] !== undefined],
    ['the answer is the same again', answer === sameAnswer],
  ];
  if (answer === IS_TCP) {
    const { payloadOffset, payloadCaptured, length, sackCount } = segment;
    laws.push(
      ['nothing remains of the packet before', JSON.stringify(segment) === JSON.stringify(used)],
      ['every field is a whole number', Object.values(segment).every((value) => Number.isInteger(value))],
      [
        'the payload lies in the packet',
        payloadOffset >= START && payloadOffset + payloadCaptured <= batch.bytes.length,
      ],
      ['the payload has as many bytes as were captured or more', payloadCaptured >= 0 && payloadCaptured <= length],
      ['four SACK blocks at most', sackCount >= 0 && sackCount <= 4],
    );
  }
  return laws.filter(([, holds]) => !holds).map(([law]) => law);
}

const linkTypes = [...new Set(samples.map(({ linkType }) => linkType)), 12, 14, 105, 147, 65_535];

test('random bytes of every link type', () => {
  fc.assert(fc.property(
    fc.constantFrom(...linkTypes), fc.uint8Array({ maxLength: 200 }), fc.nat(70_000),
    (linkType, bytes, original) => {
      expect(brokenLaws([...bytes], { linkType, original })).toEqual([]);
    },
  ), { numRuns: 3000 });
});

test('TCP packets with bytes overwritten, cut and with any length on the wire', () => {
  const damage = fc.array(fc.tuple(fc.nat(130), fc.nat(255)), { maxLength: 4 });
  fc.assert(fc.property(
    fc.constantFrom(...samples), damage, fc.nat(150), fc.nat(3000),
    ({ bytes, linkType }, overwritten, cut, original) => {
      const bent = [...bytes];
      for (const [at, value] of overwritten) if (at < bent.length) bent[at] = value;
      expect(brokenLaws(bent, { linkType, captured: Math.min(bent.length, cut), original })).toEqual([]);
    },
  ), { numRuns: 6000 });
});

test('random options', () => {
  const ip = [0x45, 0, 0, 80, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
  const tcp = [0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x02, 0, 0, 0, 0, 0, 0];
  const kindOrLength = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 10, 18, 30, 34), fc.nat(255));
  fc.assert(fc.property(
    fc.array(kindOrLength, { minLength: 40, maxLength: 40 }), fc.nat(40),
    (options, kept) => {
      expect(brokenLaws([...ip, ...tcp, ...options], { linkType: 228, captured: 40 + kept, original: 80 })).toEqual([]);
    },
  ), { numRuns: 3000 });
});
