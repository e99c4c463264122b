import type { End } from '../base/numbers.js';
import { FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import {
  CLOSED_WINDOW, CLOSED_WINDOW_FROM, CLOSED_WINDOW_SINCE, DEAF_AND_ASKED, DEAF_SINCE, ENDPOINTS, ENDPOINT_SIZE,
  HOPS_AND_KIND, LARGEST_PAYLOADS, LAST_PAUSE, LONGEST_PAUSE, LONGEST_QUIET, LONGEST_STALL, PAUSE_END, PAYLOAD_AT,
  PENDING_QUIET, QUIET_AT_CLOSE, REQUEST_PIECES, CONNECTION_FLAGS, SLOWEST_ANSWER, SLOWEST_ANSWER_AT, STALL_FROM,
  STALL_REPEATS, TURNS_PRODUCT_BITS, TURN_AGE_AT_CLOSE, TURN_AT, UNANSWERED,
} from './connection-record.js';
import * as CONNECTION_FLAG from './connection-flags.js';

// Who spoke last, what waits for an answer, how long nobody spoke: facts that no single segment tells, kept for each
// connection in a few words while its segments come by.

/** Bits in the lowest byte of `TURNS_PRODUCT_BITS`. */
export const hasTurn = 1;
/** The server sent the last new payload; else the client. */
export const serverTurn = 2;
/** A FIN or RST was seen; the next four say how things stood then. */
export const closed = 4;
export const serverCloses = 8;
export const closesByReset = 16;
export const hadTurnAtClose = 32;
export const serverTurnAtClose = 64;
/** Who closed had said good-bye just before, out of a silence. */
export const saidGoodBye = 128;

/** Above the product's: the last new payload said good-bye (farewell.ts), and it had when the first FIN or RST came. */
export const farewellLast = 0x4000;
export const farewellAtClose = 0x8000;

const PRODUCT = 0x3f00;
const BITS = 0xff;
const ONE_TURN = 0x10000;
const MOST_TURNS = 0xffff;

/** Nobody speaks of less as silence. */
const SILENCE: Duration = SECOND;

/** `SILENCE` in milliseconds. */
const SILENT = 1000;

/**
 * Two pieces of a request lie this far apart, in milliseconds: an application that writes it in one go does not wait so
 * long.
 */
export const PIECES_APART = 500;

/**
 * A good-bye comes this shortly before the close, in milliseconds, and the silence before it was so many times longer.
 */
const GOOD_BYE = 50;
const GOOD_BYE_SHARE = 20;

/** A window that is closed for so long, in milliseconds, is no flow control any more: somebody does not read. */
export const STALLED = 5000;

/**
 * Who sends again for so long, in milliseconds, and hears nothing, waits for a road that is cut: the third timeout of a
 * timer that begins with a second comes six seconds behind the first (RFC 6298 §2.1, §5.5), the fifth of one that
 * begins with 200 ms as well (Linux TCP_RTO_MIN); timers are somewhat early or late.
 */
export const OUTAGE = 5500;

/**
 * ClientHello, what the server answers, what the client says to it (RFC 8446 §2), and an alert upon that (§4.4.2.4).
 */
const HANDSHAKE_TURNS = 4;

/** A series that comes so many times as fast as before is another one. */
const HASTE = 3;

const MOST_COUNTED = 0xffff;
const ONE_ASKED = 0x10000;

/** Of a time kept in a word; longer ones are told as this, 49 days. */
const LONGEST = 0xffff_fffe;

/** Whole milliseconds from `start` to `time`, 0 to `LONGEST`. */
export function millisecondsSince(start: Time, time: Time): number {
  const passed = (time - start) / MILLISECOND;
  return passed > 0 ? (passed < LONGEST ? Math.trunc(passed) : LONGEST) : 0;
}

/**
 * Notes a silence of `quiet` that `role` ends, if it is one; and that it was survived once the other side, too, has
 * spoken.
 */
export function breakSilence(words: Int32Array, at: number, role: End, quiet: Duration): void {
  const pending = words[at + PENDING_QUIET]! >>> 0;
  if (pending !== 0 && (pending & 1) !== role) {
    if (pending >>> 1 > words[at + LONGEST_QUIET]! >>> 0) words[at + LONGEST_QUIET] = pending >>> 1;
    words[at + PENDING_QUIET] = 0;
  }
  const pause = words[at + LAST_PAUSE]! >>> 0;
  if (pause >>> 1 > words[at + LONGEST_PAUSE]! >>> 0 && (pause & 1) !== role) words[at + LONGEST_PAUSE] = pause >>> 1;
  if (quiet >= SILENCE)
    words[at + PENDING_QUIET] = (Math.min(Math.trunc(quiet / MILLISECOND), 0x7fff_ffff) << 1) | role;
}

/** TTL of one segment that is no RST. */
export function noteHeader(words: Int32Array, own: number, ttl: number): void {
  const known = words[own + HOPS_AND_KIND]!;
  if ((known & 0xff) === ttl) return;
  const isFirst = (known & 0xffffff) === 0;
  const lowest = isFirst ? ttl : Math.min((known >>> 8) & 0xff, ttl);
  const highest = isFirst ? ttl : Math.max((known >>> 16) & 0xff, ttl);
  words[own + HOPS_AND_KIND] = (known & 0xff00_0000) | (highest << 16) | (lowest << 8) | ttl;
}

/**
 * `own` sends again what its peer had acknowledged (`isKnown`), as the tap saw it, or asks for room: a probe, or data
 * that waited. `passed`: now; `before`: when it last sent the same again; -1 if it never did. A row of such segments
 * begins anew where they come three times as fast as so far: a keepalive that hears answers waits its time, one that
 * hears none its interval (RFC 9293 §3.8.4; tcp_keepalive_timer). And it ends where the peer had not spoken since the
 * last one: what a probe repeats is acknowledged long before, and a peer that is silent at the tap, too, is gone.
 */
export function noteAgain(
  words: Int32Array, own: number, peer: number, isKnown: boolean, passed: number, before: number,
): void {
  const counts = words[own + DEAF_AND_ASKED]!;
  if (words[peer + CLOSED_WINDOW_SINCE] !== 0) {
    if (counts >>> 16 !== MOST_COUNTED) words[own + DEAF_AND_ASKED] = (counts + ONE_ASKED) | 0;
    return;
  }
  if (!isKnown) return;
  if (words[own + UNANSWERED]! > 1) {
    words[own + DEAF_AND_ASKED] = counts & ~MOST_COUNTED;
    return;
  }
  const deaf = counts & MOST_COUNTED;
  const since = (words[own + DEAF_SINCE]! >>> 0) - 1;
  if (before < 0 || deaf === 0) {
    words[own + DEAF_SINCE] = passed + 1;
    words[own + DEAF_AND_ASKED] = (counts & ~MOST_COUNTED) | 1;
  } else if (deaf > 1 && (passed - before) * HASTE * (deaf - 1) < before - since) {
    words[own + DEAF_SINCE] = before + 1;
    words[own + DEAF_AND_ASKED] = (counts & ~MOST_COUNTED) | 2;
  } else if (deaf !== MOST_COUNTED) words[own + DEAF_AND_ASKED] = (counts + 1) | 0;
}

/**
 * `role` has sent again for the `repeats`-th time, with no word of its peer between: since `from`, when it did so
 * first. The longest such time is kept, whether or not the peer is heard again.
 */
export function noteStall(
  words: Int32Array, at: number, role: End, repeats: number, from: number, passed: number,
): void {
  const lasted = Math.min(passed - from, 0x7fff_ffff);
  if (lasted <= words[at + LONGEST_STALL]! >>> 1) return;
  words[at + LONGEST_STALL] = (lasted << 1) | role;
  words[at + STALL_FROM] = from;
  words[at + STALL_REPEATS] = repeats;
  if (lasted >= OUTAGE) words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
}

/** The window that `own` offers is 0, or is open again. `passed`: milliseconds since the connection began. */
export function noteWindow(words: Int32Array, at: number, own: number, window: number, passed: number): void {
  const since = words[own + CLOSED_WINDOW_SINCE]! >>> 0;
  if (window === 0) {
    if (since === 0) words[own + CLOSED_WINDOW_SINCE] = passed + 1;
    return;
  }
  if (since === 0) return;
  const lasted = Math.max(0, passed + 1 - since);
  if (lasted > words[own + CLOSED_WINDOW]! >>> 0) {
    words[own + CLOSED_WINDOW] = lasted;
    words[own + CLOSED_WINDOW_FROM] = since - 1;
  }
  if (lasted >= STALLED) words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
  words[own + CLOSED_WINDOW_SINCE] = 0;
}

/**
 * `role` sent new payload of `length` bytes, and it need not be what asks or answers; `isAcknowledged`: the peer had
 * acknowledged all before it. Answers for how long nobody had spoken, milliseconds.
 */
export function noteAside(
  words: Int32Array, at: number, role: End, length: number, isAcknowledged: boolean, passed: number,
): number {
  const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
  const pause = (words[at + TURNS_PRODUCT_BITS]! & hasTurn) === 0 ? 0 : passed - (words[at + PAYLOAD_AT]! >>> 0);
  if (pause >= SILENT) {
    words[at + LAST_PAUSE] = (Math.min(pause, 0x7fff_ffff) << 1) | role;
    words[at + PAUSE_END] = passed;
  }
  words[at + PAYLOAD_AT] = passed;
  const largest = words[own + LARGEST_PAYLOADS]!;
  const sent = largest & 0xffff;
  const size = length < 0xffff ? length : 0xffff;
  if (size > sent || (isAcknowledged && sent > largest >>> 16)) {
    words[own + LARGEST_PAYLOADS] = ((isAcknowledged ? sent : largest >>> 16) << 16) | (size > sent ? size : sent);
  }
  return pause;
}

/**
 * `role` sent new payload of `length` bytes; `isAcknowledged`: the peer had acknowledged all before it; `saysGoodBye`:
 * and nothing else.
 */
export function notePayload(
  words: Int32Array, at: number, role: End, length: number, isAcknowledged: boolean, saysGoodBye: boolean,
  passed: number,
): void {
  let turns = words[at + TURNS_PRODUCT_BITS]!;
  if (saysGoodBye !== ((turns & farewellLast) !== 0)) words[at + TURNS_PRODUCT_BITS] = turns ^= farewellLast;
  const pause = noteAside(words, at, role, length, isAcknowledged, passed);
  const speaks = role === 0 ? hasTurn : hasTurn | serverTurn;
  if ((turns & (hasTurn | serverTurn)) === speaks) {
    if (role === 0 && pause >= PIECES_APART) words[at + REQUEST_PIECES]!++;
    return;
  }
  if (role === 0) words[at + REQUEST_PIECES] = 1;
  if ((turns & hasTurn) !== 0 && role === 1) {
    const took = passed - (words[at + TURN_AT]! >>> 0);
    if (took > words[at + SLOWEST_ANSWER]! >>> 0) {
      words[at + SLOWEST_ANSWER] = took;
      words[at + SLOWEST_ANSWER_AT] = passed;
    }
  }
  words[at + TURN_AT] = passed;
  const next = (turns & ~(hasTurn | serverTurn)) | speaks;
  words[at + TURNS_PRODUCT_BITS] = turns >>> 16 === MOST_TURNS ? next : (next + ONE_TURN) | 0;
}

/**
 * Whether the client, which speaks now, answers what its server said of its own accord: the server had spoken
 * before the silence that it ended by that, so that it answered nobody, and that silence was so many times longer than
 * the client took. In one of twenty such times who asks something else would speak by chance. `passed`: now. Before
 * `notePayload`.
 */
export function repliesToPush(words: Int32Array, at: number, passed: number): boolean {
  const pause = words[at + LAST_PAUSE]! >>> 0;
  if ((pause & 1) !== 1 || (words[at + TURNS_PRODUCT_BITS]! & (hasTurn | serverTurn)) !== (hasTurn | serverTurn))
    return false;
  const ended = words[at + PAUSE_END]! >>> 0;
  return words[at + TURN_AT]! >>> 0 < ended && (passed - ended) * GOOD_BYE_SHARE <= pause >>> 1;
}

/** The first FIN or RST: how things stand. The payload that a FIN carries has been noted. */
export function noteClose(words: Int32Array, at: number, role: End, flags: number, passed: number): void {
  const turns = words[at + TURNS_PRODUCT_BITS]!;
  const had = (turns & hasTurn) !== 0;
  const farewell = had ? goodBye(words, at, role, turns, passed) : 0;
  words[at + QUIET_AT_CLOSE] =
    farewell > 0 ? farewell : had ? Math.max(0, passed - (words[at + PAYLOAD_AT]! >>> 0)) : passed;
  words[at + TURN_AGE_AT_CLOSE] = had ? Math.max(0, passed - (words[at + TURN_AT]! >>> 0)) : 0;
  const bits =
    closed | (role === 0 ? 0 : serverCloses) | ((flags & RST) === 0 ? 0 : closesByReset) |
    (had ? hadTurnAtClose : 0) | ((turns & serverTurn) === 0 ? 0 : serverTurnAtClose) |
    (farewell > 0 ? saidGoodBye : 0) | ((turns & farewellLast) === 0 ? 0 : farewellAtClose);
  words[at + TURNS_PRODUCT_BITS] = (turns & ~((BITS & ~(hasTurn | serverTurn)) | farewellAtClose)) | bits;
}

/**
 * Whether the first FIN or RST came while a request was pending, as far as payloads tell: the client had spoken last,
 * and not to say good-bye alone; and where it was the client that closed it had waited, milliseconds, for `patience`.
 */
export function closedWhilePending(words: Int32Array, at: number, patience: number): boolean {
  const turns = words[at + TURNS_PRODUCT_BITS]!;
  if ((turns & (closed | hadTurnAtClose | serverTurnAtClose)) !== (closed | hadTurnAtClose)) return false;
  // A good-bye that begins the turn is young.
  if ((turns & farewellAtClose) !== 0 && (turns & serverCloses) !== 0) return false;
  return (turns & serverCloses) !== 0 || words[at + TURN_AGE_AT_CLOSE]! >>> 0 >= patience;
}

/**
 * Whether the last words before the first FIN or RST were a good-bye, and came where a handshake has not come to its
 * end: one of TLS may have failed.
 */
export function saidGoodByeEarly(words: Int32Array, at: number): boolean {
  const turns = words[at + TURNS_PRODUCT_BITS]!;
  return (turns & farewellAtClose) !== 0 && turns >>> 16 <= HANDSHAKE_TURNS;
}

/**
 * How long the silence was, in milliseconds, out of which `role` spoke only to close: a server whose idle limit has
 * passed may say so first (421 of FTP and SMTP, 408 of HTTP, FATAL of PostgreSQL). 0 if it did not.
 */
function goodBye(words: Int32Array, at: number, role: End, turns: number, passed: number): number {
  const pause = words[at + LAST_PAUSE]! >>> 0;
  if (pause === 0 || (pause & 1) !== role || ((turns & serverTurn) === 0 ? 0 : 1) !== role) return 0;
  // Where the other side had spoken before the silence it is an answer.
  if (words[at + TURN_AT] === words[at + PAUSE_END]) return 0;
  const since = passed - (words[at + PAUSE_END]! >>> 0);
  return since <= GOOD_BYE && pause >>> 1 >= since * GOOD_BYE_SHARE ? pause >>> 1 : 0;
}

/** What the first payload of an end is (`kind`, of payload-kind.ts). */
export function noteKind(words: Int32Array, own: number, kind: number): void {
  words[own + HOPS_AND_KIND] = (words[own + HOPS_AND_KIND]! & 0xff_ffff) | (kind << 24);
}

/** Which product the server names (product.ts). */
export function noteProduct(words: Int32Array, at: number, product: number): void {
  words[at + TURNS_PRODUCT_BITS] = (words[at + TURNS_PRODUCT_BITS]! & ~PRODUCT) | ((product << 8) & PRODUCT);
}

/** Whether a segment tells of the window its sender offers: a SYN's is not scaled yet, a RST offers none. */
export function offersWindow({ flags }: Segment): boolean {
  return (flags & (SYN | RST | FIN)) === 0;
}
