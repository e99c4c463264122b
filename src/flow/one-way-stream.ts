import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { PayloadKind } from './payload-kind.js';

/** No program that waits for an answer sends its question for so long. */
const LASTS: Duration = 100 * MILLISECOND;

/** Pieces of one request lie no further apart (`Connections.requestPieces`). */
const BETWEEN: Duration = 500 * MILLISECOND;

/** What a client had sent when one of both closed. */
export interface Sent {
  readonly kind: PayloadKind;
  /** Payload of the server until then. */
  readonly answered: number;
  /** How long ago the client had begun, and had said its last. */
  readonly age: Duration;
  readonly quiet: Duration;
}

/**
 * Whether these are bytes of no known protocol that the client was still sending when the server, which had said
 * nothing, closed, or when it closed itself. A server that closes had read all of them, for else it would have reset
 * (RFC 2525 §2.17). So ends what only flows one way: a measurement, a transfer whose end another connection tells, the
 * lines of a log (RFC 6587, to which no receiver says a word).
 */
export function isOneWayStream({ kind, answered, age, quiet }: Sent): boolean {
  return kind === 'unknown' && answered === 0 && sendsOn(age - quiet, quiet);
}

/**
 * Whether who had been sending for a time, and was then silent for `quiet`, was still sending on: the silence is no
 * longer than what lies between two pieces, nor than all the sending. Who waits for an answer is silent instead.
 */
function sendsOn(sending: Duration, quiet: Duration): boolean {
  return sending >= LASTS && quiet < BETWEEN && quiet <= sending;
}
