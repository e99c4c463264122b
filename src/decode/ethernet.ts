import { layerOfEtherType } from './ether-type.js';
import { LLC } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Two addresses of six bytes, then: */
export const ETHER_TYPE = 12;
export const ETHERNET_SIZE = 14;

/** Up to here (1500) the field is a length and LLC follows; from 0x0600 on it is an EtherType (IEEE 802.3 §3.2.6). */
const LONGEST_LENGTH = 0x05dc;

const CUT = skip('ethernet: header cut');

export function ethernet(packet: Packet): number {
  if (!packet.has(ETHERNET_SIZE)) return CUT;
  const etherType = packet.view.getUint16(packet.offset + ETHER_TYPE);
  packet.offset += ETHERNET_SIZE;
  return layerOfTypeOrLength(packet, etherType);
}

/**
 * The layer behind the field that Ethernet and every VLAN tag end in: an EtherType, or in 802.3 frames the length of
 * what follows.
 */
export function layerOfTypeOrLength(packet: Packet, typeOrLength: number): number {
  if (typeOrLength > LONGEST_LENGTH) return layerOfEtherType(typeOrLength);
  packet.endAt(packet.offset + typeOrLength);
  return LLC;
}
