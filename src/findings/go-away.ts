import { NO_ERROR, errorName, goAwayIn } from '../flow/go-away.js';
import type { GoAway } from '../flow/go-away.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import type { AnyDetection, Subject } from './detector.js';

const AGAIN =
  'Requests on streams above the one that the GOAWAY names were not looked at: the client may send them again elsewhere ' +
  '(RFC 9113 §6.8, §8.7).';

/** What to change where a server refuses to go on. */
export const GO_AWAY_ADVICE: readonly string[] = [
  'ENHANCE_YOUR_CALM says that the client asks too much. With "too_many_pings" let the keepalive of gRPC ping less often ' +
    '(GRPC_ARG_KEEPALIVE_TIME_MS, Go `keepalive.ClientParameters.Time`), or let the server permit it ' +
    '(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Go `keepalive.EnforcementPolicy.MinTime`); else see how ' +
    'many streams it opens and cancels, and how large its headers are.',
  'Behind PROTOCOL_ERROR, FRAME_SIZE_ERROR and their like one of the two breaks RFC 9113, or a proxy between them does: ' +
    'the log of the server says which frame it was. INTERNAL_ERROR is a fault of the server.',
  AGAIN,
];

/** What to change where what a client asked crossed the close of a server that drained the connection. */
export const DRAIN_ADVICE: readonly string[] = [`Nothing to change at the server. ${AGAIN}`];

/**
 * The GOAWAY that a server of HTTP/2 said last before row `before`; null where it said none. Behind it come the answers
 * of streams that were open: of grpc-go the close comes with the last of them (`keepalive.ServerParameters`,
 * MaxConnectionAgeGrace).
 */
export function lastGoAway(history: SegmentHistory, before: number): GoAway | null {
  const row = history.lastBefore(before, 1, ({ note }) => goAwayIn(note) !== null);
  return row === NO_ROW ? null : goAwayIn(history.rows[row]!.note);
}

/**
 * A server of HTTP/2 that ends the connection by a GOAWAY of an error: it must close then (RFC 9113 §5.4.1), whoever
 * does so first on the wire.
 */
export function refusal({ history, exchange }: Subject): (AnyDetection & { readonly cause: 'go-away' }) | null {
  const at = history.lastBefore(history.count, 1, ({ note }) => goAwayIn(note) !== null);
  if (at === NO_ROW) return null;
  const { note, frame, time } = history.rows[at]!;
  const goAway = goAwayIn(note)!;
  if (goAway.code === NO_ERROR) return null;
  const { lastStream, words } = goAway;
  const error = errorName(goAway);
  return {
    cause: 'go-away', confidence: 'likely', role: 'server', start: time, end: time, frames: [frame],
    message:
      `The server ended the connection by a GOAWAY (frame ${frame}: ${error}${words === '' ? '' : `, "${words}"`}): ` +
      `what the client had asked on streams above ${lastStream} was not looked at, and what it asked before is not ` +
      `answered any more.`,
    evidence: { error, words: words === '' ? null : words, lastStream, payload: exchange.kinds[0] },
  };
}
