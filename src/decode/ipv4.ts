import { TCP_NUMBER, UDP_NUMBER, layerOfIpProtocol } from './ip-protocol.js';
import { IPV4_FRAGMENT, TCP } from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';

// RFC 791 §3.1
const VERSION_AND_LENGTH = 0;
const TYPE_OF_SERVICE = 1;
export const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
export const FLAGS_AND_FRAGMENT = 6;
const TIME_TO_LIVE = 8;
export const PROTOCOL = 9;
export const SOURCE = 12;
export const DESTINATION = 16;
/** Without options. */
export const IPV4_SIZE = 20;

const DONT_FRAGMENT_BIT = 14;
const MORE_FRAGMENTS = 0x2000;
/** In units of eight bytes. */
const FRAGMENT_OFFSET = 0x1fff;
/** What only fragments have set. */
export const FRAGMENT_BITS = MORE_FRAGMENTS | FRAGMENT_OFFSET;
const FRAGMENT_OFFSET_UNIT = 8;

const CUT = skip('ipv4: header cut by snap length');
const TOO_SHORT = skip('ipv4: header longer than its packet');
const NOT_VERSION_4 = skip('ipv4: version not 4');
const HEADER_LENGTH_BELOW_5 = skip('ipv4: header length below 5');
const LATER_FRAGMENT = skip('ipv4: fragment without the TCP header');
const INCOMPLETE = skip('ipv4: fragment that completes no datagram');
const UDP = skip('ipv4: UDP');
const OTHER = skip('ipv4: other protocol');

/** IPv4. */
export function ipv4(packet: Packet, segment: Segment): number {
  const { view, offset } = packet;
  if (!packet.has(IPV4_SIZE)) return packet.wireEnd - offset < IPV4_SIZE ? TOO_SHORT : CUT;
  const versionAndLength = view.getUint8(offset + VERSION_AND_LENGTH);
  if (versionAndLength >> 4 !== 4) return NOT_VERSION_4;
  const headerSize = (versionAndLength & 15) << 2;
  if (headerSize < IPV4_SIZE) return HEADER_LENGTH_BELOW_5;

  // Segmentation offload leaves 0 (or, over 64 KiB, nothing better): the frame's length is then the only one.
  const totalLength = view.getUint16(offset + TOTAL_LENGTH);
  if (totalLength !== 0) packet.endAt(offset + totalLength);
  if (packet.wireEnd - offset < headerSize) return TOO_SHORT;

  const protocol = view.getUint8(offset + PROTOCOL);
  const fragment = view.getUint16(offset + FLAGS_AND_FRAGMENT);
  if ((fragment & FRAGMENT_BITS) !== 0) return IPV4_FRAGMENT;
  packet.offset = offset + headerSize;
  describeIpv4(segment, view, offset, fragment);
  return protocol === TCP_NUMBER ? TCP : without(packet, protocol);
}

/**
 * A fragment of IPv4, its header once more in hand. The one that makes its datagram whole goes on with all of its
 * payload.
 *
 * Where fragments are not put together, because nobody keeps them or a snap length has cut this one, the first goes on
 * with what it holds.
 */
export function ipv4Fragment(packet: Packet, segment: Segment): number {
  const { view, offset, fragments } = packet;
  const fragment = view.getUint16(offset + FLAGS_AND_FRAGMENT);
  const protocol = view.getUint8(offset + PROTOCOL);
  const data = offset + ((view.getUint8(offset + VERSION_AND_LENGTH) & 15) << 2);
  const start = (fragment & FRAGMENT_OFFSET) * FRAGMENT_OFFSET_UNIT;
  const length = packet.wireEnd - data;
  const isWholeHere = packet.wireEnd === packet.end && offset + view.getUint16(offset + TOTAL_LENGTH) <= packet.end;
  if (fragments !== null && packet.quotedBy === 0 && isWholeHere) {
    const payload = fragments.add(keyOf(packet), view, data, length, start, (fragment & MORE_FRAGMENTS) === 0);
    if (payload === null) return INCOMPLETE;
    packet.enter(payload, data);
  } else {
    packet.offset = data;
    if (start !== 0) return laterFragment(protocol);
  }
  describeIpv4(segment, view, offset, fragment);
  return protocol === TCP_NUMBER ? TCP : without(packet, protocol);
}

function laterFragment(protocol: number): number {
  switch (protocol) {
    case TCP_NUMBER: return LATER_FRAGMENT;
    case UDP_NUMBER: return UDP;
    default: return OTHER;
  }
}

/**
 * Addresses, identification and protocol (RFC 791 §2.3), and the VLAN: a capture may hold a datagram once in each that
 * it crossed.
 */
function keyOf({ view, offset, vlan }: Packet): string {
  const word = (at: number): number => view.getInt32(offset + at);
  return `${word(SOURCE)} ${word(DESTINATION)} ${view.getUint16(offset + IDENTIFICATION)} ` +
    `${view.getUint8(offset + PROTOCOL)} ${vlan}`;
}

function without(packet: Packet, protocol: number): number {
  packet.ipVersion = 4;
  return layerOfIpProtocol(protocol, OTHER);
}

/** What the header at `offset` says of its packet; `fragment` are its flags and fragment offset. */
export function describeIpv4(segment: Segment, view: DataView, offset: number, fragment: number): void {
  segment.family = 4;
  segment.source0 = 0;
  segment.source1 = 0;
  segment.source2 = 0;
  segment.source3 = view.getInt32(offset + SOURCE);
  segment.destination0 = 0;
  segment.destination1 = 0;
  segment.destination2 = 0;
  segment.destination3 = view.getInt32(offset + DESTINATION);
  segment.ttl = view.getUint8(offset + TIME_TO_LIVE);
  segment.ipId = view.getUint16(offset + IDENTIFICATION);
  segment.dontFragment = (fragment >> DONT_FRAGMENT_BIT) & 1;
  segment.trafficClass = view.getUint8(offset + TYPE_OF_SERVICE);
}
