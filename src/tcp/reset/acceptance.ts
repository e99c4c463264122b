import type { End } from '../../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../../decode/segment.js';
import { APART } from '../../flow/duplicates.js';
import { FOREIGN } from '../../flow/history/telling-segment.js';
import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { distance, latest } from '../../flow/sequence.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import type { EndpointTracker } from '../endpoint-tracker.js';
import { S } from '../machine.js';
import { NO_ROW } from '../segment-history.js';
import type { SegmentHistory } from '../segment-history.js';

/** Where a RST falls in its listener's sequence space; `sent`: behind data whose arrival nothing has shown yet. */
export type Position = 'exact' | 'sent' | 'window' | 'outside' | 'unknown';

/**
 * Where RST `at` lies for its listener (RFC 5961 §3): exactly at RCV.NXT, elsewhere in the window, or outside.
 *
 * RCV.NXT is what the listener last acknowledged, or the end of what its peer had sent, which it may have received
 * without having said so. Linux also takes RCV.NXT - 1 after the peer's FIN (tcp_reset_check) and the right edge of the
 * highest SACK block (tcp_validate_incoming).
 */
export function position(
  history: SegmentHistory, at: number, talker: EndpointTracker, listener: EndpointTracker, listenerState: number,
): Position {
  const row = history.rows[at]!;
  // Who has acknowledged a SYN-ACK, if not the last one that came, is past that state.
  if (listenerState === S['SYN-SENT'] && listener.knowsAcknowledged && row.sequence === listener.acknowledged)
    return 'exact';
  if (listenerState === S['SYN-SENT'])
    return row.flags & ACK && row.acknowledgment === listener.next ? 'exact' : 'outside';
  if (!listener.knowsAcknowledged && !talker.spoke) return 'unknown';
  const expected = listener.knowsAcknowledged ? listener.acknowledged : talker.next;
  const ahead = distance(row.sequence, expected);
  if (ahead === 0) return 'exact';
  if (
    ahead === -1 &&
    (listenerState === S['CLOSE-WAIT'] || listenerState === S['LAST-ACK'] || listenerState === S.CLOSING)
  )
    return 'exact';
  const sacked = listener.lastRow === NO_ROW ? null : history.rows[listener.lastRow]!.sackHighest;
  if (sacked !== null && row.sequence === sacked) return 'exact';
  // Between what was acknowledged and what was sent the listener's RCV.NXT may be anywhere.
  if (ahead > 0 && (!talker.spoke || distance(talker.next, row.sequence) >= 0)) return 'sent';
  return ahead > 0 && ahead < 65_536 ? 'window' : 'outside';
}

/** What came after it: whether the listener went on as before. `null` where it never spoke again. */
export function aftermath(history: SegmentHistory, at: number, where: Position): boolean | null {
  const listener = 1 - history.rows[at]!.talker;
  let dead = false;
  for (let i = history.firstSaid(at, listener); i !== NO_ROW; i = history.firstSaid(i, listener)) {
    const row = history.rows[i]!;
    if (row.flags & RST) {
      // A reactive one says that no socket is left; an active one that there was one until then.
      if (!(row.flags & ACK)) dead = true;
      else if (row.sequence !== 0 && history.saidAfterHearing(i, at)) return false;
      continue;
    }
    if (row.flags & SYN) return dead ? true : null;
    // In the window but not exact, a RST draws a challenge ACK at once (RFC 5961 §3.2), which repeats the last
    // acknowledgment; else what crossed it says nothing.
    if (where === 'window' || (where === 'sent' && repeatsItself(history, i)) || history.saidAfterHearing(i, at))
      return false;
  }
  return dead ? true : null;
}

/** Whether row `at` is a bare acknowledgment of what its talker had acknowledged before. */
function repeatsItself(history: SegmentHistory, at: number): boolean {
  const row = history.rows[at]!;
  if (row.length > 0 || row.flags & (SYN | FIN)) return false;
  const before = history.lastFlagged(at, row.talker, ACK | RST, ACK);
  return before !== NO_ROW && history.rows[before]!.acknowledgment === row.acknowledgment;
}

/** Whether its listener took RST `at` as the end. Silence afterwards is what an end looks like, and proves nothing. */
export function accepted(
  history: SegmentHistory, at: number, where: Position,
): { readonly accepted: boolean | null; readonly proven: boolean } {
  const after = aftermath(history, at, where);
  if (after === false) return { accepted: false, proven: true };
  if (where === 'outside') return { accepted: false, proven: after !== null };
  if (where === 'window') return { accepted: after, proven: after !== null };
  if (where === 'unknown') return { accepted: after, proven: after !== null };
  return { accepted: true, proven: after === true };
}

