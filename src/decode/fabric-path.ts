import { ETHERNET } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Tree and time to live, behind addresses that are switches and not hosts. */
const SIZE = 2;

const CUT = skip('fabricpath: tag cut');

/** A frame inside of Cisco's FabricPath. */
export function fabricPath(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  packet.offset += SIZE;
  return ETHERNET;
}
