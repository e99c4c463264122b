import type { FrameNumber } from '../base/numbers.js';
import { ACK, RST } from '../decode/segment.js';
import { FAREWELL as SAID_GOOD_BYE, FOREIGN, REPEAT } from '../flow/history/telling-segment.js';
import { isAtOrAfter } from '../flow/sequence.js';
import { MESSAGES } from '../flow/payload-kind.js';
import type { PayloadKind } from '../flow/payload-kind.js';
import { isOneWayStream } from '../flow/one-way-stream.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { MILLISECOND, SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import type { Detection, Detector, Subject } from './detector.js';
import { GO_AWAY_ADVICE, lastGoAway, refusal } from './go-away.js';
import {
  BEHIND, WAITS, answersWord, asksOnceMore, endsSilenceShortly, endsWithAside, isInput, isLastWord, lastSaid,
  leavesRequest, saysUnreadGoodBye,
} from './last-word.js';
import { hasAskedNothing, leavesHandshake } from './only-handshake.js';

/** A request of this age that the capture's end cuts off is slow whatever it asks. */
const LONG: Duration = 60 * SECOND;

/** A server that closes so soon behind the handshake turns the client away, whatever it wants. */
const TURNS_AWAY: Duration = 500 * MILLISECOND;

/**
 * Protocols in which whatever the client sends is answered: there a client that closes without an answer had waited for
 * one.
 */
const ANSWERED: ReadonlySet<PayloadKind> = new Set<PayloadKind>([
  'http-request', 'http2', 'tls', 'postgresql-startup', 'redis-command', 'smtp-command', 'memcached-command', 'ldap',
  'smb', 'rdp', 'mongodb', 'mysql-login',
]);

/** Protocols of which all good-byes are known (flow/farewell.ts). */
const READABLE: ReadonlySet<PayloadKind> = new Set<PayloadKind>([
  'http-request', 'redis-command', 'smtp-command', 'memcached-command', 'postgresql-startup', 'mysql-login',
]);

type Cause = 'closed' | 'given-up' | 'left' | 'cut' | 'go-away' | 'waiting';

/** A client asked, and the server did not answer: it closed instead, or the client gave up waiting. */
export const unansweredRequest: Detector<'unanswered-request', Cause> = {
  id: 'unanswered-request', title: 'Request without an answer', rfc: 'RFC 9293 §3.6, §3.10.4, §3.10.5',
  severities: {
    closed: 'warning', 'given-up': 'warning', left: 'warning', cut: 'warning', 'go-away': 'warning', waiting: 'info',
  },
  advice: {
    closed: [
      'See in the log of the server what became of this request at this time: a handler that failed, a time ' +
        'limit of the server that is shorter than its work, a limit of connections, or a process that ended.',
      'Answer before closing, be it with an error (503, a protocol error): a client that gets nothing cannot ' +
        'know whether it may try again.',
    ],
    'given-up': [
      'The client waits for a fixed time: its own timeout (curl -m, requests timeout=, http.Client.Timeout, ' +
        'proxy_read_timeout, timeout server). Raise it above what the server needs, or make the server faster.',
      'Tell the server to stop when its client is gone (an abort signal, a cancelled context, ' +
        'client_connection_check_interval of PostgreSQL): else it goes on working for nobody.',
    ],
    left: [
      'The client said that it had sent all, and then closed before the answer came. Where it is a proxy it must ' +
        'keep a half-closed connection open: shutdown(SHUT_WR) instead of close(), and a longer half-close timer ' +
        '(socat -t, timeout client-fin, proxy_half_close).',
      'Make the server answer sooner, or let the client wait for the end of the stream.',
    ],
    cut: [
      'The server aborted in the middle of its answer: see its log at this time for a crash, a write timeout or a ' +
        'limit.',
    ],
    'go-away': GO_AWAY_ADVICE,
    waiting: ['See what the server does for so long: its kernel has taken the request in.'],
  },
  detect(subject) {
    if (hasAskedNothing(subject)) return [];
    const detection = refusal(subject) ?? atClose(subject) ?? waiting(subject);
    return detection === null ? [] : [detection];
  },
};

