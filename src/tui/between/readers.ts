import type { betweenAnalyses, readPairLadder } from '../../between/between.js';
import type { Analysis, AnalysisOptions, LadderRow } from '../../analysis/model.js';
import type { LadderOptions } from '../../reread/ladder.js';
import type { ConnectionId } from '../../base/numbers.js';

/** The pipeline that the screen of both ends shows; replaced in tests. */
export interface TapReaders {
  readonly analyze: (paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>;
  readonly betweenAnalyses: typeof betweenAnalyses;
  readonly readPairLadder: typeof readPairLadder;
  readonly readLadder: (analysis: Analysis, flow: ConnectionId, options: LadderOptions) => Promise<LadderRow[]>;
}
