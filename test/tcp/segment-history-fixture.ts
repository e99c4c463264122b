import { TellingSegment } from '../../src/flow/history/telling-segment.js';
import { SegmentHistory } from '../../src/tcp/segment-history.js';
import { SECOND } from '../../src/base/time.js';

/** What a row of a history says; frames are counted, and what is left out is 0. */
export type RowFields = Partial<Omit<TellingSegment, 'time'>> & { /** Seconds. */ readonly at: number };

/** A history made of rows by hand: for what no tape reaches. */
export function storyOf(rows: readonly RowFields[], captureEnd: number): SegmentHistory {
  const history = new SegmentHistory();
  history.rows.push(
    ...rows.map(({ at, ...fields }, index) =>
      Object.assign(new TellingSegment(), { frame: index + 1, time: at * SECOND }, fields),
    ),
  );
  history.count = rows.length;
  history.captureEnd = captureEnd * SECOND;
  history.scan();
  return history;
}
