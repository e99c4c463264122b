import { IS_TCP } from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';
import { clearOptions, readOptions } from './tcp-options.js';

// RFC 9293 §3.1
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const DATA_OFFSET_AND_FLAGS = 12;
const WINDOW = 14;
const SIZE = 20;

const FLAGS = 0x1ff;

const CUT = skip('tcp: header cut by snap length');
const TOO_SHORT = skip('tcp: header longer than its packet');
const DATA_OFFSET_BELOW_5 = skip('tcp: data offset below 5');

/**
 * The TCP header. Of a header that the snap length cut into, the fixed part must be there; of its options, those that are whole are read.
 * A header that is longer than its IP payload was never valid: no host would take the packet, and neither do we.
 */
export function tcp(packet: Packet, segment: Segment): number {
  const { view, offset, end, wireEnd } = packet;
  if (wireEnd - offset < SIZE) return TOO_SHORT;
  if (end - offset < SIZE) return CUT;
  const dataOffsetAndFlags = view.getUint16(offset + DATA_OFFSET_AND_FLAGS);
  const headerSize = (dataOffsetAndFlags >> 12) << 2;
  if (headerSize < SIZE) return DATA_OFFSET_BELOW_5;
  const payload = offset + headerSize;
  if (payload > wireEnd) return TOO_SHORT;

  segment.sourcePort = view.getUint16(offset + SOURCE_PORT);
  segment.destinationPort = view.getUint16(offset + DESTINATION_PORT);
  segment.sequence = view.getInt32(offset + SEQUENCE);
  segment.acknowledgment = view.getInt32(offset + ACKNOWLEDGMENT);
  segment.flags = dataOffsetAndFlags & FLAGS;
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
