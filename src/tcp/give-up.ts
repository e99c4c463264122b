import { FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN, PROBE } from '../flow/telling-segment.js';
import type { TellingSegment } from '../flow/telling-segment.js';
import { MILLISECOND, SECOND } from '../time.js';
import type { Duration, Time } from '../time.js';
import { NOWHERE } from './story.js';
import type { Story } from './story.js';

/** TCP_RTO_MAX (include/net/tcp.h); RFC 6298 §2.5 allows 60 s and more. */
const LONGEST_TIMEOUT: Duration = 120 * SECOND;

/** TCP_RTO_MIN (include/net/tcp.h); RFC 6298 §2.4 asks for a second. */
export const SHORTEST_TIMEOUT: Duration = 200 * MILLISECOND;

/** A timer that fires late by this much, or a tenth of its length, is late by the host's load only. */
const SLACK: Duration = 50 * MILLISECOND;

/**
 * When `end` must have given up, in silence: its retransmissions had a rhythm, and the next one never came.
 *
 * Linux ends a socket that ran out of retries by `tcp_write_err`, which sends nothing. Each timeout doubles the last
 * (RFC 6298 §5.5); keepalive probes keep their interval (RFC 9293 §3.8.4). Answers null where the capture ends before the
 * next one was due, where the peer answered, or where nothing was sent twice. `ignored`: rows of RSTs that do not reach it, and answer nothing.
 */
export function givesUpAt(story: Story, end: number, ignored?: ReadonlySet<number>): Time | null {
  const last = lastSaid(story, end, ignored);
  if (last === NOWHERE) return null;
  const row = story.rows[last]!;
  if (row.repeats === 0 || row.flags & RST) return null;
  const interval = lastInterval(story, end, last);
  if (interval === null) return null;
  const next = row.time + (row.marks & PROBE ? interval : Math.min(2 * interval, LONGEST_TIMEOUT));
  return story.captureEnd > next + SLACK + interval * 0.1 ? next : null;
}

/** The last row of all, if `end` said it: nobody answered. What it answers to another incarnation (RFC 5961 §4.2) stops no timer. */
function lastSaid(story: Story, end: number, ignored?: ReadonlySet<number>): number {
  for (let i = story.count - 1; i >= 0; i--) {
    const row = story.rows[i]!;
    if (row.marks & FOREIGN || answersForeign(story, i) || ignored?.has(i)) continue;
    return row.talker === end ? i : NOWHERE;
  }
  return NOWHERE;
}

/** Whether row `at` is a bare acknowledgment right behind what another incarnation sent to its talker. */
function answersForeign(story: Story, at: number): boolean {
  const { talker, flags, length, repeats } = story.rows[at]!;
  const before = story.rows[at - 1];
  return before !== undefined && (before.marks & FOREIGN) !== 0 && before.talker !== talker && length === 0 && repeats === 0 && (flags & (SYN | FIN | RST)) === 0;
}

/**
 * The longest time between two transmissions: of a series that doubles, the last. What comes sooner is no timeout: a fast
 * retransmission, a tail loss probe, or the same packet captured twice. Of a long series the history holds the first and the
 * last, and the doubling gives the rest.
 */
function lastInterval(story: Story, end: number, last: number): Duration | null {
  const row = story.rows[last]!;
  const bits = row.flags & (FIN | SYN);
  const isOfSeries = (earlier: TellingSegment): boolean => (bits ? (earlier.flags & bits) === bits : earlier.repeats > 0 || (earlier.length > 0 && earlier.sequence === row.sequence));
  let longest = 0;
  let later = row;
  for (let at = story.lastBefore(last, end, isOfSeries); at !== NOWHERE; at = story.lastBefore(at, end, isOfSeries)) {
    const earlier = story.rows[at]!;
    const steps = later.repeats - earlier.repeats;
    const span = later.time - earlier.time;
    const interval = steps <= 1 ? span : row.marks & PROBE ? span / steps : span / (2 - 2 ** (1 - steps));
    longest = Math.max(longest, interval);
    if (earlier.repeats === 0) break;
    later = earlier;
  }
  return longest >= SHORTEST_TIMEOUT ? longest : null;
}
