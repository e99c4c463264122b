import type { End } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import {
  ACKNOWLEDGED, ENDPOINT_FLAGS, FIRST_SEQUENCE, INCUMBENT, NEXT_SEQUENCE, OPTION_LAYOUT, PACKETS, CONNECTION_FLAGS,
} from './connection-record.js';
import * as ENDPOINT_FLAG from './endpoint-flags.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import { NO_CONNECTION } from './connection-pages.js';
import { PROBE, REPEAT } from './history/telling-segment.js';
import { isAfter } from './sequence.js';

// What one segment changes in the words of its connection (`at`) and of its endpoints (`own`, `peer`).

/** The first segment of an endpoint. */
export function begin(words: Int32Array, own: number, segment: Segment): void {
  words[own + FIRST_SEQUENCE] = segment.sequence;
  words[own + NEXT_SEQUENCE] = segment.sequence;
  if ((segment.flags & ACK) !== 0) words[own + ACKNOWLEDGED] = segment.acknowledgment;
  if ((segment.flags & SYN) !== 0) words[own + OPTION_LAYOUT] = segment.optionLayout;
}

/** The SYN of an endpoint of which something later was seen first: reordered, and nothing that was sent again. */
export function beginLate(words: Int32Array, at: number, own: number, { sequence, optionLayout }: Segment): void {
  words[own + FIRST_SEQUENCE] = sequence;
  words[own + OPTION_LAYOUT] = optionLayout;
  words[at + CONNECTION_FLAGS] = (words[at + CONNECTION_FLAGS]! & ~CONNECTION_FLAG.guessed) | CONNECTION_FLAG.irregular;
}

export function acknowledge(words: Int32Array, own: number, { flags, acknowledgment }: Segment): void {
  if ((flags & ACK) === 0) return;
  if (
    (words[own + ENDPOINT_FLAGS]! & (ENDPOINT_FLAG.ack | ENDPOINT_FLAG.data)) === 0 ||
    isAfter(acknowledgment, words[own + ACKNOWLEDGED]!)
  )
    words[own + ACKNOWLEDGED] = acknowledgment;
}

/**
 * A byte or none below what the peer has acknowledged asks for an answer, and is neither data nor a retransmission. A
 * SYN or FIN that stands there is one: its acknowledgment was lost behind the tap, or too slow.
 */
export function repeatMarks(words: Int32Array, peer: number, { flags, length, sequence }: Segment): number {
  return (flags & (SYN | FIN)) === 0 && length <= 1 && isAfter(words[peer + ACKNOWLEDGED]!, sequence)
    ? REPEAT | PROBE
    : REPEAT;
}

/**
 * Whether a segment goes on where its connection stood: it begins no further than what was seen of its sender, nor, but
 * for the byte of a keepalive, before what its peer has acknowledged; and it acknowledges what was seen of the peer. So
 * nothing was missed that either sent.
 */
export function isExpected(
  words: Int32Array, own: number, peer: number, { flags, sequence, acknowledgment }: Segment,
): boolean {
  if (words[own + PACKETS] === 0 || (flags & (SYN | ACK)) !== ACK) return false;
  const next = words[own + NEXT_SEQUENCE]!;
  if (words[peer + PACKETS] === 0)
    return (sequence === next || sequence === ((next - 1) | 0)) && acknowledgment === words[own + ACKNOWLEDGED];
  if (isAfter(sequence, next) || isAfter((words[peer + ACKNOWLEDGED]! - 1) | 0, sequence)) return false;
  return !isAfter(acknowledgment, words[peer + NEXT_SEQUENCE]!) && !isAfter(words[own + ACKNOWLEDGED]!, acknowledgment);
}

/** Moves what has been seen on, and ends the contest with an earlier connection once the handshake is through. */
export function progress(words: Int32Array, at: number, role: End, flags: number): void {
  let seen = words[at + CONNECTION_FLAGS]!;
  if ((flags & SYN) !== 0) {
    seen |= (flags & ACK) !== 0 ? CONNECTION_FLAG.synAck : CONNECTION_FLAG.syn;
    if ((flags & FIN) !== 0) seen |= CONNECTION_FLAG.closing;
  } else {
    if ((flags & (FIN | RST)) !== 0) seen |= CONNECTION_FLAG.closing;
    if ((flags & RST) === 0 && (role === 0 ? (flags & ACK) !== 0 && (seen & CONNECTION_FLAG.synAck) !== 0 : true)) {
      // A RST before the handshake was through answered a challenge ACK, and ended nothing of this connection.
      if ((seen & CONNECTION_FLAG.established) === 0) seen &= ~CONNECTION_FLAG.closing;
      if ((flags & FIN) !== 0) seen |= CONNECTION_FLAG.closing;
      seen |= CONNECTION_FLAG.established;
      words[at + INCUMBENT] = NO_CONNECTION;
    }
  }
  words[at + CONNECTION_FLAGS] = seen;
}
