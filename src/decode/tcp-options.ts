import { SYN, type Segment } from './segment.js';

// Option kinds (IANA).
const END = 0;
const NOP = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;
const MPTCP = 30;

/** NOP, NOP, then timestamps of ten bytes, in the order that RFC 7323 (appendix A) recommends. */
const NOP_NOP_TIMESTAMPS = 0x0101_080a;
const NOP_NOP_TIMESTAMPS_SIZE = 12;

/** An option's length counts its kind and itself. */
const SMALLEST_SIZE = 2;
const SACK_BLOCK_SIZE = 8;
/** Forty bytes of options have no room for more. */
const MOST_SACK_BLOCKS = 4;
/** MPTCP's subtype is the upper half of its third byte; a reset's reason is the fourth (RFC 8684 §3.6). */
const MPTCP_RESET = 8;

/** Kinds that `optionLayout` has room for. */
const LAYOUT_KINDS = 8;

/** Sets a segment's fields to what they are without options. */
export function clearOptions(segment: Segment): void {
  segment.maximumSegmentSize = 0;
  segment.windowScale = -1;
  segment.sackPermitted = 0;
  segment.sackCount = 0;
  segment.sackLeft = 0;
  segment.sackRight = 0;
  segment.sackHighest = 0;
  segment.hasTimestamps = 0;
  segment.timestampValue = 0;
  segment.timestampEcho = 0;
  segment.mptcpResetReason = -1;
  segment.mptcp = 0;
  segment.optionLayout = 0;
}

/**
 * Reads the options that lie in `[start, end)` into a segment that was cleared, and whose `flags` and `headerCut` are
 * set.
 */
export function readOptions(segment: Segment, view: DataView, start: number, end: number): void {
  // All that most segments have. Read at once, in a function small enough to be inlined, it saves 4 of 33 ns a packet
  // (Node 20.20).
  if (
    end - start === NOP_NOP_TIMESTAMPS_SIZE && view.getInt32(start) === NOP_NOP_TIMESTAMPS &&
    (segment.flags & SYN) === 0
  ) {
    readTimestamps(segment, view, start + 2);
  } else {
    readOneByOne(segment, view, start, end);
  }
}

/**
 * As in the stacks, reading ends at the end-of-options kind and at the first length that cannot be: below 2, or beyond
 * `end`. An option of a known kind with another length than its RFC gives it is passed over.
 */
function readOneByOne(segment: Segment, view: DataView, start: number, end: number): void {
  let layout = 0;
  let kinds = 0;
  let at = start;
  while (at < end) {
    const kind = view.getUint8(at);
    if (kinds < LAYOUT_KINDS) {
      layout = (layout << 4) | (kind & 15);
      kinds += 1;
    }
    if (kind === END) break;
    if (kind === NOP) {
      at += 1;
      continue;
    }
    if (end - at < SMALLEST_SIZE) break;
    const size = view.getUint8(at + 1);
    if (size < SMALLEST_SIZE) break;
    if (size > end - at) {
      // SACK blocks before the cut of a snap length are worth having; an option too long for its own header is not.
      if (kind === SACK && segment.headerCut === 1) readSack(segment, view, at, size, end);
      break;
    }
    readOption(segment, view, at, kind, size);
    at += size;
  }
  if ((segment.flags & SYN) !== 0) segment.optionLayout = layout;
}

/** An option that is there in whole, `size` bytes from `at` on. */
function readOption(segment: Segment, view: DataView, at: number, kind: number, size: number): void {
  switch (kind) {
    case MAXIMUM_SEGMENT_SIZE: // RFC 9293 §3.7.1
      if (size === 4) segment.maximumSegmentSize = view.getUint16(at + 2);
      break;
    case WINDOW_SCALE: // RFC 7323 §2.2
      if (size === 3) segment.windowScale = view.getUint8(at + 2);
      break;
    case SACK_PERMITTED: // RFC 2018 §2
      if (size === 2) segment.sackPermitted = 1;
      break;
    case SACK: // RFC 2018 §3
      readSack(segment, view, at, size, at + size);
      break;
    case TIMESTAMPS: // RFC 7323 §3.2
      if (size === 10) readTimestamps(segment, view, at);
      break;
    case MPTCP: // RFC 8684 §3
      segment.mptcp = 1;
      if (size === 4 && view.getUint8(at + 2) >> 4 === MPTCP_RESET) segment.mptcpResetReason = view.getUint8(at + 3);
      break;
    default:
  }
}

function readTimestamps(segment: Segment, view: DataView, at: number): void {
  segment.hasTimestamps = 1;
  segment.timestampValue = view.getInt32(at + 2);
  segment.timestampEcho = view.getInt32(at + 6);
}

/** The blocks of a SACK option that lie whole before `end`. */
function readSack(segment: Segment, view: DataView, at: number, size: number, end: number): void {
  const blocks = at + 2;
  if (size === 2 || (size - 2) % SACK_BLOCK_SIZE !== 0) return;
  const whole = Math.floor(Math.min(size - 2, end - blocks) / SACK_BLOCK_SIZE);
  const count = Math.min(whole, MOST_SACK_BLOCKS);
  if (count === 0) return;
  segment.sackCount = count;
  segment.sackLeft = view.getInt32(blocks);
  segment.sackRight = view.getInt32(blocks + 4);
  let highest = segment.sackRight;
  for (let block = 1; block < count; block += 1) {
    const right = view.getInt32(blocks + block * SACK_BLOCK_SIZE + 4);
    if (((right - highest) | 0) > 0) highest = right;
  }
  segment.sackHighest = highest;
}
