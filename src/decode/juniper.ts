import { ETHERNET, RAW_IP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** `MGC`, then flags. */
const MAGIC = 0x4d4743;
const FLAGS = 3;
const SIZE = 4;
/** Where the flag says so: the length of extensions, and them. */
const EXTENDED = 0x80;
const EXTENSION_LENGTH_SIZE = 2;
/** The link layer was taken off, and four bytes put in its place. */
const WITHOUT_LINK = 0x02;
const WITHOUT_LINK_SIZE = 4;

const CUT = skip('juniper: header cut');
const NO_MAGIC = skip('juniper: no magic number');

/** A frame as a router of Juniper captured it. */
export function juniperEthernet(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const word = view.getUint32(offset);
  if (word >>> 8 !== MAGIC) return NO_MAGIC;
  const flags = view.getUint8(offset + FLAGS);
  packet.offset += SIZE;
  if ((flags & EXTENDED) !== 0) {
    if (!packet.has(EXTENSION_LENGTH_SIZE)) return CUT;
    packet.offset += EXTENSION_LENGTH_SIZE + view.getUint16(packet.offset);
  }
  if ((flags & WITHOUT_LINK) === 0) return ETHERNET;
  packet.offset += WITHOUT_LINK_SIZE;
  return RAW_IP;
}
