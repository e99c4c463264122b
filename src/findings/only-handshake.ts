import { RST } from '../decode/segment.js';
import { distance } from '../flow/sequence.js';
import { HANDSHAKE_TURNS, LONGEST_KEY_EXCHANGE, isOnlyHandshake } from '../flow/tls-handshake.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { Subject } from './detector.js';

/** Whether the client has done no more than to end a TLS handshake. */
export function hasAskedNothing(subject: Subject): boolean {
  const said = saidBehindHello(subject);
  return said > 0 && isOnlyHandshake(turnsAtClose(subject), said, subject.exchange.saidGoodBye);
}

/**
 * Whether a client that closes at once may have done no more than to say its part of a handshake of TLS 1.2, which the
 * server then ends: it needed one connection of several.
 */
export function leavesHandshake(subject: Subject): boolean {
  const said = saidBehindHello(subject);
  return said > 0 && said <= LONGEST_KEY_EXCHANGE && turnsAtClose(subject) === HANDSHAKE_TURNS;
}

/** Tickets of the server may come behind the close of its client. */
function turnsAtClose({ exchange: { turns, lastSpeaker, speaker } }: Subject): number {
  return turns - (lastSpeaker === 0 && speaker === 1 ? 1 : 0);
}

/** Bytes of a TLS client behind its hello; 0 where that does not show. */
function saidBehindHello({ exchange, history, connection }: Subject): number {
  if (exchange.kinds[0] !== 'tls' || connection.roles !== 'handshake') return 0;
  const hello = history.firstAfter(NO_ROW, 1, ({ length }) => length > 0);
  const last = history.lastBefore(history.count, 0, ({ flags, length }) => (flags & RST) === 0 && length > 0);
  if (hello === NO_ROW || last === NO_ROW) return 0;
  const { sequence, length } = history.rows[last]!;
  return distance((sequence + length) | 0, history.rows[hello]!.acknowledgment);
}
