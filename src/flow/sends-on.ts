import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';

/** No program that waits for an answer sends its question for so long. */
const LASTS: Duration = 100 * MILLISECOND;

/** Pieces of one request lie no further apart (`Connections.requestPieces`). */
const BETWEEN: Duration = 500 * MILLISECOND;

/**
 * Whether who had been sending for a time, and was then silent for `quiet`, was still sending on: the silence is no
 * longer than what lies between two pieces, nor than all the sending. Who waits for an answer is silent instead.
 */
export function sendsOn(sending: Duration, quiet: Duration): boolean {
  return sending >= LASTS && quiet < BETWEEN && quiet <= sending;
}
