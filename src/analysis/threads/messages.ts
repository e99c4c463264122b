import type { Guesses, PartitionResult } from '../build-analysis.js';
import type { Found } from '../../findings/find-all.js';
import type { FirstFrames } from '../../flow/identity/first-frames.js';
import type { Coverage } from '../../flow/coverage.js';
import type { IdleCloses } from '../../flow/idle-closes.js';
import type { AnalysisOptions } from '../model.js';
import type { BlockRingMemory } from './block-ring.js';
import type { FindingColumns } from './finding-columns.js';

/** What a thread is started with. */
export interface Task {
  readonly options: AnalysisOptions;
  /** Which share of the connections is its own, of how many. */
  readonly index: number;
  readonly count: number;
  readonly ring: BlockRingMemory;
}

/** What it says once it has seen everything: what others must know to number and judge their connections. */
export interface PartitionFacts {
  readonly guesses: Guesses;
  readonly firstFrames: FirstFrames;
  readonly openings: FirstFrames;
  readonly idleCloses: IdleCloses;
  readonly coverage: Coverage;
}

/** What it is told then: the same of all threads together. */
export type SharedFacts = PartitionFacts;

/** What it says at last. */
export interface PartitionFindings {
  readonly part: PartitionResult;
  readonly found: Omit<Found, 'findings'> & { readonly findings: FindingColumns };
}
