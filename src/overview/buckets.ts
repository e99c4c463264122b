import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';

/** A span of durations: `from` included, `to` excluded; the last one has no end (Infinity). */
export interface Bucket {
  readonly from: Duration;
  readonly to: Duration;
}

/**
 * Edges that people think in. Among them are the limits that matter to an ending: 5 s (a slow answer) and the lengths
 * that systems give TIME-WAIT and FIN-WAIT-2 (30 s, 1, 2, 4 and 10 min).
 */
const EDGES: readonly Duration[] = [
  0, MILLISECOND, 10 * MILLISECOND, 100 * MILLISECOND,
  ...[1, 5, 15, 30, 60, 120, 240, 600, 3600].map((seconds) => seconds * SECOND), Infinity,
];

export const BUCKETS: readonly Bucket[] = EDGES.slice(1).map((to, index) => ({ from: EDGES[index]!, to }));

/** Index of the bucket that `duration` falls into. A negative one (a clock that was set back) counts as none. */
export function bucketOf(duration: Duration): number {
  return Math.max(BUCKETS.findIndex(({ to }) => duration < to), 0);
}
