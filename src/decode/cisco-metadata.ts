import { layerOfEtherType } from './ether-type.js';
import { layerOfTypeOrLength } from './ethernet.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// Cisco's metadata header (draft-smith-kandula-sxp, packet-cisco-metadata.c of Wireshark): version, length, then
// options.
const LENGTH = 1;
const SIZE = 2;
/**
 * An option: its kind in two bytes and its value in two. The security group tag (SGT) is one, and mostly the only one.
 */
const OPTION_SIZE = 4;
const ETHER_TYPE_SIZE = 2;

const CUT = skip('cisco metadata: header cut');

/**
 * The security group tag of Cisco TrustSec, which switches put behind the addresses (and the VLAN) of a frame. The
 * frame's type is behind it.
 */
export function ciscoMetadata(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const size = SIZE + optionsSize(view.getUint8(offset + LENGTH));
  if (!packet.has(size + ETHER_TYPE_SIZE)) return CUT;
  packet.offset = offset + size + ETHER_TYPE_SIZE;
  return layerOfTypeOrLength(packet, view.getUint16(offset + size));
}

/** Metadata in GRE, where the type of what is tagged comes first. */
export function ciscoMetadataInGre(packet: Packet): number {
  if (!packet.has(ETHER_TYPE_SIZE + SIZE)) return CUT;
  const { view, offset } = packet;
  const header = offset + ETHER_TYPE_SIZE;
  packet.offset = header + SIZE + optionsSize(view.getUint8(header + LENGTH));
  return layerOfEtherType(view.getUint16(offset));
}

/** Bytes of the options; the length counts them in words. A tag is there in any case. */
function optionsSize(words: number): number {
  return Math.max(1, words) * OPTION_SIZE;
}
