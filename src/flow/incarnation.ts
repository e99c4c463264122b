import { ACK, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { DID, NO_CONNECTION, SEEN } from './connections.js';
import type { Connections } from './connections.js';
import { distance } from './sequence.js';

/** 0 if `side` of the tuple is the client of this connection, 1 if it is the server. */
export function roleIn(connections: Connections, connection: number, side: number): 0 | 1 {
  return side === connections.clientSide[connection] ? 0 : 1;
}

/** Whether a SYN or SYN-ACK from `side` is part of this connection's own opening. */
export function continues(connections: Connections, connection: number, side: number, segment: Segment): boolean {
  const role = roleIn(connections, connection, side);
  const endpoint = connection * 2 + role;
  const seen = connections.seen[connection]!;
  const knowsOwn = (connections.did[endpoint]! & DID.syn) !== 0;
  const own = knowsOwn && connections.firstSequence[endpoint] === segment.sequence;
  if ((segment.flags & ACK) === 0) {
    const over = (seen & (SEEN.established | SEEN.closing)) === (SEEN.established | SEEN.closing);
    if (own) return !over;
    // Both ends open at once, or a SYN that the capture shows behind its answer.
    const late = role === 0 && (seen & (SEEN.syn | SEEN.established)) === 0 && connections.acknowledged[endpoint ^ 1] === ((segment.sequence + 1) | 0);
    return late || (role === 1 && (seen & (SEEN.syn | SEEN.synAck)) === SEEN.syn && !knowsOwn);
  }
  if (own) return true;
  if (role === 1 && (connections.did[endpoint ^ 1]! & DID.syn) !== 0 && answers(connections, endpoint ^ 1, segment)) return true;
  // An attempt that nobody has answered yet keeps what it cannot place: `contested` decides.
  return connections.incumbent[connection] !== NO_CONNECTION && connections.firstSequence[connections.incumbent[connection]! * 2 + roleIn(connections, connections.incumbent[connection]!, side)] === segment.sequence;
}

/** Whether a segment acknowledges the SYN of `endpoint`, and of what it sent with it (RFC 7413) all or nothing. */
function answers(connections: Connections, endpoint: number, { flags, acknowledgment }: Segment): boolean {
  if ((flags & ACK) === 0) return false;
  return distance(acknowledgment, connections.firstSequence[endpoint]!) > 0 && distance(acknowledgment, connections.nextSequence[endpoint]!) <= 0;
}

/** Whether the attempt itself, not its incumbent, sent this segment. */
export function isFromAttempt(connections: Connections, attempt: number, incumbent: number, side: number, role: number, segment: Segment): boolean {
  const { flags } = segment;
  const client = attempt * 2;
  const answered = answers(connections, client, segment);
  if ((flags & SYN) !== 0) return (flags & ACK) === 0 || answered;
  const begun = (connections.seen[attempt]! & SEEN.synAck) !== 0;
  // Until the SYN-ACK only numbers that fit exactly count; behind it a filtered capture may show none but the FINs.
  if (begun && (flags & RST) === 0) return isNearer(connections, client + role, incumbent * 2 + roleIn(connections, incumbent, side), segment.sequence);
  if (role === 1) return answered;
  const initial = connections.firstSequence[client]!;
  if ((flags & RST) === 0) return false;
  const peer = incumbent * 2 + (roleIn(connections, incumbent, side) ^ 1);
  // Exactly what the earlier connection's peer expects next; a filtered capture may show only what its own end had sent.
  return segment.sequence === connections.acknowledged[peer] || segment.sequence === connections.nextSequence[peer ^ 1] || segment.sequence === ((initial + 1) | 0);
}

/** Whether a sequence number lies nearer to what `endpoint` would send next than to what `other` would. */
function isNearer(connections: Connections, endpoint: number, other: number, sequence: number): boolean {
  return Math.abs(distance(sequence, connections.nextSequence[endpoint]!)) < Math.abs(distance(sequence, connections.nextSequence[other]!));
}
