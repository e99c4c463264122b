import { layerOfEtherType } from './ether-type.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** A global route header of forty bytes, then the EtherType and two reserved bytes (RFC 4391 §6). */
const ETHER_TYPE = 40;
const SIZE = 44;

const CUT = skip('infiniband: header cut');

/** IP over InfiniBand. */
export function infiniband(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const etherType = packet.view.getUint16(packet.offset + ETHER_TYPE);
  packet.offset += SIZE;
  return layerOfEtherType(etherType);
}
