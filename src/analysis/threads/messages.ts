import type { AnalysisOptions } from '../model.js';
import type { Found } from '../../findings/found.js';
import type { Transfer } from '../../packing/transfer.js';
import type { BlockRingMemory } from './block-ring.js';
import type { FindingColumns } from './finding-columns.js';

/** What a thread is started with. */
export interface Task {
  readonly options: AnalysisOptions;
  /** Index of the thread's share of the connections, and the number of shares. */
  readonly index: number;
  readonly count: number;
  readonly ring: BlockRingMemory;
}

/**
 * What a thread says once it has seen everything, and what it is told then of all threads together: a
 * `PartitionFacts`, packed.
 */
export type FactsMessage = Transfer;

/** What it says at last. */
export interface PartitionFindings extends Pick<Found, 'unanswered' | 'young' | 'unacknowledged'> {
  /** A `PartitionResult`. */
  readonly part: Transfer;
  readonly findings: FindingColumns;
  /** `Endings` of all its connections, and of those that have findings; their `Standings`, and a `LossTally`. */
  readonly counts: Transfer;
}
