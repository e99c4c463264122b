import type { Attempts } from '../tcp/attempts.js';
import { LossTally } from '../flow/loss.js';
import type { Endings, Standings } from '../tcp/endings.js';
import type { Evicted } from './discount.js';
import type { FindingIndex } from './finding-index.js';
import type { Finding, Group } from './index.js';
import type { Overall } from './service-detector.js';

/** What was found of single connections: in order of these, with no two lists of one connection. */
export interface Found {
  readonly findings: readonly Finding[];
  /** How all connections ended, and how those that have findings. */
  readonly endings: Endings;
  readonly endingsOfFound: Endings;
  /** What the capture lost of them. */
  readonly loss: LossTally;
  /** What is to be thought of all connections. */
  readonly standings: Standings;
  /** Rows of attempts to connect that nobody answered, where nothing else is told of them. */
  readonly unanswered: readonly number[];
  /** Rows of attempts so young that an answer may come yet. */
  readonly young: readonly number[];
  /** Rows of attempts that were answered, but went no further. */
  readonly unacknowledged: readonly number[];
}

/** What is known of connections that are no longer kept. */
export interface Past {
  /** How often this was found by the server's doing at a service. */
  readonly found: Overall['forgotten'];
  /** Those that nobody answered. */
  readonly attempts: readonly Attempts[];
  /** What was to be thought of all of them. */
  readonly standings: readonly Standings[];
  /** How many there were, what the capture lost of them, and what was found of them. */
  readonly count: number;
  readonly loss: LossTally;
  readonly evicted: readonly Evicted[];
}

export const NO_PAST: Past = {
  found: () => 0, attempts: [], standings: [], count: 0, loss: new LossTally(), evicted: [],
};

/** What was found in a whole capture, with what only many connections together show. */
export interface FoundOfAll extends Omit<Found, 'unanswered' | 'young' | 'unacknowledged'> {
  /** Which of `findings` a connection has. */
  readonly index: Pick<FindingIndex, 'has' | 'isTold' | 'of' | 'crowdOf'>;
  readonly groups: readonly Group[];
  /**
   * Groups of connections that are no longer kept; how many of these turned out to be faulty, less those that did not.
   */
  readonly forgotten: readonly Group[];
  readonly forgottenFaulty: number;
}
