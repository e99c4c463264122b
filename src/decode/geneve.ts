import { layerOfEtherType } from './ether-type.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 8926 §3.4
const VERSION_AND_LENGTH = 0;
const PROTOCOL = 2;
/** 24 bits. */
const NETWORK = 4;
const NETWORK_SHIFT = 8;
const SIZE = 8;
/** Bits that hold the length of the options, in units of four bytes. */
const LENGTH = 0x3f;
const VERSION_BIT = 6;

const CUT = skip('geneve: header cut');
const NOT_VERSION_0 = skip('geneve: version not 0');

/** Any protocol with an EtherType in UDP, with options between. */
export function geneve(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const versionAndLength = view.getUint8(offset + VERSION_AND_LENGTH);
  if (versionAndLength >> VERSION_BIT !== 0) return NOT_VERSION_0;
  packet.network = view.getUint32(offset + NETWORK) >>> NETWORK_SHIFT;
  packet.offset += SIZE + (versionAndLength & LENGTH) * 4;
  return layerOfEtherType(view.getUint16(offset + PROTOCOL));
}
