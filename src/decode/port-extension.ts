import { layerOfTypeOrLength } from './ethernet.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Direction, pointer and destination, looped, version and source: virtual interfaces of a switch, in four bytes. */
const VN_TAG_SIZE = 4;
/** IEEE 802.1BR §7.5: priority and ingress channel, group and channel, and the upper bits of both channels. */
const E_TAG_SIZE = 6;
const ETHER_TYPE_SIZE = 2;

const VN_TAG_CUT = skip('vn-tag: tag cut');
const E_TAG_CUT = skip('e-tag: tag cut');

/**
 * The tag between a Cisco switch and its fabric extenders or virtual adapters; the frame's type, or another tag, is
 * behind it.
 */
export function vnTag(packet: Packet): number {
  return pass(packet, VN_TAG_SIZE, VN_TAG_CUT);
}

/** What the standard (802.1BR) made of it. */
export function eTag(packet: Packet): number {
  return pass(packet, E_TAG_SIZE, E_TAG_CUT);
}

function pass(packet: Packet, size: number, cut: number): number {
  if (!packet.has(size + ETHER_TYPE_SIZE)) return cut;
  const { view, offset } = packet;
  packet.offset = offset + size + ETHER_TYPE_SIZE;
  return layerOfTypeOrLength(packet, view.getUint16(offset + size));
}
