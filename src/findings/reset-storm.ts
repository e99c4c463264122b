import { ACK, RST, SYN } from '../decode/segment.js';
import { FOREIGN, REPEAT } from '../flow/history/telling-segment.js';
import { ROLES } from '../tcp/fold.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { formatDuration, MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Detector } from './detector.js';

/**
 * RSTs that are answered in turn before that is a storm: a stack limits its challenges to a few a second (RFC 5961 §7;
 * tcp_invalid_ratelimit).
 */
const STORM = 5;

/** An answer that comes at once. */
const AT_ONCE: Duration = 5 * MILLISECOND;

/** RSTs and the segments that answer them, round and round. */
export const resetStorm: Detector<'reset-storm', ''> = {
  id: 'reset-storm',
  title: 'Storm of RSTs',
  rfc: 'RFC 9293 §3.10.7.4, RFC 5961 §3.2, §7',
  severities: { '': 'info' },
  advice: {
    '': [
      'Whoever answers RSTs is at fault: outside its window it has to drop them in silence (RFC 9293 §3.10.7.4), ' +
        'in the window it may challenge them, but only a few a second (RFC 5961 §7). Update the stack of the ' +
        'device.',
    ],
  },
  detect({ history }) {
    const seen = storm(history);
    if (seen === null) return [];
    const { talker, first, last, answers } = seen;
    const sender = ROLES[talker];
    const answerer = ROLES[1 - talker]!;
    const [from, to] = [history.rows[first]!, history.rows[last]!];
    const { resets } = history.ends[talker];
    return [{
      cause: null, confidence: 'likely', role: answerer, start: from.time, end: to.time, frames: [from.frame, to.frame],
      message: `${resets} RSTs of the ${sender} in ${formatDuration(Math.max(0, to.time - from.time))} s, from frame ` +
        `${from.frame} on: the ${answerer} answers each by a segment that draws the next, where it should drop a ` +
        `RST that is outside its window, and challenge one inside it only a few times a second.`,
      evidence: { resets, answers },
    }];
  },
};

/**
 * The end whose RSTs are answered in turn, by whatever but a RST; between which rows, and how often. Null where there
 * is no such storm.
 */
export function storm(
  history: SegmentHistory,
): { readonly talker: 0 | 1; readonly first: number; readonly last: number; readonly answers: number } | null {
  for (const talker of [0, 1] as const) {
    if (history.ends[talker].resets < STORM) continue;
    let [first, last, answers] = [-1, -1, 0];
    let pending = -1;
    for (let i = 0; i < history.count; i++) {
      const row = history.rows[i]!;
      if (row.marks & FOREIGN) continue;
      if (row.talker === talker) {
        pending = row.flags & RST ? i : -1;
        continue;
      }
      if (
        pending < 0 || (row.flags & (RST | SYN | ACK)) !== ACK ||
        // New data was under way: each segment of a download that is aborted draws its own RST.
        (row.length > 0 && !(row.marks & REPEAT)) ||
        row.time - history.rows[pending]!.time > history.ends[1 - talker]!.reach * 1.5 + AT_ONCE
      )
        continue;
      if (answers === 0) first = pending;
      answers++;
      last = i;
      pending = -1;
    }
    if (answers >= STORM) return { talker, first, last, answers };
  }
  return null;
}
