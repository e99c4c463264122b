import type { Time } from '../../base/time.js';

/** Marks of a record beside its TCP flags. */
export const SERVER_TALKS = 1;
/** Sequence numbers already sent: a retransmission or a probe. */
export const REPEAT = 2;
/** One byte or none, below what the peer has acknowledged: a keepalive or window probe. */
export const PROBE = 4;
/** Sent by another incarnation of the tuple and told here because this one heard it. */
export const FOREIGN = 8;
export const HAS_TIMESTAMPS = 16;
/** Its first SACK block lies at or below its acknowledgment: the listener reports a duplicate (RFC 2883). */
export const DUPLICATE_SACK = 32;
export const DONT_FRAGMENT = 64;
/** IPv6: there is no IP ID. */
export const NO_IP_ID = 128;

/** Note of a segment that says good-bye in the words of its protocol, and nothing else (farewell.ts). */
export const FAREWELL = 'good-bye';
/** What a row says whose payload asks for nothing (no-question.ts). */
export const NO_QUESTION = 'asks nothing';

/** Letters that the note of a segment has at most. */
export const LONGEST_NOTE = 256;

/** One telling segment, taken out of the history. Refilled, never kept. */
export class TellingSegment {
  frame = 0;
  time: Time = 0;
  /** 0 the client talks, 1 the server. */
  talker = 0;
  flags = 0;
  marks = 0;
  sequence = 0;
  acknowledgment = 0;
  length = 0;
  window = 0;
  ipId = 0;
  ttl = 0;
  trafficClass = 0;
  timestampValue = 0;
  timestampEcho = 0;
  /** Highest SACK edge; `acknowledgment` where there is none. */
  sackHighest = 0;
  /** How many segments in a row the peer had left unanswered with this one; 0 for a first transmission. */
  repeats = 0;
  /** Text or bytes that a RST carried; empty otherwise. */
  note = '';
}
