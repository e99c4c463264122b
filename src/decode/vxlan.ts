import { ETHERNET, IPV4, IPV6, MPLS } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 7348 §5; with the P flag draft-ietf-nvo3-vxlan-gpe §3
const FLAGS = 0;
const NEXT_PROTOCOL = 3;
/** 24 bits. */
const NETWORK = 4;
const NETWORK_SHIFT = 8;
const SIZE = 8;

/** The network identifier is valid: set in every VXLAN packet. */
const INSTANCE = 0x08;
/** The next protocol is valid: the generic protocol extension. */
const PROTOCOL_PRESENT = 0x04;

const CUT = skip('vxlan: header cut');
const NOT_VXLAN = skip('vxlan: no valid header');

/** Ethernet in UDP, for networks over networks. */
export function vxlan(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const flags = view.getUint8(offset + FLAGS);
  if ((flags & INSTANCE) === 0) return NOT_VXLAN;
  packet.network = view.getUint32(offset + NETWORK) >>> NETWORK_SHIFT;
  packet.offset += SIZE;
  if ((flags & PROTOCOL_PRESENT) === 0) return ETHERNET;
  switch (view.getUint8(offset + NEXT_PROTOCOL)) {
    case 1: return IPV4;
    case 2: return IPV6;
    case 3: return ETHERNET;
    case 5: return MPLS;
    default: return NOT_VXLAN;
  }
}
