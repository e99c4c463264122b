import { ETHERNET, IPV4 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// draft-foschiano-erspan-03 §4
const TYPE_2_SIZE = 8;
const TYPE_3_SIZE = 12;
/**
 * Place of the last two bytes of type III: frame type, hardware, direction, granularity, and whether a subheader
 * follows.
 */
const TYPE_3_FLAGS = 10;
const FRAME_TYPE_BIT = 10;
const FRAME_TYPE = 0x1f;
const FRAME_IS_IP = 2;
const SUBHEADER = 0x0001;
const SUBHEADER_SIZE = 8;

const CUT = skip('erspan: header cut');

/** A frame that a switch mirrored through GRE: type II. */
export function erspan2(packet: Packet): number {
  if (!packet.has(TYPE_2_SIZE)) return CUT;
  packet.offset += TYPE_2_SIZE;
  return ETHERNET;
}

/** Type III, with the time at which it was mirrored, and a frame or an IP packet. */
export function erspan3(packet: Packet): number {
  if (!packet.has(TYPE_3_SIZE)) return CUT;
  const flags = packet.view.getUint16(packet.offset + TYPE_3_FLAGS);
  packet.offset += TYPE_3_SIZE + ((flags & SUBHEADER) !== 0 ? SUBHEADER_SIZE : 0);
  return ((flags >> FRAME_TYPE_BIT) & FRAME_TYPE) === FRAME_IS_IP ? IPV4 : ETHERNET;
}
