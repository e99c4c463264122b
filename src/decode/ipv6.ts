import { TCP_NUMBER, layerOfIpProtocol } from './ip-protocol.js';
import { TCP } from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';

// RFC 8200 §3
const VERSION_CLASS_FLOW = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;
const SIZE = 40;

const TRAFFIC_CLASS_BIT = 20;

// Extension headers (IANA) that may stand before TCP.
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;

/** All of them begin with the next header and (but for the fragment header) their length, and are at least this long (an authentication header: 12). */
const EXTENSION_SIZE = 8;
const EXTENSION_NEXT = 0;
const EXTENSION_LENGTH = 1;
/** In the fragment header: the offset above three other bits. */
const FRAGMENT_OFFSET = 2;
const FRAGMENT_OFFSET_BIT = 3;

const CUT = skip('ipv6: header cut by snap length');
const TOO_SHORT = skip('ipv6: header longer than its packet');
const NOT_VERSION_6 = skip('ipv6: version not 6');
const EXTENSION_CUT = skip('ipv6: extension header cut');
const LATER_FRAGMENT = skip('ipv6: fragment without the TCP header');
const WITHOUT_TCP = { udp: skip('ipv6: UDP'), icmp: skip('ipv6: ICMP'), other: skip('ipv6: other protocol') };

/** IPv6 with its extension headers. Of several fragments the first goes on to TCP, with the payload that it holds. */
export function ipv6(packet: Packet, segment: Segment): number {
  const { view, offset } = packet;
  if (!packet.has(SIZE)) return packet.wireEnd - offset < SIZE ? TOO_SHORT : CUT;
  const first = view.getUint32(offset + VERSION_CLASS_FLOW);
  if (first >>> 28 !== 6) return NOT_VERSION_6;

  // 0 for jumbograms (RFC 2675 §3) and segmentation offload: the frame's length is then the only one.
  const payloadLength = view.getUint16(offset + PAYLOAD_LENGTH);
  if (payloadLength !== 0) packet.endAt(offset + SIZE + payloadLength);

  packet.offset = offset + SIZE;
  const next = behindExtensions(packet, view.getUint8(offset + NEXT_HEADER));
  if (next !== TCP) return next;

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
  return TCP;
}

/** Goes past the extension headers, eight bytes at least with each turn, to the layer behind the last. */
function behindExtensions(packet: Packet, firstHeader: number): number {
  const { view } = packet;
  let header = firstHeader;
  while (isExtension(header)) {
    if (!packet.has(EXTENSION_SIZE)) return EXTENSION_CUT;
    const { offset } = packet;
    const next = view.getUint8(offset + EXTENSION_NEXT);
    if (header === FRAGMENT && view.getUint16(offset + FRAGMENT_OFFSET) >> FRAGMENT_OFFSET_BIT !== 0) {
      return next === TCP_NUMBER || isExtension(next) ? LATER_FRAGMENT : layerOfIpProtocol(next, WITHOUT_TCP);
    }
    packet.offset += extensionSize(header, view.getUint8(offset + EXTENSION_LENGTH));
    header = next;
  }
  return layerOfIpProtocol(header, WITHOUT_TCP);
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
