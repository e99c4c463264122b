import { describe, expect, test } from 'vitest';
import { decode, errorOf, isNumbered, skipReasons } from '../../src/decode/decode.js';
import { Segment } from '../../src/decode/segment.js';
import { HELLO, IPV4_HELLO, IPV6_HELLO, helloBehind, hex, inIpv4, inIpv6, packet } from './bytes.js';

/** Type, code and the rest of an ICMP header. */
const header = (type: number): number[] => [type, 1, 0, 0, 0, 0, 0, 0];

/** Why a packet is no segment, and what of a header it quotes. */
function outcome(bytes: readonly number[]): { reason: string; segment: Segment | null } {
  const segment = new Segment();
  const answer = decode(packet(bytes, { linkType: 101 }), 0, segment);
  return { reason: skipReasons[answer]!, segment: isNumbered(answer) ? segment : null };
}

const QUOTED = {
  source3: 0x0a00_0001, destination3: 0x0a00_0002, sourcePort: 50_000, destinationPort: 80, sequence: 1000,
  acknowledgment: 2000, flags: 0x018,
};

describe('an ICMP error that quotes TCP is no segment, but its header has a number', () => {
  test.each([
    ['destination unreachable', 3], ['source quench', 4], ['time exceeded', 11], ['parameter problem', 12],
  ])('%s', (_name, type) => {
    const { reason, segment } = outcome(inIpv4(1, [...header(type), ...IPV4_HELLO]));
    expect(reason).toBe('icmp: quotes a TCP segment');
    expect(segment).toMatchObject(QUOTED);
  });

  test.each([1, 2, 3, 4])('ICMPv6 type %i', (type) => {
    const { reason, segment } = outcome(inIpv6(58, [...header(type), ...IPV6_HELLO]));
    expect(reason).toBe('icmp: quotes a TCP segment');
    expect(segment).toMatchObject({ family: 6, sourcePort: 50_000, flags: 0x018 });
  });

  test('sixteen bytes of the header are enough', () => {
    expect(outcome(inIpv4(1, [...header(3), ...IPV4_HELLO.slice(0, 36)])).segment).toMatchObject(QUOTED);
    expect(outcome(inIpv4(1, [...header(3), ...IPV4_HELLO.slice(0, 35)]))).toEqual({
      reason: 'ipv4: ICMP', segment: null,
    });
  });

  test('inside of a tunnel', () => {
    expect(outcome(inIpv4(4, inIpv4(1, [...header(3), ...IPV4_HELLO]))).reason).toBe('icmp: quotes a TCP segment');
    expect(outcome(inIpv4(1, [...header(3), ...inIpv4(47, helloBehind('0000 0800'))])).segment).toMatchObject(QUOTED);
  });
});

describe('without a number', () => {
  test.each([
    ['an echo', inIpv4(1, [...header(8), ...IPV4_HELLO]), 'ipv4: ICMP'],
    ['a redirect, which quotes eight bytes', inIpv4(1, [...header(5), ...IPV4_HELLO]), 'ipv4: ICMP'],
    ['an error that quotes UDP', inIpv4(1, [...header(3), ...inIpv4(17, hex('0035 0035 0008 0000'))]), 'ipv4: ICMP'],
    ['an error that quotes nothing', inIpv4(1, header(3)), 'ipv4: ICMP'],
    ['half an ICMP header', inIpv4(1, header(3).slice(0, 4)), 'ipv4: ICMP'],
    ['an error that quotes an error', inIpv4(1, [...header(3), ...inIpv4(1, header(3))]), 'ipv4: ICMP'],
    ['an echo of version 6', inIpv6(58, [...header(128), ...IPV6_HELLO]), 'ipv6: ICMP'],
    [
      'a version 6 error that quotes UDP', inIpv6(58, [...header(1), ...inIpv6(17, hex('0035 0035 0008 0000'))]),
      'ipv6: ICMP',
    ],
  ])('%s', (_name, bytes, reason) => {
    expect(outcome(bytes)).toEqual({ reason, segment: null });
  });
});

test('a TCP header that no host would take has a number, too', () => {
  expect(outcome(inIpv4(6, HELLO.with(12, 0x40)))).toEqual({
    reason: 'tcp: data offset below 5', segment: expect.objectContaining({ sourcePort: 50_000, sequence: 1000 }),
  });
  expect(outcome(inIpv4(6, HELLO.with(12, 0xf0)))).toEqual({
    reason: 'tcp: data offset beyond its packet',
    segment: expect.objectContaining({ sourcePort: 50_000, sequence: 1000 }),
  });
  expect(outcome(inIpv4(6, HELLO.slice(0, 16)))).toEqual({
    reason: 'tcp: header cut behind its window', segment: expect.objectContaining({ sourcePort: 50_000, flags: 0x018 }),
  });
  expect(outcome(inIpv4(6, HELLO.slice(0, 15)))).toEqual({
    reason: 'tcp: header longer than its packet', segment: null,
  });
});

/** Who sent it, what it says, and of which segment. */
function told(bytes: readonly number[]): object | null {
  const segment = new Segment();
  const error = errorOf(decode(packet(bytes, { linkType: 101 }), 0, segment));
  const { source3, destination3, sourcePort, destinationPort, sequence } = segment;
  return error === null ? null : { ...error, of: { source3, destination3, sourcePort, destinationPort, sequence } };
}

describe('what an error says of the segment that it quotes', () => {
  const OF_HELLO = {
    source3: 0x0a00_0001, destination3: 0x0a00_0002, sourcePort: 50_000, destinationPort: 80, sequence: 1000,
  };

  test('sender, type and code', () => {
    expect(told(inIpv4(1, [...header(3), ...IPV4_HELLO]))).toMatchObject({
      family: 4, sender3: 0xc000_0201 | 0, type: 3, code: 1, mtu: 0, of: OF_HELLO,
    });
  });

  test('eight bytes of the quoted header are enough, seven are not', () => {
    expect(told(inIpv4(1, [...header(3), ...IPV4_HELLO.slice(0, 28)]))).toMatchObject({ type: 3, of: OF_HELLO });
    expect(told(inIpv4(1, [...header(3), ...IPV4_HELLO.slice(0, 27)]))).toBeNull();
  });

  test('what would have fit: of a segment too large', () => {
    expect(told(inIpv4(1, [...hex('0304 0000 0000 0578'), ...IPV4_HELLO]))).toMatchObject({ code: 4, mtu: 1400 });
    expect(told(inIpv4(1, [...hex('0303 0000 0000 0578'), ...IPV4_HELLO]))).toMatchObject({ code: 3, mtu: 0 });
    expect(told(inIpv6(58, [...hex('0200 0000 0000 0500'), ...IPV6_HELLO]))).toMatchObject({
      family: 6, type: 2, code: 0, mtu: 1280,
    });
  });

  test('nothing of UDP, of an echo, nor of what is no error', () => {
    expect(told(inIpv4(1, [...header(3), ...inIpv4(17, hex('0035 0035 0008 0000'))]))).toBeNull();
    expect(told(inIpv4(1, [...header(8), ...IPV4_HELLO]))).toBeNull();
    expect(told(inIpv4(6, HELLO))).toBeNull();
    expect(told(inIpv4(17, hex('0035 0035 0008 0000')))).toBeNull();
  });
});
