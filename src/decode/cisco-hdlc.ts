import { layerOfEtherType } from './ether-type.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Address (0x0f unicast, 0x8f broadcast), control, then: */
const ETHER_TYPE = 2;
const SIZE = 4;

const CUT = skip('cisco hdlc: header cut');

/** What routers of Cisco speak on serial lines. */
export function ciscoHdlc(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const etherType = packet.view.getUint16(packet.offset + ETHER_TYPE);
  packet.offset += SIZE;
  return layerOfEtherType(etherType);
}
