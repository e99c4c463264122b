import { LLC } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Frame control and two addresses. */
const SIZE = 13;
/** Bits of frame control: class, address length, and the two that tell LLC from ring management. */
const FORMAT = 0x70;
const LLC_FRAME = 0x50;

const CUT = skip('fddi: header cut');
const NOT_LLC = skip('fddi: not an LLC frame');

/** The ring of fibres (ANSI X3T9.5). */
export function fddi(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  if ((packet.view.getUint8(packet.offset) & FORMAT) !== LLC_FRAME) return NOT_LLC;
  packet.offset += SIZE;
  return LLC;
}
