import type { Ending } from '../analysis/model.js';
import type { Tally } from './tally.js';

/** How many connections ended in a way. */
export interface EndingCount {
  readonly ending: Ending;
  readonly flows: number;
}

/** Connections by their ending, the most frequent first. */
export function endingTally(): Tally<EndingCount[]> {
  const counts = new Map<Ending, number>();
  return {
    add({ ending }) {
      counts.set(ending, (counts.get(ending) ?? 0) + 1);
    },
    result: () => [...counts].map(([ending, flows]) => ({ ending, flows })).sort((a, b) => b.flows - a.flows),
  };
}
