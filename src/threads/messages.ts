import type { Guesses, Part } from '../conclusion.js';
import type { Found } from '../findings/find-all.js';
import type { Beginnings } from '../flow/beginnings.js';
import type { Partings } from '../flow/partings.js';
import type { AnalysisOptions } from '../model.js';

/** What a thread is started with. */
export interface Task {
  readonly paths: readonly string[];
  readonly options: AnalysisOptions;
  /** Which share of the connections is its own, of how many. */
  readonly index: number;
  readonly count: number;
  /** `Pace.shared`. */
  readonly pace: SharedArrayBuffer;
}

/** What it says once it has read everything: what others must know to number and judge their connections. */
export interface Learned {
  /** Packets read: as many as the leader read, unless a file was changed meanwhile. */
  readonly packets: number;
  readonly guesses: Guesses;
  readonly beginnings: Beginnings;
  readonly openings: Beginnings;
  readonly partings: Partings;
}

/** What it is told then, of all threads together. */
export type Shared = Omit<Learned, 'packets'>;

/** What it says at last. */
export interface Judged {
  readonly part: Part;
  readonly found: Found;
}
