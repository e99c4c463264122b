import type { End, Row, Side } from '../../base/numbers.js';
import { ACK, RST, SYN } from '../../decode/segment.js';
import type { Segment } from '../../decode/segment.js';
import * as ENDPOINT_FLAG from '../endpoint-flags.js';
import * as CONNECTION_FLAG from '../connection-flags.js';
import { NO_CONNECTION } from '../connection-pages.js';
import type { Connections } from '../connections.js';
import { MILLISECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { distance } from '../sequence.js';

/**
 * How much later than what followed it a SYN may stand in a capture: clocks of two taps that differ, queues of a mirror
 * port.
 */
const LATE: Duration = 200 * MILLISECOND;

/** Bytes that may have been sent by then: what fits into the field without scaling. */
const FIRST_WINDOW = 0xffff;

/** 0 if `side` of the tuple is the client of this connection, 1 if it is the server. */
export function roleIn(connections: Connections, connection: Row, side: Side): 0 | 1 {
  return roleOf(connections.flags(connection), side);
}

/** Role of the end at `side` of the tuple, told from the connection's flags. */
export function roleOf(seen: number, side: Side): 0 | 1 {
  return side === ((seen & CONNECTION_FLAG.upperClient) === 0 ? 0 : 1) ? 0 : 1;
}

/** Whether a SYN or SYN-ACK from `side` is part of this connection's own opening. */
export function continues(
  connections: Connections, connection: Row, side: Side, segment: Segment, time: Time,
): boolean {
  const role = roleIn(connections, connection, side);
  const seen = connections.flags(connection);
  const knowsOwn = (connections.endpointFlags(connection, role) & ENDPOINT_FLAG.syn) !== 0;
  const own = knowsOwn && connections.firstSequence(connection, role) === segment.sequence;
  if (!knowsOwn && comesLate(connections, connection, role, segment, time)) return true;
  if ((segment.flags & ACK) === 0) {
    const over =
      (seen & (CONNECTION_FLAG.established | CONNECTION_FLAG.closing)) ===
      (CONNECTION_FLAG.established | CONNECTION_FLAG.closing);
    // Who has sent nothing but SYNs repeats its own, though the other may have answered and closed already (RFC 7413
    // §4.2).
    if (own) return !over || (connections.endpointFlags(connection, role) & ~ENDPOINT_FLAG.syn) === 0;
    // Both ends open at once, unless the first was refused; or a SYN that the capture shows behind its answer.
    const late =
      role === 0 && (seen & (CONNECTION_FLAG.syn | CONNECTION_FLAG.established)) === 0 &&
      connections.acknowledged(connection, 1) === ((segment.sequence + 1) | 0);
    return (
      late ||
      (role === 1 &&
        (seen & (CONNECTION_FLAG.syn | CONNECTION_FLAG.synAck | CONNECTION_FLAG.closing)) === CONNECTION_FLAG.syn &&
        !knowsOwn)
    );
  }
  if (own) return true;
  if (
    role === 1 && (connections.endpointFlags(connection, 0) & ENDPOINT_FLAG.syn) !== 0 &&
    answers(connections, connection, segment)
  )
    return true;
  // An attempt that nobody has answered yet keeps what it cannot place: `contested` decides.
  const incumbent = connections.incumbent(connection);
  return (
    incumbent !== NO_CONNECTION &&
    connections.firstSequence(incumbent, roleIn(connections, incumbent, side)) === segment.sequence
  );
}

/**
 * Whether a SYN or SYN-ACK opened a connection of which the capture shows something later first: its own end's next
 * numbers, or the peer's acknowledgment of it, a short time ago. A new connection begins elsewhere (RFC 6528: no
 * initial number lies just before the one in use).
 */
function comesLate(
  connections: Connections, connection: Row, role: End, { flags, sequence, acknowledgment }: Segment, time: Time,
): boolean {
  if (role !== ((flags & ACK) === 0 ? 0 : 1) || time - connections.start(connection) > LATE) return false;
  const peer = 1 - role;
  if (
    (flags & ACK) !== 0 && (connections.endpointFlags(connection, 0) & ENDPOINT_FLAG.syn) !== 0 &&
    acknowledgment !== ((connections.firstSequence(connection, 0) + 1) | 0)
  )
    return false;
  if (connections.endpointFlags(connection, role) !== 0)
    return isBehind(connections.firstSequence(connection, role), sequence);
  const heard =
    connections.endpointFlags(connection, peer) &
    (ENDPOINT_FLAG.data | ENDPOINT_FLAG.ack | (peer === 1 ? ENDPOINT_FLAG.syn : 0));
  return heard !== 0 && isBehind(connections.acknowledged(connection, peer), sequence);
}

/** Whether `number` lies within the first window behind an initial sequence number. */
function isBehind(number: number, initial: number): boolean {
  const behind = distance(number, initial);
  return behind > 0 && behind <= FIRST_WINDOW;
}

/** Whether a segment acknowledges the SYN of the client, and of what it sent with it (RFC 7413) all or nothing. */
function answers(connections: Connections, connection: Row, { flags, acknowledgment }: Segment): boolean {
  if ((flags & ACK) === 0) return false;
  return (
    distance(acknowledgment, connections.firstSequence(connection, 0)) > 0 &&
    distance(acknowledgment, connections.nextSequence(connection, 0)) <= 0
  );
}

/** Whether the attempt itself, not its incumbent, sent this segment. */
export function isFromAttempt(
  connections: Connections, attempt: number, incumbent: number, side: Side, role: End, segment: Segment,
): boolean {
  const { flags, sequence } = segment;
  const answered = answers(connections, attempt, segment);
  if ((flags & SYN) !== 0) return (flags & ACK) === 0 || answered;
  const begun = (connections.flags(attempt) & CONNECTION_FLAG.synAck) !== 0;
  const before = roleIn(connections, incumbent, side);
  // Until the SYN-ACK only numbers that fit exactly count; behind it a filtered capture may show none but the FINs.
  if (begun && (flags & RST) === 0)
    return off(connections, attempt, role, sequence) < off(connections, incumbent, before, sequence);
  if (role === 1) return answered;
  if ((flags & RST) === 0) return false;
  // Exactly what the earlier connection's peer expects next; a filtered capture may show only what its own end had
  // sent.
  return (
    sequence === connections.acknowledged(incumbent, 1 - before) ||
    sequence === connections.nextSequence(incumbent, before) ||
    sequence === ((connections.firstSequence(attempt, 0) + 1) | 0)
  );
}

/** How far a sequence number lies from what an endpoint would send next. */
function off(connections: Connections, connection: Row, role: End, sequence: number): number {
  return Math.abs(distance(sequence, connections.nextSequence(connection, role)));
}
