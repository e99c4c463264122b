import { layerOfIpProtocol } from './ip-protocol.js';
import { TCP } from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';

// RFC 791 §3.1
const VERSION_AND_LENGTH = 0;
const TYPE_OF_SERVICE = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FLAGS_AND_FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const SOURCE = 12;
const DESTINATION = 16;
const SIZE = 20;

const FRAGMENT_OFFSET = 0x1fff;
const DONT_FRAGMENT_BIT = 14;

const CUT = skip('ipv4: header cut by snap length');
const TOO_SHORT = skip('ipv4: header longer than its packet');
const NOT_VERSION_4 = skip('ipv4: version not 4');
const HEADER_LENGTH_BELOW_5 = skip('ipv4: header length below 5');
const LATER_FRAGMENT = skip('ipv4: fragment without the TCP header');
const WITHOUT_TCP = { udp: skip('ipv4: UDP'), icmp: skip('ipv4: ICMP'), other: skip('ipv4: other protocol') };

/** IPv4. The first of several fragments goes on to TCP, with the payload that this fragment holds; the later ones hold no header. */
export function ipv4(packet: Packet, segment: Segment): number {
  const { view, offset } = packet;
  if (!packet.has(SIZE)) return packet.wireEnd - offset < SIZE ? TOO_SHORT : CUT;
  const versionAndLength = view.getUint8(offset + VERSION_AND_LENGTH);
  if (versionAndLength >> 4 !== 4) return NOT_VERSION_4;
  const headerSize = (versionAndLength & 15) << 2;
  if (headerSize < SIZE) return HEADER_LENGTH_BELOW_5;

  // Segmentation offload leaves 0 (or, over 64 KiB, nothing better): the frame's length is then the only one.
  const totalLength = view.getUint16(offset + TOTAL_LENGTH);
  if (totalLength !== 0) packet.endAt(offset + totalLength);
  if (packet.wireEnd - offset < headerSize) return TOO_SHORT;

  const next = layerOfIpProtocol(view.getUint8(offset + PROTOCOL), WITHOUT_TCP);
  if (next !== TCP) return next;
  const fragment = view.getUint16(offset + FLAGS_AND_FRAGMENT);
  if ((fragment & FRAGMENT_OFFSET) !== 0) return LATER_FRAGMENT;

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
  packet.offset = offset + headerSize;
  return TCP;
}
