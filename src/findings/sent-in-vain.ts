import { PROBE, REPEAT } from '../flow/history/telling-segment.js';
import type { End } from '../base/numbers.js';
import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { SHORTEST_TIMEOUT } from '../tcp/give-up.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';

/** Retransmissions in a row without an answer before silence is more than a lost packet or two. */
export const UNANSWERED = 3;

/**
 * In which data is sent so often again, by a timer that begins with a second and doubles (RFC 6298 §2.1, §5.5); Linux
 * begins with less.
 */
export const THREE_TIMEOUTS: Duration = 7 * SECOND;

/** So many timeouts take as long at least, each twice the last (RFC 6298 §5.5). */
const LEAST: Duration = SHORTEST_TIMEOUT * (2 ** UNANSWERED - 1);

/** How often one end had sent the same data, and over what time. */
export interface SentInVain {
  readonly times: number;
  readonly lasted: Duration;
}

/**
 * What `talker` had sent again and again before row `until`, and its peer had not acknowledged when it was sent for the
 * last time: nothing came through until then. Null where there is none.
 */
export function sentInVain(history: SegmentHistory, talker: End, until: number): SentInVain | null {
  const last = history.lastBefore(
    until, talker, ({ length, marks }) => length > 0 && (marks & (REPEAT | PROBE)) === REPEAT,
  );
  if (last === NO_ROW || history.rows[last]!.repeats < UNANSWERED) return null;
  const { sequence, length, repeats, time } = history.rows[last]!;
  const acknowledged = history.firstAcknowledging(1 - talker, (sequence + length) | 0);
  if (acknowledged !== NO_ROW && acknowledged < last) return null;
  const first = history.lastBefore(
    last, talker, (row) => row.sequence === sequence && row.length > 0 && !(row.marks & REPEAT),
  );
  if (first === NO_ROW || time - history.rows[first]!.time < LEAST) return null;
  return { times: repeats + 1, lasted: time - history.rows[first]!.time };
}
