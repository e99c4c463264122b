import { REPEAT } from '../flow/history/telling-segment.js';
import { PIECES_APART } from '../flow/conversation.js';
import { mayBeAside } from '../flow/no-question.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Subject } from './detector.js';

// What the client said last before one of both closed, and whether it asked for an answer.

/** What comes behind a shorter silence is the rest of what was said before it, or an answer that took its time. */
const SILENCE: Duration = PIECES_APART * MILLISECOND;

/** A good-bye of a protocol whose words nobody can read is no longer (SSH_MSG_DISCONNECT: 60 bytes). */
const SHORT = 128;

/** Turns of a client that asks for the third time. */
const ANSWERED_TWICE = 5;

/** One in so many is chance. */
const CHANCE = 20;

/**
 * A client that closes sooner behind its last payload did not wait for an answer: its protocol has none, or it had said
 * good-bye.
 */
export const WAITS: Duration = 100 * MILLISECOND;

/** A FIN that comes this shortly behind the request belongs to it: shutdown(SHUT_WR) when all is sent. */
export const BEHIND: Duration = 10 * MILLISECOND;

/** Longest good-bye within TLS that is no alert: a close frame, a GOAWAY or a DISCONNECT in a record of its own. */
const FAREWELL = 64;

/** A good-bye is said this shortly before the close; and the silence before it was so many times longer. */
const GOOD_BYE: Duration = 50 * MILLISECOND;
const GOOD_BYE_SHARE = 20;

/**
 * Turns in which a client of RDP is asked and answered until its session stands are some forty (MS-RDPBCGR §1.3.1.1).
 */
const RDP_OPENS = 64;

/** Whether the client of a desktop was at work: what it says then is input, which nobody answers (MS-RDPBCGR §2.2.8.1). */
export function isInput({ exchange }: Subject): boolean {
  return exchange.kinds[0] === 'rdp' && exchange.turns > RDP_OPENS;
}

/**
 * Whether a client of TLS that had said something before says something short out of a silence, right before it closes
 * in row `at`: a good-bye of what it speaks within TLS.
 */
export function saysUnreadGoodBye({ history, exchange }: Subject, at: number): boolean {
  const row = lastSaid(history, at);
  if (exchange.kinds[0] !== 'tls' || exchange.requestPieces !== 2 || row === NO_ROW) return false;
  const { length, time } = history.rows[row]!;
  const since = history.rows[at]!.time - time;
  const silence = exchange.turnAgeAtClose - since;
  return length <= FAREWELL && since < GOOD_BYE && silence >= Math.max(SECOND, since * GOOD_BYE_SHARE);
}

/**
 * Whether the client, in a protocol that nobody knows, ended a silence by something short, upon which its server closed
 * at once: a good-bye as likely as a request.
 */
export function endsSilenceShortly({ history, exchange }: Subject, at: number): boolean {
  const row = lastSaid(history, at);
  if (exchange.kinds[0] !== 'unknown' || exchange.requestPieces !== 1 || row === NO_ROW) return false;
  const heard = history.lastBefore(row, 1, ({ length }) => length > 0);
  if (heard === NO_ROW) return false;
  const { length, time } = history.rows[row]!;
  const silence = time - history.rows[heard]!.time;
  return length <= SHORT && silence >= Math.max(SECOND, exchange.turnAgeAtClose * GOOD_BYE_SHARE);
}

/**
 * Whether the last word of the client, before row `at`, and of a protocol that nobody knows, came at once behind one by
 * which the server had ended a silence: it answers that as likely as it asks (a ping of OpenVPN).
 */
export function answersWord(subject: Subject, at: number): boolean {
  const { history, exchange } = subject;
  const row = lastSaid(history, at);
  if (exchange.kinds[0] !== 'unknown' || row === NO_ROW) return false;
  const heard = history.lastBefore(row, 1, ({ length, marks }) => length > 0 && !(marks & REPEAT));
  if (heard === NO_ROW) return false;
  const { time } = history.rows[heard]!;
  return history.rows[row]!.time - time < BEHIND + history.ends[0].reach && subject.idleBefore(time) >= SILENCE;
}

/** Whether the client's last turn, before row `at`, is a single piece of TLS that may be flow control, or the like. */
export function endsWithAside({ history, exchange: { kinds, turns, turnAt } }: Subject, at: number): boolean {
  const row = lastSaid(history, at);
  return row !== NO_ROW && mayBeAside(kinds[0], turns, turnAt, history.rows[row]!);
}

/** Where the client said something new for the last time before row `at`; NO_ROW where it said nothing. */
export function lastSaid(history: SegmentHistory, at: number): number {
  return history.lastBefore(at, 0, ({ length, marks }) => length > 0 && !(marks & REPEAT));
}

/**
 * Whether the client had been answered twice and more, and says something now that is too long for a good-bye: it asks
 * again. What SSH says at its end may be longer, piece by piece (RFC 4254 §5.3). And where two talk all the time a
 * close comes soon behind one word or the other by chance: in a twentieth of a turn it does so once in twenty times.
 */
export function asksOnceMore({ history, connection, exchange }: Subject, at: number): boolean {
  const { turns, requestPieces, kinds, turnAgeAtClose } = exchange;
  if (turns < ANSWERED_TWICE || requestPieces > 1 || kinds[0] === 'ssh') return false;
  const took = turnAgeAtClose - history.ends[1].reach;
  if (took * CHANCE > (history.rows[at]!.time - connection.start) / turns) return false;
  const row = lastSaid(history, at);
  return row !== NO_ROW && history.rows[row]!.length > SHORT;
}

/** A short piece of its own, well behind what the client had said before, and right before the server's close. */
export function isLastWord({ history, exchange }: Subject, at: number): boolean {
  const { time } = history.rows[at]!;
  const row = lastSaid(history, at);
  if (row === NO_ROW) return false;
  const last = history.rows[row]!;
  return (
    last.length <= SHORT && time - last.time < BEHIND && last.time - (time - exchange.turnAgeAtClose) >= WAITS &&
    history.firstAcknowledging(1, last.sequence) !== NO_ROW
  );
}

/**
 * Whether a good-bye of the client stands behind a request that nobody had answered: it is the second piece of what the
 * client said since. More pieces are a stream, which asks nothing (MQTT, syslog); and a pooler ends its sessions of
 * PostgreSQL so whose last word needs no answer.
 */
export function leavesRequest({ exchange }: Subject): boolean {
  return (
    exchange.closer === 0 && exchange.requestPieces === 2 && exchange.turnAgeAtClose >= SECOND &&
    (exchange.kinds[0] === 'tls' || exchange.kinds[0] === 'http2')
  );
}
