import type { End, Row } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { STALLED, closedWhilePending, saidGoodByeEarly } from './conversation.js';
import * as ENDPOINT_FLAG from './endpoint-flags.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import { NO_CONNECTION } from './connection-pages.js';
import type { Connections } from './connections.js';
import { isAfter } from './sequence.js';
import { plainEnd } from './tls-handshake.js';

/**
 * A client that closes later than this behind its last payload, in milliseconds, had waited for an answer
 * (findings/unanswered-request.ts).
 */
const PATIENCE = 100;

/**
 * Longest time that a clean close takes, from the first FIN on: well below what anybody would call a slow answer to it.
 */
const PROMPT: Duration = SECOND;

/** Segments that the client sends again: from here on its handshake may not have been taken for long. */
const OFTEN = 2;

const OPENED_AND_CLOSED =
  CONNECTION_FLAG.syn | CONNECTION_FLAG.synAck | CONNECTION_FLAG.established | CONNECTION_FLAG.closing;

/**
 * Whether `connection` was opened and closed as RFC 9293 §3.5 and §3.6 draw it: SYN, SYN-ACK, ACK; then two FINs, each
 * sent once, both acknowledged, within a second and without payload between them, no request was left without an
 * answer, and both spoke TLS or neither; no RST, no window that stayed closed, no segment of another incarnation of the
 * tuple, and no earlier incarnation at all.
 *
 * Four of five connections are plain, and of those there is nothing to be found: to know it beforehand takes the search
 * for findings from 8.5 to 2 µs a connection (Node 20.20).
 */
export function closedCleanly(connections: Connections, connection: Row): boolean {
  return (
    connections.previous(connection) === NO_CONNECTION &&
    (connections.flags(connection) & CONNECTION_FLAG.overheard) === 0 && closedCleanlyItself(connections, connection)
  );
}

/**
 * Whether `connection` closed cleanly, whatever other connections its tuple had before and behind it: nobody knows of
 * these once they are forgotten.
 */
export function closedCleanlyItself(connections: Connections, connection: Row): boolean {
  const seen = connections.flags(connection) & ~(CONNECTION_FLAG.circumstances | CONNECTION_FLAG.overheard);
  if (seen !== OPENED_AND_CLOSED) return false;
  if (connections.repeats(connection, 0) >= OFTEN) return false;
  if (closedWhilePending(connections.page(connection), connections.at(connection), PATIENCE)) return false;
  if (saidGoodByeEarly(connections.page(connection), connections.at(connection))) return false;
  if (plainEnd(connections.payloadKind(connection, 0), connections.payloadKind(connection, 1)) !== -1) return false;
  return (
    (connections.endpointFlags(connection, 0) & connections.endpointFlags(connection, 1) & ENDPOINT_FLAG.fin) !== 0 &&
    connections.acknowledged(connection, 0) === connections.nextSequence(connection, 1) &&
    connections.acknowledged(connection, 1) === connections.nextSequence(connection, 0) &&
    !stayedClosed(connections, connection, 0) && !stayedClosed(connections, connection, 1)
  );
}

/**
 * Whether an end whose window was still 0 at the close had kept it so for long; one that opened again has made its
 * connection irregular (`noteWindow`).
 */
function stayedClosed(connections: Connections, connection: Row, role: End): boolean {
  return (
    connections.hasClosedWindow(connection, role) &&
    connections.closedWindow(connection, role, connections.end(connection)) >= STALLED * MILLISECOND
  );
}

/**
 * Whether a segment that opens or closes is one that a clean connection has, where and when it has it: by what has been
 * seen of the connection before it, what the peer has acknowledged, and when the first FIN was seen.
 */
export function isCleanStep(
  seen: number, acknowledged: number, closingAt: Time, { flags, length, sequence }: Segment, time: Time,
): boolean {
  const steps = seen & OPENED_AND_CLOSED;
  if ((flags & SYN) !== 0)
    return (flags & (FIN | RST)) === 0 && steps === ((flags & ACK) === 0 ? 0 : CONNECTION_FLAG.syn);
  if ((flags & ACK) === 0 || (flags & RST) !== 0) return false;
  if ((steps & CONNECTION_FLAG.closing) !== 0 && (length > 0 || !(Math.abs(time - closingAt) <= PROMPT))) return false;
  if ((flags & FIN) === 0) return true;
  // Acknowledged before it was captured: the order of this capture is not that of the wire.
  const end = (sequence + length + 1) | 0;
  return (steps & CONNECTION_FLAG.established) !== 0 && isAfter(end, acknowledged);
}
