import { PIECES_APART } from '../flow/conversation.js';
import { FAREWELL as GOOD_BYE, FOREIGN } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isShortRequest } from '../flow/short-request.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Subject } from './detector.js';

// What is said to an end that has closed, and harms nobody.

/**
 * An alert that says good-bye (TLS close_notify) is a record of some 24 to 31 bytes; what is larger was meant to be
 * read.
 */
const FAREWELL = 64;

/**
 * A server that says something so soon behind the FIN of a client that waited for nothing says it to its leaving: the
 * last words of a subscription, an error. Longer than a program takes that is woken by the FIN it is a server's own
 * doing. And between two calls of one program, as a good-bye and its close(), another may have had the processor.
 */
export const AT_ONCE: Duration = 10 * MILLISECOND;

/** An answer that follows the client's FIN by less, when that has come to its server, was under way then. */
const AT_WORK: Duration = 100 * MILLISECOND;

/** Who has been sending for so long sends a stream, whose pieces follow each other so soon as those of a request do. */
const LASTS: Duration = SECOND;

/**
 * What was lost was a good-bye in the words of its protocol; or, where its bytes tell nothing, something as short right
 * before its sender's own FIN.
 */
export function saysGoodBye(subject: Subject, push: TellingSegment, pusher: 0 | 1, lost: number): boolean {
  const { exchange } = subject;
  if (push.note === GOOD_BYE || (exchange.speaker === pusher && exchange.endedWithGoodBye)) return true;
  if (lost > FAREWELL || lost !== push.length || !followedByOwnFin(subject, push, pusher)) return false;
  return pusher === 1 || !asksShortly(subject, push);
}

function firstWord({ history }: Subject): TellingSegment | undefined {
  return history.rows.find(({ talker, length, marks }) => talker === 1 && length > 0 && !(marks & FOREIGN));
}

function asksShortly(subject: Subject, push: TellingSegment): boolean {
  const { history, exchange } = subject;
  const first = firstWord(subject);
  const before = history.lastBefore(history.rowOfFrame(push.frame), 0, ({ length }) => length > 0);
  return isShortRequest(
    exchange.kinds[0], first?.length ?? 0, push.length, before === NO_ROW ? 0 : history.rows[before]!.length,
  );
}

/**
 * What a client of TLS or HTTP/2 says at once to an answer behind which its server closes, and what is as short as
 * words about the answer: WINDOW_UPDATE, SETTINGS, PING, RST_STREAM and GOAWAY take 9 to 17 bytes (RFC 9113 §4.1, §6),
 * in a record of TLS up to 29 more (RFC 5288, RFC 8446 §5.2). To a server that closed out of a silence it says nothing
 * at once.
 */
export function reactsToAnswer(subject: Subject, push: TellingSegment, pusher: 0 | 1, lost: number): boolean {
  const { history, exchange } = subject;
  if (pusher === 1 || lost > FAREWELL || (exchange.kinds[0] !== 'tls' && exchange.kinds[0] !== 'http2')) return false;
  const said = history.lastBefore(history.rowOfFrame(push.frame), 1, ({ length }) => length > 0);
  if (said === NO_ROW) return false;
  const { time } = history.rows[said]!;
  return push.time - time < AT_WORK + history.ends[0].reach && subject.idleBefore(time) < SECOND;
}

/**
 * The client closed without ever having asked anything: a check that somebody listens. What a server says first (SSH,
 * SMTP, FTP, MySQL) then has no reader.
 */
export function wasUnwanted({ connection, exchange }: Subject, pusher: 0 | 1): boolean {
  return pusher === 1 && exchange.closer === 0 && connection.bytes.client === 0;
}

/**
 * A server that, in a protocol whose words nobody can read, hangs up right behind its first words (too many peers,
 * another version), while its client still goes through the opening of that protocol: it says what it had ready, or
 * says good-bye, and no program could have read the end of the stream before.
 */
export function hungUp(subject: Subject, push: TellingSegment, pusher: 0 | 1): boolean {
  const { exchange, history } = subject;
  const [client, server] = history.ends;
  if (pusher === 1 || exchange.kinds[0] !== 'unknown' || exchange.closedByReset) return false;
  const first = firstWord(subject);
  if (first === undefined || server.fin === NO_ROW) return false;
  const { time } = history.rows[server.fin]!;
  return time - first.time < AT_WORK + client.reach + server.reach && push.time - time < AT_ONCE + client.reach;
}

/**
 * Whether what a server sent again and again from row `first` on, and nobody heard, was its last words: something short
 * right before its FIN, and no answer. Its client had left without a word, as a phone does that changes its network,
 * and nobody misses anything.
 */
export function wereLastWords({ history }: Subject, first: number): boolean {
  const { talker, time } = history.rows[first]!;
  const { fin } = history.ends[1];
  if (talker !== 1 || fin === NO_ROW || history.rows[fin]!.time - time > AT_ONCE) return false;
  const end = history.rows[fin]!;
  if (((end.sequence + end.length - history.rows[first]!.sequence) | 0) > 2 * FAREWELL) return false;
  for (let at = first - 1; at >= 0; at--) {
    const row = history.rows[at]!;
    if (row.length > 0 && !(row.marks & FOREIGN)) return row.talker === 1;
  }
  return true;
}

/** Whether the client had asked, and had given up waiting for the answer (unanswered-request). */
export function isAnswerTo({ exchange }: Subject): boolean {
  return (
    exchange.closer === 0 && exchange.lastSpeaker === 0 && !exchange.saidGoodBye && exchange.turnAgeAtClose >= AT_WORK
  );
}

/**
 * A server that was at work on a request when its client closed, and answers so soon that nobody had waited: the end of
 * a load test, a user who goes on. Or one that had been sending for a while, and sends the next piece where it was due:
 * a stream of music or of events, which its listener has left. What a client says in the middle of an answer before it
 * closes may be a good-bye: Apple's URLSession, cancelled, says close_notify.
 */
export function wasUnderWay(subject: Subject, after: Duration): boolean {
  const { exchange, history } = subject;
  if (exchange.closer !== 0 || exchange.lastSpeaker === null) return false;
  const isSoon = after < AT_WORK + history.ends[1].reach;
  if (exchange.saidGoodBye) {
    const isOutOfSilence =
      exchange.pauseEndedBy === 0 && history.rows[history.ends[0].fin]!.time - exchange.pauseEnd < AT_WORK;
    return isSoon && !isOutOfSilence;
  }
  if (isSoon && (exchange.lastSpeaker === 0 || exchange.quietAtClose < AT_WORK)) return true;
  return (
    exchange.lastSpeaker === 1 && exchange.turnAgeAtClose >= LASTS &&
    exchange.quietAtClose + after < PIECES_APART * MILLISECOND
  );
}

function followedByOwnFin({ history }: Subject, push: TellingSegment, pusher: number): boolean {
  const { fin } = history.ends[pusher]!;
  return fin !== NO_ROW && history.rows[fin]!.frame >= push.frame && history.rows[fin]!.time - push.time < AT_ONCE;
}
