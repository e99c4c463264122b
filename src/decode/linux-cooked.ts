import { layerOfEtherType } from './ether-type.js';
import { LLC } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Version 1: packet type, device type, address length, eight bytes of address, then: */
const PROTOCOL_1 = 14;
const SIZE_1 = 16;
/** Version 2: protocol, reserved, interface index, device type, packet type, address length, address. */
const PROTOCOL_2 = 0;
const SIZE_2 = 20;

/** ETH_P_802_2 of Linux: an 802.3 frame whose length field is gone. */
const LINUX_802_2 = 0x0004;

const CUT = skip('linux cooked: header cut');

/** What Linux gives in place of a link layer on the `any` device (LINKTYPE_LINUX_SLL). */
export function linuxCooked1(packet: Packet): number {
  return cooked(packet, PROTOCOL_1, SIZE_1);
}

/** Cooked capture of the second version, which has the interface, too (LINKTYPE_LINUX_SLL2). */
export function linuxCooked2(packet: Packet): number {
  return cooked(packet, PROTOCOL_2, SIZE_2);
}

function cooked(packet: Packet, protocolAt: number, size: number): number {
  if (!packet.has(size)) return CUT;
  const protocol = packet.view.getUint16(packet.offset + protocolAt);
  packet.offset += size;
  return protocol === LINUX_802_2 ? LLC : layerOfEtherType(protocol);
}
