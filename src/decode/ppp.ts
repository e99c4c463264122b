import { CISCO_HDLC, IPV4, IPV6, MPLS } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Address (all stations) and control (unnumbered information) of HDLC-like framing (RFC 1662 §3.1); often left out. */
const ADDRESS_AND_CONTROL = 0xff03;
const FRAMING_SIZE = 2;

/** Address and control of Cisco's own framing on the same lines: to one, to all. */
const CISCO_UNICAST = 0x0f00;
const CISCO_BROADCAST = 0x8f00;

const PROTOCOL_SIZE = 2;
/**
 * Set in the first byte of a protocol number only where that is all of it, its upper byte, a zero, left out (RFC 1661
 * §2, §6.5).
 */
const COMPRESSED = 0x0100;
const COMPRESSED_SIZE = 1;

const CUT = skip('ppp: header cut');
const NOT_IP = skip('ppp: protocol not IP');

/**
 * The point-to-point protocol, with or without HDLC-like framing: no protocol number begins with 0xff03, so the bytes
 * tell.
 */
export function ppp(packet: Packet): number {
  const { view } = packet;
  if (!packet.has(PROTOCOL_SIZE)) return CUT;
  const first = view.getUint16(packet.offset);
  if (first === CISCO_UNICAST || first === CISCO_BROADCAST) return CISCO_HDLC;
  if (first === ADDRESS_AND_CONTROL) packet.offset += FRAMING_SIZE;
  // Two bytes behind a compressed number too: what it announces is never empty.
  if (!packet.has(PROTOCOL_SIZE)) return CUT;
  let protocol = view.getUint16(packet.offset);
  if ((protocol & COMPRESSED) === 0) {
    packet.offset += PROTOCOL_SIZE;
  } else {
    protocol >>= 8;
    packet.offset += COMPRESSED_SIZE;
  }
  switch (protocol) {
    case 0x0021: return IPV4;
    case 0x0057: return IPV6;
    case 0x0281: // unicast
    case 0x0283: return MPLS; // multicast
    default: return NOT_IP;
  }
}
