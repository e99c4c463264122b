import { ETHERNET, IEEE_802_11 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 5415 §4.3: a preamble, then 24 bits: length in units of four bytes (5), radio (5), binding (5) and flags.
const PREAMBLE_AND_FIELDS = 0;
const PREAMBLE_BIT = 24;
const LENGTH_BIT = 19;
const BINDING_BIT = 9;
const FIVE_BITS = 0x1f;
/** The frame is one of the binding, not of Ethernet. */
const NATIVE = 0x0100;
const FRAGMENT = 0x0080;
const KEEP_ALIVE = 0x0008;
const BINDING_802_11 = 1;
const SIZE = 8;

const CUT = skip('capwap: header cut');
const NOT_DATA = skip('capwap: encrypted, keep-alive or fragment');

/** What an access point sends to its controller: 802.11 or Ethernet frames, in UDP. */
export function capwap(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const fields = packet.view.getUint32(packet.offset + PREAMBLE_AND_FIELDS);
  if (fields >>> PREAMBLE_BIT !== 0 || (fields & (FRAGMENT | KEEP_ALIVE)) !== 0) return NOT_DATA;
  packet.offset += ((fields >>> LENGTH_BIT) & FIVE_BITS) * 4;
  if ((fields & NATIVE) === 0) return ETHERNET;
  return ((fields >>> BINDING_BIT) & FIVE_BITS) === BINDING_802_11 ? IEEE_802_11 : NOT_DATA;
}
