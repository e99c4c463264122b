import { IS_TCP } from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';
import { clearOptions, readOptions } from './tcp-options.js';

// RFC 9293 §3.1
export const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
export const DATA_OFFSET_AND_FLAGS = 12;
const WINDOW = 14;
export const SIZE = 20;

const FLAGS = 0x1ff;

const CUT = skip('tcp: header cut by snap length');
const TOO_SHORT = skip('tcp: header longer than its packet');
const CUT_BEHIND_WINDOW = skip('tcp: header cut behind its window');
const DATA_OFFSET_BELOW_5 = skip('tcp: data offset below 5');
const DATA_OFFSET_BEYOND = skip('tcp: data offset beyond its packet');

/** Bytes of a header that is not whole from which on Wireshark gives it a stream. */
const SIZE_TO_NUMBER = 16;
/** Bytes that tell its connection and its place there: an ICMP error need not quote more (RFC 792). */
export const SIZE_TO_PLACE = 8;

/**
 * The TCP header. Of a header that the snap length cut into, the fixed part must be there; of its options, those that
 * are whole are read. A header that is longer than its IP payload was never valid: no host would take the packet, and
 * neither do we.
 */
export function tcp({ view, offset, end, wireEnd }: Packet, segment: Segment): number {
  return readTcp(segment, view, offset, end, wireEnd);
}

/**
 * Reads a TCP header at `offset`, in a packet whose capture ends at `end`, and which ended at `wireEnd` on the wire.
 */
export function readTcp(segment: Segment, view: DataView, offset: number, end: number, wireEnd: number): number {
  if (end - offset < SIZE) return readCutTcp(segment, view, offset, end, wireEnd);
  const dataOffsetAndFlags = view.getUint16(offset + DATA_OFFSET_AND_FLAGS);
  const headerSize = (dataOffsetAndFlags >> 12) << 2;
  // Written out here and in `readCutTcp`: as a function of their own the five lines cost 1.5 ns a packet (Node 20.20).
  segment.sourcePort = view.getUint16(offset + SOURCE_PORT);
  segment.destinationPort = view.getUint16(offset + DESTINATION_PORT);
  segment.sequence = view.getInt32(offset + SEQUENCE);
  segment.acknowledgment = view.getInt32(offset + ACKNOWLEDGMENT);
  segment.flags = dataOffsetAndFlags & FLAGS;
  if (headerSize < SIZE) return DATA_OFFSET_BELOW_5;
  const payload = offset + headerSize;
  if (payload > wireEnd) return DATA_OFFSET_BEYOND;

  segment.window = view.getUint16(offset + WINDOW);
  segment.length = wireEnd - payload;
  const headerCut = payload > end;
  segment.headerCut = headerCut ? 1 : 0;
  segment.payloadOffset = headerCut ? end : payload;
  segment.payloadCaptured = headerCut ? 0 : end - payload;

  clearOptions(segment);
  if (headerSize > SIZE) readOptions(segment, view, offset + SIZE, segment.payloadOffset);
  return IS_TCP;
}

/** A header of which less than the fixed part is there. */
function readCutTcp(segment: Segment, view: DataView, offset: number, end: number, wireEnd: number): number {
  if (end - offset < SIZE_TO_PLACE) return wireEnd - offset < SIZE ? TOO_SHORT : CUT;
  segment.sourcePort = view.getUint16(offset + SOURCE_PORT);
  segment.destinationPort = view.getUint16(offset + DESTINATION_PORT);
  segment.sequence = view.getInt32(offset + SEQUENCE);
  if (end - offset < SIZE_TO_NUMBER) return wireEnd - offset < SIZE ? TOO_SHORT : CUT;
  segment.acknowledgment = view.getInt32(offset + ACKNOWLEDGMENT);
  segment.flags = view.getUint16(offset + DATA_OFFSET_AND_FLAGS) & FLAGS;
  return CUT_BEHIND_WINDOW;
}

/**
 * Whether `tcp` answered that the header is none to be believed, but `segment` holds its ports, sequence numbers and
 * flags.
 */
export function isNearlyTcp(answer: number): boolean {
  return answer === CUT_BEHIND_WINDOW || answer === DATA_OFFSET_BELOW_5 || answer === DATA_OFFSET_BEYOND;
}

/**
 * Whether `tcp` answered that there is too little of the header; of `SIZE_TO_PLACE` bytes, `segment` holds ports and
 * sequence number.
 */
export function isCutTcp(answer: number): boolean {
  return answer === CUT || answer === TOO_SHORT;
}
