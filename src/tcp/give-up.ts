import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { PROBE } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { NO_ROW } from './segment-history.js';
import type { SegmentHistory } from './segment-history.js';

/** TCP_RTO_MAX (include/net/tcp.h); RFC 6298 §2.5 allows 60 s and more. */
const LONGEST_TIMEOUT: Duration = 120 * SECOND;

/** TCP_RTO_MIN (include/net/tcp.h); RFC 6298 §2.4 asks for a second. */
export const SHORTEST_TIMEOUT: Duration = 200 * MILLISECOND;

/** A timer that fires late by this much, or a tenth of its length, is late by the host's load only. */
const SLACK: Duration = 50 * MILLISECOND;

/** Until its first repetition a SYN waits a second (RFC 6298 §2.1), by the rules before three (RFC 2988 §2.1). */
const FIRST_TIMEOUT: Duration = 3 * SECOND;

/**
 * When `end` must have given up, in silence: its retransmissions had a rhythm, and the next one never came.
 *
 * Linux ends a socket that ran out of retries by `tcp_write_err`, which sends nothing. Each timeout doubles the last
 * (RFC 6298 §5.5); keepalive probes keep their interval (RFC 9293 §3.8.4). A lone SYN that does not come again was
 * given up, too: by its application, or upon an ICMP message (tcp_v4_err). Only an acknowledgment stops the timer (RFC
 * 6298 §5.2), whatever else the peer says; and what comes when the next one was overdue comes too late. Answers null
 * where the capture ends before that, where the peer acknowledged it, or where `end` spoke on.
 */
export function givesUpAt(history: SegmentHistory, end: number): Time | null {
  const last = lastTransmission(history, end);
  if (last === NO_ROW) return null;
  const wait = timeoutBehind(history, end, last);
  if (wait === null) return null;
  const next = history.rows[last]!.time + wait;
  const overdue = next + SLACK + wait * 0.05;
  if (history.silentUntil(history.rows[last]!.time) <= overdue || isAnswered(history, end, last, overdue)) return null;
  return history.firstAfter(
    last, end, ({ flags, time }) => (flags & (RST | ACK)) !== RST && (time > next || (flags & RST) !== 0),
  ) === NO_ROW
    ? next
    : null;
}

/** How long `end`, having sent row `last`, waits before it sends that again; null where nothing shows it. */
export function timeoutBehind(history: SegmentHistory, end: number, last: number): Duration | null {
  const { repeats, marks } = history.rows[last]!;
  const interval = repeats === 0 ? FIRST_TIMEOUT : lastInterval(history, end, last);
  return interval === null || repeats === 0 || marks & PROBE ? interval : Math.min(2 * interval, LONGEST_TIMEOUT);
}

/** The last that `end` sent again, or its SYN where it sent nothing else; NO_ROW if there is neither. */
function lastTransmission(history: SegmentHistory, end: number): number {
  const { first, last } = history.ends[end]!;
  if (first !== NO_ROW && first === last && (history.rows[first]!.flags & (SYN | ACK)) === SYN) return first;
  return history.lastBefore(history.count, end, ({ repeats, flags }) => repeats > 0 && (flags & RST) === 0);
}

/**
 * Whether the peer acknowledged row `at` until `overdue` in a way that may have reached `end`, which repeated it; of a
 * probe, whether the peer said anything.
 */
function isAnswered(history: SegmentHistory, end: number, at: number, overdue: Time): boolean {
  const { marks, sequence } = history.rows[at]!;
  const peer = 1 - end;
  if (marks & PROBE)
    return history.firstAfter(at, peer, ({ flags, time }) => (flags & RST) === 0 && time <= overdue) !== NO_ROW;
  for (
    let i = history.firstAcknowledging(peer, (sequence + 1) | 0);
    i !== NO_ROW && history.rows[i]!.time <= overdue;
    i = history.firstAcknowledging(peer, (sequence + 1) | 0, i + 1)
  ) {
    if (i > at || !history.saidAfterHearing(at, i)) return true;
  }
  return false;
}

/**
 * The longest time between two transmissions: of a series that doubles, the last. What comes sooner is no timeout: a
 * fast retransmission, a tail loss probe, or the same packet captured twice. Of a long series the history holds the
 * first and the last, and the doubling gives the rest.
 */
function lastInterval(history: SegmentHistory, end: number, last: number): Duration | null {
  const row = history.rows[last]!;
  const bits = row.flags & (FIN | SYN);
  const isOfSeries = (earlier: TellingSegment): boolean =>
    bits
      ? (earlier.flags & bits) === bits
      : earlier.repeats > 0 || (earlier.length > 0 && earlier.sequence === row.sequence);
  let longest = 0;
  let later = row;
  for (
    let at = history.lastBefore(last, end, isOfSeries);
    at !== NO_ROW;
    at = history.lastBefore(at, end, isOfSeries)
  ) {
    const earlier = history.rows[at]!;
    const steps = later.repeats - earlier.repeats;
    const span = later.time - earlier.time;
    const interval = steps <= 1 ? span : row.marks & PROBE ? span / steps : span / (2 - 2 ** (1 - steps));
    longest = Math.max(longest, interval);
    if (earlier.repeats === 0) break;
    later = earlier;
  }
  return longest >= SHORTEST_TIMEOUT ? longest : null;
}
