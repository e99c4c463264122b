import { BATCH_CAPACITY, PacketBatch } from '../../src/capture/packet-batch.js';
import { IS_TCP, decode, skipReasons } from '../../src/decode/decode.js';
import type { Fragments } from '../../src/decode/fragments.js';
import { Segment } from '../../src/decode/segment.js';

/** Bytes from hexadecimal digits, pieces and blanks as they read best. */
export function hex(...digits: string[]): number[] {
  const pairs = digits.join('').replaceAll(/\s/g, '').match(/../g) ?? [];
  return pairs.map((pair) => Number.parseInt(pair, 16));
}

export interface PacketOptions {
  /** LINKTYPE_ number; default Ethernet. */
  linkType?: number;
  /** Bytes that the capture kept; default all. */
  captured?: number;
  /** Bytes on the wire; default as many as `bytes`. */
  original?: number;
}

/** Where `packet` puts the first byte: not at the start of the buffer, and not aligned. */
export const START = 3;

/** A batch of one packet. Its buffer ends with the packet's last captured byte, so that reading on throws. */
export function packet(bytes: readonly number[], options: PacketOptions = {}): PacketBatch {
  const { linkType = 1, captured = bytes.length, original = bytes.length } = options;
  const batch = new PacketBatch();
  batch.bytes = Uint8Array.from([0xff, 0xff, 0xff, ...bytes.slice(0, captured)]);
  batch.view = new DataView(batch.bytes.buffer);
  batch.count = 1;
  const last = BATCH_CAPACITY - 1;
  for (const index of [0, last]) {
    batch.offset[index] = START;
    batch.captured[index] = captured;
    batch.original[index] = original;
    batch.linkType[index] = linkType;
  }
  return batch;
}

/** What `decode` makes of a packet: its segment, or the reason in words. */
export function decoded(
  bytes: readonly number[], options?: PacketOptions, fragments: Fragments | null = null,
): Segment | string {
  const segment = new Segment();
  const answer = decode(packet(bytes, options), 0, segment, fragments);
  return answer === IS_TCP ? segment : skipReasons[answer]!;
}

/**
 * The whole segment of `IPV4_HELLO` with what differs: also where the payload begins, which depends on what stands
 * before.
 */
export function segmentOf(differences: Partial<Segment>): Segment {
  return Object.assign(new Segment(), {
    family: 4,
    source3: 0x0a00_0001,
    destination3: 0x0a00_0002,
    sourcePort: 50_000,
    destinationPort: 80,
    ttl: 64,
    ipId: 0x1234,
    dontFragment: 1,
    sequence: 1000,
    acknowledgment: 2000,
    flags: 0x018,
    window: 502,
    length: 5,
    payloadCaptured: 5,
    ...differences,
  });
}

/** 10.0.0.1:50000 to 10.0.0.2:80, PSH and ACK, without options: `hello`. */
export const HELLO = hex('c350 0050 000003e8 000007d0 5018 01f6 0000 0000', '68656c6c6f');
export const IPV4_HELLO = hex('4500 002d 1234 4000 40 06 0000 0a000001 0a000002').concat(HELLO);
/** 2001:db8::1 to 2001:db8::2 with the same segment. */
export const IPV6_ADDRESSES = '20010db8 00000000 00000000 00000001  20010db8 00000000 00000000 00000002';
export const IPV6_HELLO = hex('60000000 0019 06 40', IPV6_ADDRESSES).concat(HELLO);

/** `IPV4_HELLO` behind `link`, the bytes of a link layer in hexadecimal. */
export function helloBehind(...link: string[]): number[] {
  return hex(...link).concat(IPV4_HELLO);
}

function uint16(value: number): number[] {
  return [value >> 8, value & 255];
}

/** `payload` in IPv4 from 192.0.2.1 to 192.0.2.2. `fragment`: flags and offset. */
export function inIpv4(protocol: number, payload: readonly number[], fragment = 0): number[] {
  return [
    ...hex('4500'), ...uint16(20 + payload.length), ...hex('beef'), ...uint16(fragment), 64, protocol,
    ...hex('0000 c0000201 c0000202'), ...payload,
  ];
}

/** `payload` in IPv6 from 2001:db8::1 to 2001:db8::2. */
export function inIpv6(nextHeader: number, payload: readonly number[]): number[] {
  return [...hex('60000000'), ...uint16(payload.length), nextHeader, 64, ...hex(IPV6_ADDRESSES), ...payload];
}

/** `payload` in UDP in IPv4, to `port`. */
export function inUdp(port: number, payload: readonly number[]): number[] {
  return inIpv4(17, [...hex('c001'), ...uint16(port), ...uint16(8 + payload.length), 0, 0, ...payload]);
}

/** Its segment, behind a link layer of `size` bytes. */
export function helloAt(size: number): Segment {
  return segmentOf({ payloadOffset: START + size + 40 });
}

export const ETHERNET_ADDRESSES = '020000000002 020000000001';
