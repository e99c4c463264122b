import { ACK, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { DID, NO_CONNECTION, SEEN } from './connections.js';
import type { Connections } from './connections.js';

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
  const answersOurs = ((connections.did[endpoint ^ 1]! & DID.syn) !== 0) && segment.acknowledgment === ((connections.firstSequence[endpoint ^ 1]! + 1) | 0);
  if (role === 1 && answersOurs) return true;
  // An attempt that nobody has answered yet keeps what it cannot place: `contested` decides.
  return connections.incumbent[connection] !== NO_CONNECTION && connections.firstSequence[connections.incumbent[connection]! * 2 + roleIn(connections, connections.incumbent[connection]!, side)] === segment.sequence;
}

/** Whether the attempt itself, not its incumbent, sent this segment. */
export function isFromAttempt(connections: Connections, attempt: number, incumbent: number, side: number, role: number, segment: Segment): boolean {
  const { flags } = segment;
  const initial = connections.firstSequence[attempt * 2]!;
  const answers = (flags & ACK) !== 0 && segment.acknowledgment === ((initial + 1) | 0);
  if ((flags & SYN) !== 0) return (flags & ACK) === 0 || answers;
  if (role === 1) return answers;
  if ((flags & RST) !== 0) {
    const peer = incumbent * 2 + (roleIn(connections, incumbent, side) ^ 1);
    return segment.sequence === connections.acknowledged[peer] || segment.sequence === ((initial + 1) | 0);
  }
  return (connections.seen[attempt]! & SEEN.synAck) !== 0 && segment.sequence === ((initial + 1) | 0);
}