/**
 * How long a host that is busy may take to answer a segment for which it has no socket: as long as an acknowledgment
 * may be held back (RFC 1122 §4.2.3.2).
 */
const BUSY: Duration = 500 * MILLISECOND;

/** There and back where the handshake did not show it: no way on earth takes longer. */
const UNKNOWN_REACH: Duration = SECOND;

/** Until how long after row `heard` a RST of the host that heard it can be the answer. */
export function answerableFor(history: SegmentHistory, talker: End): Duration {
  const { reach } = history.ends[talker]!;
  return (reach > 0 ? reach * 1.5 : UNKNOWN_REACH) + BUSY;
}

/**
 * The row before RST `at` that it answers: its sequence number is that row's acknowledgment (RFC 9293 §3.5.2 group 1 to
 * 3). A RST that comes later than there and back answers nothing: a stack answers at once.
 *
 * Where several have that acknowledgment each draws a RST of its own, in order: far from where they are sent, all the
 * segments are seen first and then all the RSTs.
 */
export function triggerOf(history: SegmentHistory, at: number): number {
  const { flags } = history.rows[at]!;
  const earliest = history.rows[at]!.time - answerableFor(history, history.rows[at]!.talker);
  let left = flags & ACK ? 1 : Math.max(1, answersFrom(history, at));
  // More RSTs than segments that can have drawn them are the work of somebody who repeats his: upon the last one.
  if (left > 1 && candidatesFor(history, at, earliest) < left) left = 1;
  let trigger = NO_ROW;
  for (let i = at - 1; i >= 0 && left > 0; i--) {
    if (history.rows[i]!.time < earliest) break;
    if (!mayHaveDrawn(history, i, at)) continue;
    // An answer that comes at once cannot be to what was heard so long before; what lies between, the history does not
    // hold.
    if (trigger !== NO_ROW && history.saidAfterHearing(at, i)) break;
    left -= between(history, i, trigger);
    if (left <= 0) break;
    trigger = i;
    left--;
  }
  return trigger === NO_ROW ? challengeBefore(history, at, earliest) : trigger;
}

/**
 * The foreign acknowledgment that a SYN's sender has just answered by a RST with its own next number, not with that of
 * the acknowledgment: who translates between has changed it, or the stack sends it so. NO_ROW if RST `at` is none.
 */
function challengeBefore(history: SegmentHistory, at: number, earliest: Time): number {
  const { talker, sequence, flags } = history.rows[at]!;
  const { first, last, synEnd } = history.ends[talker]!;
  if (
    flags & ACK || first === NO_ROW || sequence !== synEnd || !(history.rows[last]!.flags & SYN) ||
    history.rows[last]!.flags & ACK
  )
    return NO_ROW;
  for (let i = at - 1; i >= 0 && history.rows[i]!.time >= earliest; i--) {
    const heard = history.rows[i]!;
    if (heard.talker !== talker && heard.marks & FOREIGN && (heard.flags & (SYN | RST | ACK)) === ACK) return i;
  }
  return NO_ROW;
}

/** How many RSTs like RST `at`, and from it on, answer what lies before it. */
function answersFrom(history: SegmentHistory, at: number): number {
  const { talker, sequence } = history.rows[at]!;
  let answers = 0;
  for (let i = at; i < history.count; i++) {
    const row = history.rows[i]!;
    if (row.talker === talker && (row.flags & (RST | ACK)) === RST && row.sequence === sequence) answers++;
    else if (mayHaveDrawn(history, i, at)) answers--;
  }
  return answers;
}

/** How many rows can have drawn RST `at`, or one like it. */
function candidatesFor(history: SegmentHistory, at: number, earliest: Time): number {
  let candidates = 0;
  let later: number = NO_ROW;
  for (let i = at - 1; i >= 0 && history.rows[i]!.time >= earliest; i--) {
    if (!mayHaveDrawn(history, i, at)) continue;
    candidates += 1 + between(history, i, later);
    later = i;
  }
  return candidates;
}

/**
 * How many segments of a burst were sent between two that the history holds, which has no more than its first and its
 * last: as many of the length of the first as fill what lies between.
 */
function between({ rows }: SegmentHistory, earlier: number, later: number): number {
  if (later === NO_ROW) return 0;
  const [first, last] = [rows[earlier]!, rows[later]!];
  if (first.length === 0 || last.length === 0) return 0;
  const gap = distance(last.sequence, (first.sequence + first.length) | 0);
  return gap > 0 ? Math.ceil(gap / first.length) : 0;
}

