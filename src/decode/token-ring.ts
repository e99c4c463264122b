import { LLC } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// IEEE 802.5: access control, frame control, two addresses.
const FRAME_CONTROL = 1;
const SOURCE = 8;
const SIZE = 14;
const LLC_FRAME = 0x40;
const FRAME_TYPE = 0xc0;
/** In the source address, where Ethernet has the bit of a group: the way through bridges follows. */
const IS_ROUTED = 0x80;
/** Bits of the first byte of that way: its length in bytes, with this byte. */
const ROUTE_LENGTH = 0x1f;

const CUT = skip('token ring: header cut');
const NOT_LLC = skip('token ring: not an LLC frame');

/** Token ring, with source routes. */
export function tokenRing(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  if ((view.getUint8(offset + FRAME_CONTROL) & FRAME_TYPE) !== LLC_FRAME) return NOT_LLC;
  packet.offset += SIZE;
  if ((view.getUint8(offset + SOURCE) & IS_ROUTED) !== 0) {
    if (!packet.has(1)) return CUT;
    packet.offset += view.getUint8(packet.offset) & ROUTE_LENGTH;
  }
  return LLC;
}
