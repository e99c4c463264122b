import { ETHERNET, LLC } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// IEEE 802.11 §9.2.3, §9.3.2
const FRAME_CONTROL = 0;
/** Two bytes of frame control, duration, three addresses, sequence control. */
const SIZE = 24;
const FOURTH_ADDRESS_SIZE = 6;
const QOS_SIZE = 2;
const HT_CONTROL_SIZE = 4;

/** Bits of the first byte: version and type, and those of a data frame's subtype. */
const VERSION_AND_TYPE = 0x0f;
const DATA = 0x08;
const NULL_DATA = 0x40;
const QOS = 0x80;
/** Bits of the second byte. */
const TO_AND_FROM_DS = 0x03;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;
/** Bit of QoS control: the body holds several frames, each behind two addresses and its length. */
const AGGREGATED = 0x80;
/** The lower nibble of sequence control. */
const SEQUENCE_CONTROL = 22;
const FRAGMENT_NUMBER = 0x0f;

const CUT = skip('802.11: header cut');
const NOT_DATA = skip('802.11: not a data frame');
const ENCRYPTED = skip('802.11: protected frame');
const FRAGMENT = skip('802.11: fragment');

/** A data frame of a wireless network, not encrypted. Of several frames in one the first is read. */
export function ieee80211(packet: Packet): number {
  return frame(packet, false);
}

/** A frame whose header the radio has padded to a multiple of four bytes. */
export function paddedIeee80211(packet: Packet): number {
  return frame(packet, true);
}

function frame(packet: Packet, isPadded: boolean): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  let control = view.getUint16(offset + FRAME_CONTROL);
  // Some controllers swap the two bytes of frame control in CAPWAP.
  if (((control >> 8) & VERSION_AND_TYPE) !== DATA) control = ((control & 0xff) << 8) | (control >> 8);
  const type = control >> 8;
  const flags = control & 0xff;
  if ((type & VERSION_AND_TYPE) !== DATA || (type & NULL_DATA) !== 0) return NOT_DATA;
  if ((flags & PROTECTED) !== 0) return ENCRYPTED;
  if ((flags & MORE_FRAGMENTS) !== 0 || (view.getUint16(offset + SEQUENCE_CONTROL, true) & FRAGMENT_NUMBER) !== 0)
    return FRAGMENT;
  let size = SIZE;
  if ((flags & TO_AND_FROM_DS) === TO_AND_FROM_DS) size += FOURTH_ADDRESS_SIZE;
  let isAggregated = false;
  if ((type & QOS) !== 0) {
    if (!packet.has(size + QOS_SIZE)) return CUT;
    isAggregated = (view.getUint8(offset + size) & AGGREGATED) !== 0;
    size += QOS_SIZE;
    if ((flags & ORDER) !== 0) size += HT_CONTROL_SIZE;
  }
  if (isPadded) size = (size + 3) & ~3;
  packet.offset = offset + size;
  return isAggregated ? ETHERNET : LLC;
}