function atClose(subject: Subject): Detection<Cause> | null {
  const { exchange, connection } = subject;
  if (exchange.closer === null || wasForged(subject)) return null;
  if (exchange.closer === 1 && exchange.lastSpeaker === 1) return cut(subject);
  if (exchange.closer === 1 && exchange.lastSpeaker === null) return turnedAway(subject);
  if (exchange.lastSpeaker !== 0 || isAnsweredUnseen(subject)) return null;
  if (exchange.saidGoodBye && !leavesRequest(subject)) return null;
  // A client that goes on sending, and never hears a word, has not asked anything.
  if (exchange.requestPieces > 1 && connection.bytes.server === 0) return null;
  if (connection.bytes.server > 0 && exchange.kinds.some((kind) => MESSAGES.has(kind))) return null;
  if (isInput(subject)) return null;
  return exchange.closer === 1 ? closed(subject) : (givenUp(subject) ?? abortedHalf(subject));
}

/**
 * The client said with its request that this was all, and the server, which had taken it in, aborted later without
 * having sent a byte.
 */
function abortedHalf({ history, connection, exchange }: Subject): Detection<Cause> | null {
  const { fin, finEnd } = history.ends[0];
  if (fin === NO_ROW || connection.bytes.server > 0 || exchange.quietAtClose > BEHIND) return null;
  const reset = connection.resets[0];
  if (reset === undefined || reset.by !== 'server' || reset.shape !== 'active' || reset.cause === 'forged') return null;
  const { frame, time } = history.rows[fin]!;
  const taken = history.firstAcknowledging(1, finEnd);
  if (taken === NO_ROW || history.rows[taken]!.frame >= reset.frame || reset.time - time < WAITS) return null;
  const waited = reset.time - time + exchange.turnAgeAtClose;
  return {
    cause: 'closed', confidence: 'likely', role: 'server', start: reset.time - waited, end: reset.time,
    frames: [frame, reset.frame],
    message:
      `The server aborted by a RST (frame ${reset.frame}) ${seconds(waited)} s after the request of a client ` +
        `that had ` +
      `said with it that this was all (frame ${frame}), without having sent a byte.`,
    evidence: { waitedSeconds: Number(seconds(waited)), requestFrame: null, byReset: true, payload: exchange.kinds[0] },
  };
}

/** The client closed while its request was pending. */
function givenUp(subject: Subject): Detection<Cause> | null {
  const { history, connection, exchange, trace } = subject;
  const at = closingRow(subject, 0);
  if (at === NO_ROW) return null;
  const close = history.rows[at]!;
  const late = lateAnswer(subject, at);
  const byReset = (close.flags & RST) !== 0;
  if (byReset && connection.resets.find(({ frame }) => frame === close.frame)?.shape === 'reactive') return null;
  if (!byReset && isStream(subject)) return null;
  // It said that it has sent all, and went on reading.
  if (!byReset && (trace.held[0] || (late !== null && late.wasRead))) return null;
  const waited = exchange.turnAgeAtClose;
  const enough = waited >= Math.max(WAITS, 3 * (history.ends[0].reach + history.ends[1].reach));
  // A FIN right behind the request says that all is sent, and nothing of leaving; whoever then answers the answer by a
  // RST has left.
  const saidAll = !byReset && exchange.quietAtClose <= BEHIND;
  if (!enough && (!saidAll || late === null || !late.wasRefused || leavesHandshake(subject))) return null;
  // What the server never took in was lost on the way: that is another fault (half-open).
  if (history.firstAcknowledging(1, askedUntil(subject, at)) === NO_ROW) return null;
  const isBye = !exchange.saidGoodBye && saysUnreadGoodBye(subject, at);
  // Of the request that the good-bye follows the history holds no row.
  const request = exchange.saidGoodBye || isBye ? null : requestRow(subject, at);
  const after = late === null ? null : late.time - (close.time - waited);
  const answer =
    late === null
      ? 'no answer came later either'
      : `the answer came ${seconds(late.time - close.time)} s after that (frame ${late.frame})`;
  // A server that answers the good-bye at once was not at work on what had been said before.
  const soon = WAITS + history.ends[1].reach;
  const wasHeard = isBye && late !== null && late.time - close.time < soon && !late.saysGoodBye;
  const isAsked = ANSWERED.has(exchange.kinds[0]) || (exchange.turns > 1 && !answersWord(subject, at));
  const sure = !wasHeard && !endsWithAside(subject, at) && (isAsked || late !== null || byReset);
  return {
    cause: enough ? 'given-up' : 'left', confidence: sure ? 'likely' : 'possible', role: 'client',
    start: close.time - waited, end: close.time, severity: sure ? 'warning' : 'info',
    frames: [...(request === null ? [] : [request]), close.frame, ...(late === null ? [] : [late.frame])],
    message: enough
      ? `The client gave up ${seconds(waited)} s after its ` +
        `request${request === null ? '' : ` (frame ${request})`}: it ${byReset ? 'aborted by a RST' : 'closed'} ` +
        `(frame ${close.frame}) without an answer; ${answer}.`
      : `The client closed (frame ${close.frame}) right behind its request and did not stay for the answer, which ` +
        `came ${seconds(late!.time - close.time)} s later (frame ${late!.frame}) and drew a RST.`,
    evidence: {
      waitedSeconds: Number(seconds(waited)), requestFrame: request,
      answeredAfterSeconds: after === null ? null : Number(seconds(after)), byReset, payload: exchange.kinds[0],
      othersAnswered: subject.beside.answeredOther(connection.start),
    },
  };
}

