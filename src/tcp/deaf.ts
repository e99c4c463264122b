import { FIN, RST, SYN } from '../decode/segment.js';
import { isAfter } from '../flow/sequence.js';
import { PROBE, REPEAT } from '../flow/history/telling-segment.js';
import { SHORTEST_TIMEOUT } from './give-up.js';
import { NO_ROW } from './segment-history.js';
import type { SegmentHistory } from './segment-history.js';

/** Segments in a row that come again though they were answered, before that is more than a lost answer or two. */
const IN_A_ROW = 3;

/** A keepalive that hears nothing asks at least so many times as often as one that hears answers. */
const HASTE = 5;

/**
 * The last row in which `end` asked or sent again in vain, though its peer had answered as the tap saw it; NO_ROW if it
 * heard the answers.
 *
 * Data comes again no sooner than a retransmission timer fires (RFC 6298 §2.4; TCP_RTO_MIN), and later than the answer
 * would have arrived. A keepalive that hears an answer waits its whole time before it asks again, one that hears none
 * its interval only (tcp_keepalive_timer; KeepAliveTime and KeepAliveInterval of Windows).
 */
export function hearsNoAnswers(history: SegmentHistory, end: 0 | 1): number {
  const { deaf, deafSince, reach } = history.ends[end];
  if (deaf < IN_A_ROW) return NO_ROW;
  const last = history.lastBefore(
    history.count, end,
    ({ marks, flags, length }) =>
      (marks & REPEAT) !== 0 && (flags & (FIN | SYN)) === 0 && (length > 0 || (marks & PROBE) !== 0),
  );
  if (last === NO_ROW || hearsLater(history, last)) return NO_ROW;
  const { time, marks, sequence, length } = history.rows[last]!;
  const answer = history.firstAcknowledging(1 - end, (sequence + length) | 0);
  if (answer === NO_ROW || answer > last) return NO_ROW;
  const apart = (time - deafSince) / (deaf - 1);
  if (apart < Math.max(SHORTEST_TIMEOUT, reach * 1.5)) return NO_ROW;
  if (!(marks & PROBE)) return last;
  let before = -Infinity;
  for (let i = 0; i < history.count && history.rows[i]!.time < deafSince - SHORTEST_TIMEOUT; i++)
    before = history.rows[i]!.time;
  return deafSince - before >= apart * HASTE && before > -Infinity ? last : NO_ROW;
}

/** Whether the talker of row `at` went on behind it, with something new to say or having heard something new. */
function hearsLater(history: SegmentHistory, at: number): boolean {
  const { talker, acknowledgment } = history.rows[at]!;
  return (
    history.firstAfter(
      at, talker,
      (row) =>
        !(row.flags & RST) &&
        ((row.length > 0 && !(row.marks & REPEAT)) || isAfter(row.acknowledgment, acknowledgment)),
    ) !== NO_ROW
  );
}
