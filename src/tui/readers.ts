import type { Analysis, AnalysisOptions } from '../analysis/model.js';
import type { readLadder } from '../reread/ladder.js';
import type { readPacketsAround } from '../reread/packets-around.js';

/** Segments of a flow that are shown: of one that goes on for hours the first and the last ones. Some 40 MB. */
export const MOST_SEGMENTS = 100_000;

/** The pipeline that the screen shows; replaced in tests. */
export interface Readers {
  readonly analyze: (paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>;
  readonly readLadder: typeof readLadder;
  readonly readPacketsAround: typeof readPacketsAround;
}