function mayHaveDrawn(history: SegmentHistory, candidate: number, at: number): boolean {
  const row = history.rows[at]!;
  const heard = history.rows[candidate]!;
  if (heard.talker === row.talker || heard.flags & RST) return false;
  if (!(row.flags & ACK)) return (heard.flags & ACK) !== 0 && heard.acknowledgment === row.sequence;
  const end = heard.sequence + heard.length + (heard.flags & SYN ? 1 : 0) + (heard.flags & FIN ? 1 : 0);
  return ((row.acknowledgment - end) | 0) === 0;
}

/**
 * Segments that one host sends one after the other may be seen in another order when they come this close together:
 * queues, several processors, jitter.
 */
const REORDERING: Duration = 100 * MILLISECOND;

/** How the host of a RST went on behind it. */
export interface Onward {
  readonly row: number;
  /**
   * Whether the numbers show that it was sent later, not only overtaken: it has heard or said what it had not when the
   * RST was sent.
   */
  readonly isProven: boolean;
}

/**
 * Whether the host of RST `at` itself goes on behind it, as a socket does: then it was not the sender, and need not
 * have heard of a RST that was sent in its name. Null if it does not.
 *
 * @param trigger row that drew the RST; NO_ROW if none did
 * @param next beyond all that the host had sent before it
 */
export function goesOn(history: SegmentHistory, at: number, trigger: number, next: number): Onward | null {
  const reset = history.rows[at]!;
  const drew = trigger === NO_ROW ? null : history.rows[trigger]!;
  let unproven: number = NO_ROW;
  for (let i = nextSpeech(history, at, reset.talker); i !== NO_ROW; i = nextSpeech(history, i, reset.talker)) {
    if (isCopy(history, i, at)) continue;
    const row = history.rows[i]!;
    const saysMore =
      row.length > 0 &&
      distance((row.sequence + row.length) | 0, (reset.flags & ACK) !== 0 ? latest(reset.sequence, next) : next) > 0;
    const heardMore = (reset.flags & ACK) !== 0 && distance(row.acknowledgment, reset.acknowledgment) > 0;
    const heardIt =
      drew !== null && drew.length > 0 && (row.flags & ACK) !== 0 &&
      distance(row.acknowledgment, (drew.sequence + drew.length) | 0) >= 0;
    const isProven = saysMore || heardMore || (heardIt && !(reset.flags & ACK));
    if (isProven && continues(row, reset, next)) return { row: i, isProven };
    if (unproven === NO_ROW && row.time - reset.time > REORDERING) unproven = i;
  }
  return unproven === NO_ROW ? null : { row: unproven, isProven: false };
}

/** As far as a window without scaling reaches. */
const NEAR_BY = 65_536;

/**
 * Whether what its sender says behind a RST is of the same connection, by both its numbers: the history keeps few
 * segments of many, so that others may lie between. Numbers further on may be those of the next connection on the same
 * ports, whose SYN was not captured.
 *
 * @param next beyond all that the sender had sent before the RST
 */
function continues(row: TellingSegment, reset: TellingSegment, next: number): boolean {
  if (Math.abs(distance(row.sequence, next)) >= NEAR_BY) return false;
  return (reset.flags & ACK) === 0 || Math.abs(distance(row.acknowledgment, reset.acknowledgment)) < NEAR_BY;
}

/**
 * Whether row `candidate` is what its sender had sent before row `at`, captured once more: the same IP ID and numbers.
 * Bare acknowledgments are not told for copies before (flow/duplicates.ts).
 */
function isCopy({ rows }: SegmentHistory, candidate: number, at: number): boolean {
  const row = rows[candidate]!;
  for (let i = at - 1; i >= 0 && row.time - rows[i]!.time <= APART; i--) {
    const { talker, flags, sequence, acknowledgment, length, window, ipId, ttl } = rows[i]!;
    if (
      talker === row.talker && flags === row.flags && sequence === row.sequence && length === row.length &&
      acknowledgment === row.acknowledgment && window === row.window && ipId === row.ipId && ttl === row.ttl
    )
      return true;
  }
  return false;
}

/**
 * The listener's last row behind RST `at` that it can have sent before it heard the RST; `at` itself if there is none.
 */
export function lastCrossing(history: SegmentHistory, at: number): number {
  const listener = 1 - history.rows[at]!.talker;
  let last = at;
  for (
    let i = nextSpeech(history, at, listener);
    i !== NO_ROW && !history.saidAfterHearing(i, at);
    i = nextSpeech(history, i, listener)
  )
    last = i;
  return last;
}

function nextSpeech(history: SegmentHistory, after: number, talker: End): number {
  return history.firstFlagged(after, talker, RST | SYN, 0);
}
