import { TellingSegment } from '../../src/flow/history/telling-segment.js';
import { Story } from '../../src/tcp/segment-history.js';
import { SECOND } from '../../src/base/time.js';

/** What a row of a history says; frames are counted, and what is left out is 0. */
export type RowFields = Partial<Omit<TellingSegment, 'time'>> & { /** Seconds. */ readonly at: number };

/** A story made of rows by hand: for what no tape reaches. */
export function storyOf(rows: readonly RowFields[], captureEnd: number): Story {
  const story = new Story();
  story.rows.push(...rows.map(({ at, ...fields }, index) => Object.assign(new TellingSegment(), { frame: index + 1, time: at * SECOND }, fields)));
  story.count = rows.length;
  story.captureEnd = captureEnd * SECOND;
  story.survey();
  return story;
}
