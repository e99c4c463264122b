import { IEEE_802_11, PADDED_IEEE_802_11 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// radiotap.org: version, padding, length and presence bits, all little-endian; then the fields that are present.
const LENGTH = 2;
const PRESENT = 4;
const SIZE = 8;
const PRESENT_SIZE = 4;
const TIME_PRESENT = 0x0000_0001;
const FLAGS_PRESENT = 0x0000_0002;
const MORE_PRESENT = 0x8000_0000;
/** A time is aligned to its own size. */
const TIME_SIZE = 8;
const PADDED = 0x20;

const CUT = skip('radiotap: header cut');

/** What a radio says of a frame of 802.11, before that frame. */
export function radiotap(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const length = view.getUint16(offset + LENGTH, true);
  if (length < SIZE || !packet.has(length)) return CUT;
  const isPadded = (flagsOf(view, offset, length) & PADDED) !== 0;
  packet.offset += length;
  return isPadded ? PADDED_IEEE_802_11 : IEEE_802_11;
}

function flagsOf(view: DataView, offset: number, length: number): number {
  const present = view.getUint32(offset + PRESENT, true);
  if ((present & FLAGS_PRESENT) === 0) return 0;
  let at = PRESENT;
  while (at + PRESENT_SIZE <= length && (view.getUint32(offset + at, true) & MORE_PRESENT) !== 0) at += PRESENT_SIZE;
  at += PRESENT_SIZE;
  if ((present & TIME_PRESENT) !== 0) at = Math.ceil(at / TIME_SIZE) * TIME_SIZE + TIME_SIZE;
  return at < length ? view.getUint8(offset + at) : 0;
}
