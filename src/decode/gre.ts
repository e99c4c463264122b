import { layerOfEtherType } from './ether-type.js';
import { CISCO_METADATA_IN_GRE, ERSPAN_2, ERSPAN_3, ETHERNET, IEEE_802_11, WCCP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 2784 §2, RFC 2890 §2; version 1: RFC 2637 §4.1
const FLAGS_AND_VERSION = 0;
const PROTOCOL = 2;
const SIZE = 4;

const CHECKSUM_PRESENT = 0x8000;
const ROUTING_PRESENT = 0x4000;
const KEY_PRESENT = 0x2000;
const SEQUENCE_PRESENT = 0x1000;
const ACKNOWLEDGMENT_PRESENT = 0x0080;
const VERSION = 0x0007;

/** Each of the optional fields; checksum and routing offset share one. */
const FIELD_SIZE = 4;
/** A source route entry (RFC 1701): address family, offset, length of what follows. All zero ends the list. */
const ROUTE_SIZE = 4;
const ROUTE_LENGTH = 3;

/** Protocol type of MikroTik's EoIP, whose key is the length of the frame and, in the other byte order, the tunnel. */
const EOIP = 0x6400;
const EOIP_TUNNEL = 2;

const CUT = skip('gre: header cut');

/**
 * Generic routing encapsulation: version 0 with any of its fields, and version 1, which carries PPP for PPTP and
 * Ethernet for EoIP.
 */
export function gre(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const flags = view.getUint16(offset + FLAGS_AND_VERSION);
  const protocol = view.getUint16(offset + PROTOCOL);
  packet.offset += SIZE;
  if ((flags & (CHECKSUM_PRESENT | ROUTING_PRESENT)) !== 0) packet.offset += FIELD_SIZE;
  packet.network = 0;
  if ((flags & KEY_PRESENT) !== 0) {
    if (packet.has(FIELD_SIZE)) readKey(packet, flags, protocol);
    packet.offset += FIELD_SIZE;
  }
  if ((flags & SEQUENCE_PRESENT) !== 0) packet.offset += FIELD_SIZE;
  if ((flags & VERSION) === 1 && (flags & ACKNOWLEDGMENT_PRESENT) !== 0) packet.offset += FIELD_SIZE;
  if ((flags & ROUTING_PRESENT) !== 0 && !passRoutes(packet)) return CUT;
  switch (protocol) {
    case 0x88be: return (flags & SEQUENCE_PRESENT) === 0 ? ETHERNET : ERSPAN_2; // type I has no header of its own
    case 0x22eb: return ERSPAN_3;
    case 0x883e: return WCCP;
    case 0x8909: return CISCO_METADATA_IN_GRE;
    case EOIP: return ETHERNET;
    default: return isAruba(protocol) ? IEEE_802_11 : layerOfEtherType(protocol);
  }
}

/** Reads the key, which names a network. That of PPTP does not: each direction has its own call. */
function readKey(packet: Packet, flags: number, protocol: number): void {
  const { view, offset } = packet;
  if (protocol === EOIP) {
    packet.network = view.getUint16(offset + EOIP_TUNNEL, true);
    packet.endAt(offset + FIELD_SIZE + view.getUint16(offset));
  } else if ((flags & VERSION) === 0) {
    packet.network = view.getInt32(offset);
  }
}

/**
 * Aruba's access points number their tunnels to the controller by the protocol (greproto.h of Wireshark, GRE.cc of
 * Zeek); all carry 802.11.
 */
function isAruba(protocol: number): boolean {
  return (protocol >= 0x8200 && protocol <= 0x8370 && (protocol & 0x0f) === 0) || protocol === 0x9000;
}

function passRoutes(packet: Packet): boolean {
  while (packet.has(ROUTE_SIZE)) {
    const { view, offset } = packet;
    packet.offset += ROUTE_SIZE + view.getUint8(offset + ROUTE_LENGTH);
    if (view.getUint32(offset) === 0) return true;
  }
  return false;
}