/**
 * Whether payload that stands before the close of row `at` is seen only behind it: the capture has the two in another
 * order.
 */
function answersBelow({ history }: Subject, at: number): boolean {
  const { sequence, talker } = history.rows[at]!;
  return (
    history.firstAfter(
      at, talker, (row) => row.length > 0 && !(row.marks & REPEAT) && !isAtOrAfter(row.sequence, sequence),
    ) !== NO_ROW
  );
}

/** The server closed while a request was pending that it, or its kernel, had taken in. */
function closed(subject: Subject): Detection<Cause> | null {
  const { history, connection, exchange } = subject;
  const at = closingRow(subject, 1);
  if (at === NO_ROW) return null;
  const close = history.rows[at]!;
  const byReset = (close.flags & RST) !== 0;
  if (byReset && connection.resets.find(({ frame }) => frame === close.frame)?.shape === 'reactive') return null;
  // What comes behind a GOAWAY its sender need not look at, and its client may ask it again elsewhere (RFC 9113 §6.8).
  if (answersBelow(subject, at) || lastGoAway(history, at + 1) !== null) return null;
  const request = requestRow(subject, at);
  // What the server had not taken in when it closed crossed its FIN.
  const taken = history.firstAcknowledging(1, sentUntil(subject, at));
  if (taken === NO_ROW || taken > at) return null;
  // A client that closed before it had heard of this close did not wait for an answer either.
  const { fin, finEnd } = { fin: history.ends[0].fin, finEnd: history.ends[1].finEnd };
  if (!byReset && fin !== NO_ROW && !isAtOrAfter(history.rows[fin]!.acknowledgment, finEnd)) return null;
  const waited = exchange.turnAgeAtClose;
  if (!byReset && isStream(subject)) return null;
  // Behind a conversation that needs no answer to its last word: the good-byes of protocols whose words nobody can read
  // (SSH), or does not know.
  const isReadable = READABLE.has(exchange.kinds[0]) || (!byReset && asksOnceMore(subject, at));
  if (exchange.turns > 1 && !isReadable && (waited < WAITS || isLastWord(subject, at))) return null;
  // Of bytes that nobody knows, to a service that answers nobody, it is not known that they asked for an answer.
  const mayAsk = byReset || !endsSilenceShortly(subject, at);
  const sure =
    !endsWithAside(subject, at) &&
    (ANSWERED.has(exchange.kinds[0]) ||
      (mayAsk && (exchange.turns > 1 || subject.beside.answeredOther(connection.start))));
  return {
    cause: 'closed', confidence: sure ? 'likely' : 'possible', severity: sure ? 'warning' : 'info', role: 'server',
    start: close.time - waited, end: close.time, frames: [...(request === null ? [] : [request]), close.frame],
    message:
      `The server ${byReset ? 'aborted by a RST' : 'closed'} (frame ${close.frame}) ${soonAfter(waited)} the ` +
      `request${request === null ? '' : ` (frame ${request})`} without ` +
      `${exchange.turns > 1 ? 'an answer to it' : 'having sent a byte'}.`,
    evidence: { waitedSeconds: Number(seconds(waited)), requestFrame: request, byReset, payload: exchange.kinds[0] },
  };
}

