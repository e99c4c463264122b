import { TCP_NUMBER, UDP_NUMBER, layerOfIpProtocol } from './ip-protocol.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';

// RFC 8200 §3
export const VERSION_CLASS_FLOW = 0;
export const PAYLOAD_LENGTH = 4;
export const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
export const SOURCE = 8;
const DESTINATION = 24;
export const IPV6_SIZE = 40;

const TRAFFIC_CLASS_BIT = 20;

// Extension headers (IANA) that may stand before TCP.
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;

/**
 * All of them begin with the next header and (but for the fragment header) their length, and are at least this long (an
 * authentication header: 12).
 */
const EXTENSION_SIZE = 8;
const EXTENSION_NEXT = 0;
const EXTENSION_LENGTH = 1;
/**
 * In the fragment header: the offset in units of eight bytes, which three other bits make one of bytes, and the
 * datagram's number.
 */
const FRAGMENT_OFFSET = 2;
const FRAGMENT_OFFSET_MASK = 0xfff8;
const MORE_FRAGMENTS = 1;
const IDENTIFICATION = 4;

const CUT = skip('ipv6: header cut by snap length');
const TOO_SHORT = skip('ipv6: header longer than its packet');
const NOT_VERSION_6 = skip('ipv6: version not 6');
const EXTENSION_CUT = skip('ipv6: extension header cut');
const LATER_FRAGMENT = skip('ipv6: fragment without the TCP header');
const INCOMPLETE = skip('ipv6: fragment that completes no datagram');
const UDP = skip('ipv6: UDP');
const OTHER = skip('ipv6: other protocol');

/** IPv6 with its extension headers. */
export function ipv6(packet: Packet, segment: Segment): number {
  const { view, offset } = packet;
  if (!packet.has(IPV6_SIZE)) return packet.wireEnd - offset < IPV6_SIZE ? TOO_SHORT : CUT;
  const first = view.getUint32(offset + VERSION_CLASS_FLOW);
  if (first >>> 28 !== 6) return NOT_VERSION_6;

  // 0 for jumbograms (RFC 2675 §3) and segmentation offload: the frame's length is then the only one.
  const payloadLength = view.getUint16(offset + PAYLOAD_LENGTH);
  if (payloadLength !== 0) packet.endAt(offset + IPV6_SIZE + payloadLength);

  describeIpv6(segment, view, offset, first);
  packet.ipVersion = 6;
  packet.offset = offset + IPV6_SIZE;
  return behindExtensions(packet, segment, view.getUint8(offset + NEXT_HEADER));
}

/** What the header at `offset` says of its packet; `first` is its first word. */
export function describeIpv6(segment: Segment, view: DataView, offset: number, first: number): void {
  segment.family = 6;
  segment.source0 = view.getInt32(offset + SOURCE);
  segment.source1 = view.getInt32(offset + SOURCE + 4);
  segment.source2 = view.getInt32(offset + SOURCE + 8);
  segment.source3 = view.getInt32(offset + SOURCE + 12);
  segment.destination0 = view.getInt32(offset + DESTINATION);
  segment.destination1 = view.getInt32(offset + DESTINATION + 4);
  segment.destination2 = view.getInt32(offset + DESTINATION + 8);
  segment.destination3 = view.getInt32(offset + DESTINATION + 12);
  segment.ttl = view.getUint8(offset + HOP_LIMIT);
  segment.ipId = -1;
  segment.dontFragment = 0;
  segment.trafficClass = (first >>> TRAFFIC_CLASS_BIT) & 0xff;
}

/** Goes past the extension headers, eight bytes at least with each turn, to the layer behind the last. */
function behindExtensions(packet: Packet, segment: Segment, firstHeader: number): number {
  let header = firstHeader;
  while (isExtension(header)) {
    if (!packet.has(EXTENSION_SIZE)) return EXTENSION_CUT;
    const { view, offset } = packet;
    const next = view.getUint8(offset + EXTENSION_NEXT);
    const size = extensionSize(header, view.getUint8(offset + EXTENSION_LENGTH));
    packet.offset += size;
    if (header === FRAGMENT) {
      const answer = fragment(packet, segment, next);
      if (answer !== 0) return answer;
    }
    header = next;
  }
  return layerOfIpProtocol(header, OTHER);
}

/**
 * A fragment whose header was read last. Answers 0 to go on: it made its datagram whole (RFC 8200 §4.5), or it is all
 * of it (RFC 6946).
 *
 * Where fragments are not put together, because nobody keeps them or a snap length has cut this one, the first goes on
 * with what it holds.
 */
function fragment(packet: Packet, segment: Segment, next: number): number {
  const { view, offset, fragments } = packet;
  const header = offset - EXTENSION_SIZE;
  const place = view.getUint16(header + FRAGMENT_OFFSET);
  const start = place & FRAGMENT_OFFSET_MASK;
  const more = place & MORE_FRAGMENTS;
  if (start === 0 && more === 0) return 0;
  if (fragments === null || packet.quotedBy !== 0 || packet.end < packet.wireEnd) {
    if (start === 0) return 0;
    if (next === UDP_NUMBER) return UDP;
    return next === TCP_NUMBER || isExtension(next) ? LATER_FRAGMENT : OTHER;
  }
  const { source0, source1, source2, source3, destination0, destination1, destination2, destination3 } = segment;
  const key = [
    source0, source1, source2, source3, destination0, destination1, destination2, destination3,
    view.getUint32(header + IDENTIFICATION), packet.vlan,
  ].join(' ');
  const payload = fragments.add(key, view, offset, packet.wireEnd - offset, start, more === 0);
  if (payload === null) return INCOMPLETE;
  packet.enter(payload, offset);
  return 0;
}

function isExtension(header: number): boolean {
  switch (header) {
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case AUTHENTICATION:
    case DESTINATION_OPTIONS:
    case MOBILITY: return true;
    default: return false;
  }
}

/** Bytes of an extension header whose length field holds `length`. */
function extensionSize(header: number, length: number): number {
  if (header === FRAGMENT) return EXTENSION_SIZE; // the field is reserved there
  if (header === AUTHENTICATION) return (length + 2) * 4; // RFC 4302 §2.2
  return (length + 1) * 8;
}
