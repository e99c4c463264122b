import { SECOND } from '../base/time.js';
import { BUCKETS, type Bucket, bucketOf } from './buckets.js';
import { type CloseWaitEnd, closeWaits } from './close-waits.js';
import type { Tally } from './tally.js';

/** How many stays in CLOSE-WAIT lasted so long, by how they ended. */
export interface AgeBucket extends Bucket, Readonly<Record<CloseWaitEnd, number>> {
  readonly total: number;
}

/** How long sockets were in CLOSE-WAIT. */
export interface Ages {
  /** All stays, short and long. */
  readonly total: number;
  /** Stays of less than a second: the everyday answer to a FIN. They are not in `buckets`. */
  readonly brief: number;
  /** Stays of a second and more. */
  readonly long: number;
  /** From one second on; the same ones for every capture, so that two can be compared. */
  readonly buckets: readonly AgeBucket[];
}

const FIRST = bucketOf(SECOND);

/** Distribution of the ages of CLOSE-WAIT, on either side. */
export function ageTally(): Tally<Ages> {
  const counts = BUCKETS.map(() => ({ closed: 0, killed: 0, lasting: 0, total: 0 }));
  return {
    add(connection) {
      for (const { age, end } of closeWaits(connection)) {
        const count = counts[bucketOf(age)]!;
        count[end] += 1;
        count.total += 1;
      }
    },
    result() {
      const all = BUCKETS.map((bucket, index) => ({ ...bucket, ...counts[index]! }));
      const buckets = all.slice(FIRST);
      return { total: sum(all), brief: sum(all.slice(0, FIRST)), long: sum(buckets), buckets };
    },
  };
}

function sum(buckets: readonly AgeBucket[]): number {
  return buckets.reduce((sum, { total }) => sum + total, 0);
}