function isStream({ exchange: { kinds, quietAtClose, turnAgeAtClose }, connection: { bytes } }: Subject): boolean {
  return isOneWayStream({ kind: kinds[0], answered: bytes.server, age: turnAgeAtClose, quiet: quietAtClose });
}

/**
 * The server closed right behind the handshake, before it had heard a word; the request came then, and was thrown away.
 */
function turnedAway({ history, connection, exchange }: Subject): Detection<Cause> | null {
  const { synAck, fin } = history.ends[1];
  if (synAck === NO_ROW || fin === NO_ROW || exchange.quietAtClose >= TURNS_AWAY || connection.bytes.server > 0)
    return null;
  const request = history.firstAfter(fin, 0, ({ length }) => length > 0);
  const reset = connection.resets.find(({ by, shape }) => by === 'server' && shape === 'reactive');
  if (request === NO_ROW || reset === undefined) return null;
  const { frame, time } = history.rows[fin]!;
  return {
    cause: 'closed', confidence: 'likely', role: 'server', start: time, end: reset.time,
    frames: [frame, history.rows[request]!.frame, reset.frame],
    message:
      `The server closed (frame ${frame}) ${seconds(exchange.quietAtClose)} s after the connection had begun, ` +
      `before it had heard a word; the request came then (frame ${history.rows[request]!.frame}) and drew a RST.`,
    evidence: {
      waitedSeconds: 0, requestFrame: history.rows[request]!.frame, byReset: false, payload: exchange.kinds[0],
    },
  };
}

/** The server aborted while it was sending, and threw away what the client had not acknowledged. */
function cut({ connection, exchange, history }: Subject): Detection<Cause> | null {
  const reset = connection.resets[0];
  if (
    connection.bytes.client === 0 || !exchange.closedByReset || reset?.by !== 'server' || reset.shape !== 'active' ||
    reset.lostBytes.server === 0 || history.ends[0].fin !== NO_ROW
  )
    return null;
  if (reset.cause === 'keepalive-timeout' || reset.cause === 'retransmission-timeout') return null;
  return {
    cause: 'cut', confidence: 'likely', role: 'server', start: exchange.turnAt, end: reset.time, frames: [reset.frame],
    message:
      `The server aborted by a RST (frame ${reset.frame}) in the middle of its answer: ${reset.lostBytes.server} ` +
      `bytes of it were not acknowledged and are lost.`,
    evidence: { lostBytesServer: reset.lostBytes.server, because: reset.evidence },
  };
}

/** Pending when the capture ends, for long, though the server's kernel has taken it in. */
function waiting({ exchange, connection, history, captureEnd }: Subject): Detection<Cause> | null {
  if (
    exchange.closer !== null || exchange.speaker !== 0 || exchange.endedWithGoodBye || connection.packets.server === 0
  )
    return null;
  const waited = captureEnd - exchange.turnAt;
  if (waited < LONG || (exchange.requestPieces > 1 && connection.bytes.server === 0)) return null;
  const last = history.lastBefore(history.count, 0, ({ length, marks }) => length > 0 && !(marks & REPEAT));
  if (
    last === NO_ROW ||
    history.firstAcknowledging(1, (history.rows[last]!.sequence + history.rows[last]!.length) | 0) === NO_ROW
  )
    return null;
  const { frame } = history.rows[last]!;
  return {
    cause: 'waiting', confidence: 'possible', role: 'server', start: exchange.turnAt, end: null, frames: [frame],
    message:
      `The request in frame ${frame} has been waiting for ${seconds(waited)} s when the capture ends; the server's ` +
      `kernel has taken it in.`,
    evidence: { waitedSeconds: Number(seconds(waited)), requestFrame: frame, payload: exchange.kinds[0] },
  };
}

