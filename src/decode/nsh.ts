import { ETHERNET, IPV4, IPV6, MPLS, NSH } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 8300 §2.2: version, flags and time to live, then the length in words; metadata type, next protocol; the service
// path.
const VERSION_TO_LENGTH = 0;
const LENGTH = 0x3f;
const NEXT_PROTOCOL = 3;
const SIZE = 8;

const CUT = skip('nsh: header cut');
const NOT_IP = skip('nsh: protocol not IP');

/** The network service header: the way through a chain of services, before a packet or frame. */
export function nsh(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const size = (view.getUint16(offset + VERSION_TO_LENGTH) & LENGTH) * 4;
  if (size < SIZE) return CUT;
  packet.offset = offset + size;
  return layerOfNextProtocol(view.getUint8(offset + NEXT_PROTOCOL), NOT_IP);
}

/**
 * The layer behind a next protocol, of NSH and of VXLAN's generic protocol extension, which share their first numbers.
 */
export function layerOfNextProtocol(protocol: number, unknown: number): number {
  switch (protocol) {
    case 1: return IPV4;
    case 2: return IPV6;
    case 3: return ETHERNET;
    case 4: return NSH;
    case 5: return MPLS;
    default: return unknown;
  }
}
