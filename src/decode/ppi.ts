import { layerOfLinkType } from './link-types.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// CACE PPI 1.0.10: version, flags, length of the header and what is in it, LINKTYPE_ of the packet; all little-endian.
const LENGTH = 2;
const LINK_TYPE = 4;
const SIZE = 8;

const CUT = skip('ppi: header cut');

/** Per-packet information before a packet of any link type. */
export function ppi(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const length = view.getUint16(offset + LENGTH, true);
  if (length < SIZE) return CUT;
  packet.offset += length;
  return layerOfLinkType(view.getUint32(offset + LINK_TYPE, true));
}
