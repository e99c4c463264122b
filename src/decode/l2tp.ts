import { PPP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 2661 §3.1
const FLAGS_AND_VERSION = 0;
const CONTROL = 0x8000;
const LENGTH_PRESENT = 0x4000;
const SEQUENCE_PRESENT = 0x0800;
const OFFSET_PRESENT = 0x0200;
const VERSION = 0x000f;
/** Flags and version, tunnel, session. */
const SIZE = 6;
const LENGTH_SIZE = 2;
const SEQUENCE_SIZE = 4;
const OFFSET_SIZE = 2;

const CUT = skip('l2tp: header cut');
const NOT_DATA = skip('l2tp: not data of version 2');

/** PPP in UDP. What version 3 carries is agreed on between its ends and cannot be told from a packet. */
export function l2tp(packet: Packet): number {
  const { view, offset } = packet;
  if (!packet.has(SIZE)) return CUT;
  const flags = view.getUint16(offset + FLAGS_AND_VERSION);
  if ((flags & CONTROL) !== 0 || (flags & VERSION) !== 2) return NOT_DATA;
  packet.offset += SIZE;
  if ((flags & LENGTH_PRESENT) !== 0) {
    packet.endAt(offset + view.getUint16(offset + 2));
    packet.offset += LENGTH_SIZE;
  }
  if ((flags & SEQUENCE_PRESENT) !== 0) packet.offset += SEQUENCE_SIZE;
  if ((flags & OFFSET_PRESENT) !== 0) {
    if (!packet.has(OFFSET_SIZE)) return CUT;
    packet.offset += OFFSET_SIZE + view.getUint16(packet.offset);
  }
  return PPP;
}
