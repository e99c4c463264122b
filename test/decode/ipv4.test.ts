import { describe, expect, test } from 'vitest';
import { HELLO, IPV4_HELLO, START, decoded, hex, segmentOf } from './bytes.js';

const IPV4 = { linkType: 228 };

/** `IPV4_HELLO` with other bytes from `at` on. */
function hello(at: number, bytes: string): number[] {
  const bent = [...IPV4_HELLO];
  bent.splice(at, hex(bytes).length, ...hex(bytes));
  return bent;
}

test('every field', () => {
  const packet = hex('45b9 002d beef 0000 7f 06 0000 c0a80102 fffefdfc').concat(HELLO);
  expect(decoded(packet, IPV4)).toEqual(
    segmentOf({
      trafficClass: 0xb9, ipId: 0xbeef, dontFragment: 0, ttl: 127, source3: 0xc0a8_0102 | 0,
      destination3: 0xfffe_fdfc | 0, payloadOffset: START + 40,
    }),
  );
});

test('options are passed over', () => {
  const packet = hex('4800 0039 1234 4000 40 06 0000 0a000001 0a000002', '94040000 01010101 00000000').concat(HELLO);
  expect(decoded(packet, IPV4)).toEqual(segmentOf({ payloadOffset: START + 52 }));
});

test('options reach beyond the packet', () => {
  expect(decoded(hello(0, '4f'), IPV4)).toBe('ipv4: header longer than its packet');
});

test('options are cut off, and with them TCP', () => {
  const packet = hex('4800 0039 1234 4000 40 06 0000 0a000001 0a000002', '94040000 01010101 00000000').concat(HELLO);
  expect(decoded(packet, { ...IPV4, captured: 24, original: 57 })).toBe('tcp: header cut by snap length');
});

describe('total length', () => {
  test('0, as offload leaves it: the length on the wire counts', () => {
    const offloaded = hello(2, '0000');
    expect(decoded(offloaded, IPV4)).toEqual(segmentOf({ payloadOffset: START + 40 }));
    expect(decoded(offloaded, { ...IPV4, original: 64_040 })).toEqual(
      segmentOf({ payloadOffset: START + 40, length: 64_000 }),
    );
  });

  test('above what was captured, but not above what was on the wire: it counts', () => {
    expect(decoded(hello(2, '05dc'), { ...IPV4, original: 1500 })).toEqual(
      segmentOf({ payloadOffset: START + 40, length: 1460 }),
    );
  });

  test('above what was on the wire: the frame counts', () => {
    expect(decoded(hello(2, '05dc'), IPV4)).toEqual(segmentOf({ payloadOffset: START + 40 }));
    expect(decoded(hello(2, '05dc'), { ...IPV4, original: 140 })).toEqual(
      segmentOf({ payloadOffset: START + 40, length: 100 }),
    );
  });

  test('below what was captured: the rest is padding', () => {
    expect(decoded(hello(2, '002a'), IPV4)).toEqual(
      segmentOf({ payloadOffset: START + 40, length: 2, payloadCaptured: 2 }),
    );
  });

  test('without room for the headers', () => {
    expect(decoded(hello(2, '0013'), IPV4)).toBe('ipv4: header longer than its packet');
    expect(decoded(hello(2, '0027'), IPV4)).toBe('tcp: header cut behind its window');
    expect(decoded(hello(2, '0023'), IPV4)).toBe('tcp: header longer than its packet');
  });
});

test('fewer bytes on the wire than captured: the captured ones count', () => {
  expect(decoded(IPV4_HELLO, { ...IPV4, original: 0 })).toEqual(segmentOf({ payloadOffset: START + 40 }));
});

describe('fragments', () => {
  test('the first has the header, and counts its own payload', () => {
    expect(decoded(hello(6, '2000'), IPV4)).toEqual(segmentOf({ dontFragment: 0, payloadOffset: START + 40 }));
  });

  test.each(['2001', '0001', '1fff'])('a later one has not: %s', (fragment) => {
    expect(decoded(hello(6, fragment), IPV4)).toBe('ipv4: fragment without the TCP header');
  });

  test('a first one too small for the header', () => {
    expect(decoded([...hex('4500 001c 1234 2000 40 06 0000 0a000001 0a000002'), ...HELLO.slice(0, 8)], IPV4)).toBe(
      'tcp: header longer than its packet',
    );
  });

  test('of UDP are UDP', () => {
    expect(decoded(hello(6, '2001 40 11'), IPV4)).toBe('ipv4: UDP');
  });
});
