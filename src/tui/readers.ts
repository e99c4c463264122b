import type { Analysis, AnalysisOptions } from '../analysis/model.js';
import type { readLadder } from '../reread/ladder.js';
import type { readNeighbourhood } from '../reread/packets-around.js';

/** The pipeline that the screen shows; replaced in tests. */
export interface Pipeline {
  readonly analyze: (paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>;
  readonly readLadder: typeof readLadder;
  readonly readNeighbourhood: typeof readNeighbourhood;
}
