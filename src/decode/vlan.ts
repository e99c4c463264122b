import { layerOfTypeOrLength } from './ethernet.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Priority in the upper bits, then the VLAN's number. */
const NUMBER = 0;
const NUMBER_MASK = 0x0fff;
const ETHER_TYPE = 2;
const TAG_SIZE = 4;

const CUT = skip('vlan: tag cut');

/** One tag of 802.1Q or 802.1ad, behind its own EtherType. A stack of them is this layer again. */
export function vlan(packet: Packet): number {
  if (!packet.has(TAG_SIZE)) return CUT;
  const etherType = packet.view.getUint16(packet.offset + ETHER_TYPE);
  packet.vlan = packet.view.getUint16(packet.offset + NUMBER) & NUMBER_MASK;
  packet.network = packet.vlan;
  packet.offset += TAG_SIZE;
  return layerOfTypeOrLength(packet, etherType);
}
