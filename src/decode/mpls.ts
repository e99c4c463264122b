import { layerOfEtherType } from './ether-type.js';
import { ETHERNET_SIZE, ETHER_TYPE } from './ethernet.js';
import { ETHERNET, IPV4, IPV6, MPLS } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

const LABEL_SIZE = 4;
/** In the third byte of an entry: no label follows (RFC 3032 §2.1). */
const BOTTOM_AT = 2;
const BOTTOM = 0x01;

/** Four zero bits, flags and a sequence number before a pseudowire's frame (RFC 4385 §3). */
const CONTROL_WORD_SIZE = 4;

const CUT = skip('mpls: header cut');
const NEITHER = skip('mpls: neither IP nor Ethernet');

/** One label of MPLS; a stack of them is this layer again. */
export function mpls(packet: Packet): number {
  if (!packet.has(LABEL_SIZE)) return CUT;
  const bottom = packet.view.getUint8(packet.offset + BOTTOM_AT) & BOTTOM;
  packet.offset += LABEL_SIZE;
  return bottom === 0 ? MPLS : behindLabels(packet);
}

/**
 * Labels do not say what they carry; the first nibble does (RFC 4928 §3): an IP version, or 0 for a pseudowire's
 * control word. A pseudowire without one begins with any address, so Ethernet is believed where its EtherType is one we
 * can follow.
 */
function behindLabels(packet: Packet): number {
  if (!packet.has(1)) return CUT;
  const nibble = packet.view.getUint8(packet.offset) >> 4;
  if (nibble === 4) return IPV4;
  if (nibble === 6) return IPV6;
  if (!packet.has(CONTROL_WORD_SIZE + ETHERNET_SIZE)) return CUT;
  if (nibble === 0 && isEthernet(packet, packet.offset + CONTROL_WORD_SIZE)) {
    packet.offset += CONTROL_WORD_SIZE;
    return ETHERNET;
  }
  return isEthernet(packet, packet.offset) ? ETHERNET : NEITHER;
}

function isEthernet(packet: Packet, place: number): boolean {
  return layerOfEtherType(packet.view.getUint16(place + ETHER_TYPE)) < 0;
}
