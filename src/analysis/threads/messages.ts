import type { Guesses, Part } from '../build-analysis.js';
import type { Found } from '../../findings/find-all.js';
import type { Beginnings } from '../../flow/identity/first-frames.js';
import type { Partings } from '../../flow/idle-closes.js';
import type { AnalysisOptions } from '../model.js';
import type { BeltMemory } from './block-ring.js';
import type { FindingColumns } from './finding-columns.js';

/** What a thread is started with. */
export interface Task {
  readonly options: AnalysisOptions;
  /** Which share of the connections is its own, of how many. */
  readonly index: number;
  readonly count: number;
  readonly belt: BeltMemory;
}

/** What it says once it has seen everything: what others must know to number and judge their connections. */
export interface Learned {
  readonly guesses: Guesses;
  readonly beginnings: Beginnings;
  readonly openings: Beginnings;
  readonly partings: Partings;
}

/** What it is told then: the same of all threads together. */
export type Shared = Learned;

/** What it says at last. */
export interface Judged {
  readonly part: Part;
  readonly found: Omit<Found, 'findings'> & { readonly findings: FindingColumns };
}
