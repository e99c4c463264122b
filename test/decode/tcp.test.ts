import { describe, expect, test } from 'vitest';
import { BATCH_CAPACITY } from '../../src/capture/packet-batch.js';
import { IS_TCP, decode } from '../../src/decode/decode.js';
import { ACK, AE, CWR, ECE, FIN, PSH, RST, SYN, Segment, URG } from '../../src/decode/segment.js';
import { IPV4_HELLO, START, decoded, hex, packet, segmentOf } from './bytes.js';

const IPV4 = { linkType: 228 };

/** IPv4 with this TCP segment, in hexadecimal. */
function ip(...tcp: string[]): number[] {
  const bytes = hex(...tcp);
  return [
    ...hex('4500', (20 + bytes.length).toString(16).padStart(4, '0'), '1234 4000 40 06 0000 0a000001 0a000002'),
    ...bytes,
  ];
}

const PORTS_AND_NUMBERS = 'c350 0050 000003e8 000007d0';

describe('TCP', () => {
  test('every field, 32-bit numbers signed', () => {
    expect(decoded(ip('ffff 0001 fffffffe 80000000 5000 ffff 1234 0000', 'aabb'), IPV4)).toEqual(segmentOf({
      sourcePort: 65_535, destinationPort: 1, sequence: -2, acknowledgment: -0x8000_0000, flags: 0, window: 65_535,
      length: 2, payloadOffset: START + 40, payloadCaptured: 2,
    }));
  });

  test.each([
    ['5001', FIN], ['5002', SYN], ['5004', RST], ['5008', PSH], ['5010', ACK], ['5020', URG], ['5040', ECE],
    ['5080', CWR], ['5100', AE], ['51ff', 0x1ff], ['5e00', 0],
  ])('flags %s', (dataOffsetAndFlags, flags) => {
    expect(decoded(ip(PORTS_AND_NUMBERS, dataOffsetAndFlags, 'ffff 0000 0000'), IPV4)).toMatchObject({
      flags, length: 0,
    });
  });

  test('no payload', () => {
    expect(decoded(ip(PORTS_AND_NUMBERS, '5010 01f6 0000 0000'), IPV4)).toEqual(segmentOf({
      flags: ACK, length: 0, payloadOffset: START + 40, payloadCaptured: 0,
    }));
  });

  test('payload cut by the snap length', () => {
    expect(decoded(IPV4_HELLO, { ...IPV4, captured: 42, original: 45 })).toEqual(
      segmentOf({ payloadOffset: START + 40, payloadCaptured: 2 }),
    );
  });

  test('data offset', () => {
    expect(decoded(ip(PORTS_AND_NUMBERS, '4010 01f6 0000 0000'), IPV4)).toBe('tcp: data offset below 5');
    expect(decoded(ip(PORTS_AND_NUMBERS, '6010 01f6 0000 0000'), IPV4)).toBe('tcp: data offset beyond its packet');
    expect(decoded(ip(PORTS_AND_NUMBERS, '6010 01f6 0000 0000 01010100'), IPV4)).toMatchObject({ length: 0 });
  });

  test('options cut by the snap length: those before the cut are read', () => {
    const syn = ip(PORTS_AND_NUMBERS, 'a002 faf0 0000 0000', '020405b4 0402 080a 00000001 00000000 01 030307');
    expect(decoded(syn, { ...IPV4, captured: 46, original: 60 })).toEqual(segmentOf({
      flags: SYN, window: 0xfaf0, length: 0, payloadOffset: START + 46, payloadCaptured: 0,
      headerCut: 1, maximumSegmentSize: 1460, sackPermitted: 1, optionLayout: 0x24,
    }));
  });

  test('the last packet of a full batch', () => {
    const segment = new Segment();
    expect(decode(packet(IPV4_HELLO, IPV4), BATCH_CAPACITY - 1, segment)).toBe(IS_TCP);
    expect(segment).toEqual(segmentOf({ payloadOffset: START + 40 }));
  });

  test('a segment without options after one with all of them', () => {
    const full = ip(
      PORTS_AND_NUMBERS, 'f002 faf0 0000 0000', '0204 05b4 0402 030307 080a 00000001 00000002 050a 00000001 00000002',
      '1e04 8001 01 00 00000000 00',
    );
    const segment = new Segment();
    expect(decode(packet(full, { ...IPV4, captured: full.length - 1, original: full.length }), 0, segment)).toBe(
      IS_TCP,
    );
    expect(segment).toMatchObject({
      maximumSegmentSize: 1460, sackPermitted: 1, windowScale: 7, hasTimestamps: 1, sackCount: 1, mptcp: 1,
      mptcpResetReason: 1, headerCut: 1,
    });
    expect(decode(packet(IPV4_HELLO, IPV4), 0, segment)).toBe(IS_TCP);
    expect(segment).toEqual(segmentOf({ payloadOffset: START + 40 }));
  });
});
