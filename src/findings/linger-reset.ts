import { LONGEST_BINARY } from '../flow/farewell.js';
import { LONGEST_KEY_EXCHANGE } from '../flow/tls-handshake.js';
import type { Reset, ResetCause } from '../tcp/connection.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Detection, Detector, Subject } from './detector.js';

const WORDS = {
  linger: 'SO_LINGER {1, 0}, as far as the packets show',
  'unread-data': 'it was closed with unread data in its receive queue',
  abort: 'SO_LINGER {1, 0}, or a close() with unread data',
  'listener-closed': 'nobody had accepted it, and the listening socket was closed',
} as const satisfies Partial<Record<ResetCause, string>>;

/** What it may have been, beside the two that are always possible. */
const UNACCEPTED = 'nobody had accepted it when the listening socket was closed, or ';

type Cause = keyof typeof WORDS;

const isHard = (reset: Reset): reset is Reset & { readonly cause: Cause } =>
  reset.shape === 'active' && Object.hasOwn(WORDS, reset.cause);

/**
 * Whether the client had said nothing but its part of the handshake, and had not waited for what comes then: nobody
 * misses it. So ends HAProxy its checks of servers with TLS (`check ssl`).
 */
function isHandshakeAlone({ history, connection, exchange: { kinds, turns } }: Subject): boolean {
  if (kinds[0] !== 'tls' || kinds[1] !== 'tls' || turns !== 3) return false;
  const hello = history.firstAfter(NO_ROW, 0, ({ length }) => length > 0);
  return hello !== NO_ROW && connection.bytes.client - history.rows[hello]!.length <= LONGEST_KEY_EXCHANGE;
}

/** The last words of a client are no longer: an unbind sealed by Kerberos (RFC 4121 §4.2.4), QUIT in a record of TLS. */
const LAST_WORDS = 128;

/** Who resets sooner behind what it says cannot have heard an answer, and did not wait for one. */
const BEHIND: Duration = MILLISECOND;

/** Turns of TLS whose client has got an answer to what it asked: two of them are the handshake (RFC 8446 §2). */
const ANSWERED = 6;

/**
 * Whether what a client loses by its own RST were its last words, to which it wanted no answer, though their bytes do
 * not show it: a good-bye of TLS stands behind them, after it had been answered; or it speaks LDAP, where all but
 * unbind and abandon has an answer (RFC 4511 §4.3, §4.11).
 */
function wereLastWords({ history, exchange }: Subject, reset: Reset): boolean {
  const { kinds, speaker, endedWithGoodBye, turns } = exchange;
  if (reset.by !== 'client' || reset.lostBytes.client > LAST_WORDS) return false;
  if (kinds[0] === 'tls') return speaker === 0 && endedWithGoodBye && turns > ANSWERED;
  if (kinds[0] !== 'ldap') return false;
  const last = history.lastBefore(history.rowOfFrame(reset.frame), 0, ({ length }) => length > 0);
  return last !== NO_ROW && reset.time - history.rows[last]!.time < BEHIND;
}

/** A connection thrown away by a RST where a FIN belongs. */
export const lingerReset: Detector<'linger-reset', Cause> = {
  id: 'linger-reset',
  title: 'Hard close by RST',
  rfc: 'RFC 9293 §3.6.1, §3.10.5',
  severities: { linger: 'warning', 'unread-data': 'warning', abort: 'warning', 'listener-closed': 'warning' },
  advice: {
    linger: [
      'Remove SO_LINGER {1, 0} (setsockopt, Socket.setSoLinger(true, 0), resetAndDestroy): it avoids TIME-WAIT ' +
        'by throwing away what is in flight.',
      'To keep TIME-WAIT off a server, let the client close first; if ports run out, reuse connections.',
    ],
    'unread-data': [
      'Read to the end before close(): shutdown(SHUT_WR), read until 0 or a time limit, then close() (nginx ' +
        'calls it lingering_close).',
      'Answers sent early (413, 401, a redirect) are lost by this RST if the peer is still sending: drain the ' +
        'request first.',
    ],
    abort: [
      'Either SO_LINGER {1, 0} is set, or close() was called with unread data: look for both where this service ' +
        'closes.',
      'Remove the linger option; read to the end before close().',
    ],
    'listener-closed': [
      'The listening socket was closed with connections still waiting for accept(): stop taking traffic first, ' +
        'drain the backlog, then close it.',
    ],
  },
  detect(subject) {
    const { connection, exchange } = subject;
    const first = connection.resets.find((reset) => reset.cause !== 'challenge' && reset.cause !== 'forged');
    if (!first || !isHard(first)) return [];
    // What was dropped for its number ended nothing (ignored-reset.ts).
    if (first.accepted === false && connection.ending !== 'reset') return [];
    const { cause, by, frame, time, lostBytes, confidence, alternatives, evidence } = first;
    // What its sender had not taken in of the other end nobody misses, unless it was a request.
    const unacknowledged = by === 'client' ? lostBytes.client : lostBytes.client + lostBytes.server;
    // Nor its own good-bye, which was the last that was said: of TLS both ends say one, whoever closes first (RFC 8446
    // §6.1).
    const end = by === 'client' ? 0 : 1;
    const saysGoodBye =
      (exchange.speaker === end && exchange.endedWithGoodBye) ||
      (exchange.saidGoodBye && exchange.closer === end && exchange.lastSpeaker === end);
    const own = lostBytes[by];
    const lost = saysGoodBye && own <= LONGEST_BINARY ? unacknowledged - own : unacknowledged;
    const isHarmless =
      lost === 0 || (by === 'client' && isHandshakeAlone(subject)) || wereLastWords(subject, first) ||
      (by === 'server' && leftUnasked(subject));
    const isGuess = confidence === 'possible' && cause !== 'abort';
    const detection: Detection<Cause> = {
      cause, confidence, alternatives, role: by, start: time, end: time, frames: [frame],
      ...(isHarmless ? { severity: 'info' } : {}), ...(isGuess ? { advice: lingerReset.advice.abort } : {}),
      message:
        `The ${by} ended the connection by RST instead of FIN: ` +
        (isGuess ? (cause === 'listener-closed' ? UNACCEPTED : '') + WORDS.abort : WORDS[cause]) +
          `${lost > 0 ? `; ${lost} bytes were not acknowledged and are lost` : '; nothing was lost'}.`,
      evidence: {
        lostBytesClient: lostBytes.client, lostBytesServer: lostBytes.server, accepted: first.accepted,
        because: evidence,
      },
    };
    return [detection];
  },
};

/** The client had closed without a word: what the server says to that, such as an alert of TLS, has no reader. */
function leftUnasked({ exchange, connection }: Subject): boolean {
  return exchange.closer === 0 && connection.bytes.client === 0;
}