/** Whether the RST that closed was somebody else's. */
function wasForged({ connection, exchange }: Subject): boolean {
  return exchange.closedByReset && connection.resets.some(({ cause }) => cause === 'forged');
}

/** The answer lies in a hole of the capture, or was captured before the request that it acknowledges. */
function isAnsweredUnseen(subject: Subject): boolean {
  const { history, exchange } = subject;
  if (exchange.missing[1] > 0) return true;
  const last = history.lastBefore(history.count, 0, ({ length, marks }) => length > 0 && !(marks & REPEAT));
  if (last === NO_ROW) return false;
  const row = history.rows[last]!;
  const answer = history.lastBefore(last, 1, ({ length }) => length > 0);
  return answer !== NO_ROW && isAtOrAfter(history.rows[answer]!.acknowledgment, (row.sequence + row.length) | 0);
}

/** The first FIN or RST of `end`; NO_ROW if the history holds none. */
function closingRow({ history }: Subject, end: 0 | 1): number {
  const { fin } = history.ends[end];
  const reset = history.firstFlagged(NO_ROW, end, RST, RST);
  if (fin === NO_ROW) return reset;
  return reset === NO_ROW ? fin : Math.min(fin, reset);
}

/** Frame of the client's last payload before row `at`, or in it; null where the history does not hold it. */
function requestRow({ history }: Subject, at: number): number | null {
  const own = history.rows[at]!;
  if (own.talker === 0 && own.length > 0) return own.frame;
  const row = lastSaid(history, at);
  return row === NO_ROW ? null : history.rows[row]!.frame;
}

/** Behind all payload that the client had sent before row `at`. */
function sentUntil({ history }: Subject, at: number): number {
  const row = history.lastBefore(at, 0, ({ flags, length }) => (flags & RST) === 0 && length > 0);
  return row === NO_ROW ? history.ends[0].synEnd : (history.rows[row]!.sequence + history.rows[row]!.length) | 0;
}

/** Behind all that the client had asked before row `at`: without the good-bye with which it closed. */
function askedUntil(subject: Subject, at: number): number {
  const { history, exchange } = subject;
  if (!exchange.saidGoodBye) return sentUntil(subject, at);
  const row = history.lastBefore(at, 0, ({ flags, length }) => (flags & RST) === 0 && length > 0);
  return row === NO_ROW ? history.ends[0].synEnd : history.rows[row]!.sequence;
}

interface LateAnswer {
  readonly frame: FrameNumber;
  readonly time: Time;
  /** The client acknowledged it, so that somebody still read; or answered it by a RST. */
  readonly wasRead: boolean;
  readonly wasRefused: boolean;
  readonly saysGoodBye: boolean;
}

/** The server's first payload behind the client's close in row `at`; null if there is none. */
function lateAnswer({ history, connection }: Subject, at: number): LateAnswer | null {
  const answer = history.firstAfter(at, 1, ({ length, marks }) => length > 0 && !(marks & FOREIGN));
  if (answer === NO_ROW) return null;
  const { frame, time, sequence, length, note } = history.rows[answer]!;
  const read = history.firstAcknowledging(0, (sequence + length) | 0, answer);
  const wasRead = read !== NO_ROW && (history.rows[read]!.flags & (RST | ACK)) === ACK;
  return {
    frame, time, wasRead, saysGoodBye: note === SAID_GOOD_BYE,
    wasRefused: connection.resets.some(
      (reset) => reset.by === 'client' && reset.shape === 'reactive' && reset.time >= time,
    ),
  };
}

const seconds = (duration: Duration): string => formatToMilliseconds(duration);

/** `0.25 s after`; what is known to the millisecond alone is told so. */
const soonAfter = (waited: Duration): string => (waited < MILLISECOND ? 'right after' : `${seconds(waited)} s after`);
