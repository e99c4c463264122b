import type { Analysis, Connection, Duration, Time } from '../analysis/model.js';
import { timers } from '../tcp/profiles.js';
import { BUCKETS, type Bucket, bucketOf } from './buckets.js';
import { ROLES, type Tally } from './tally.js';

/**
 * How a five-tuple came to be used again after TIME-WAIT: `accepted`, `collision` or `dropped` while it lasted (the
 * causes of the finding `time-wait-reuse`), `later` once it was over, `unknown` where nothing shows whether it was.
 */
export const REUSE_OUTCOMES = ['accepted', 'collision', 'dropped', 'later', 'unknown'] as const;
export type ReuseOutcome = (typeof REUSE_OUTCOMES)[number];

/** How many five-tuples came again after so long. */
export interface ReuseBucket extends Bucket, Readonly<Record<ReuseOutcome, number>> {
  readonly total: number;
}

/** Intervals between the beginning of TIME-WAIT and the next connection on the same five-tuple. */
export interface Reuse {
  /** Connections on a five-tuple that had been in TIME-WAIT. */
  readonly total: number;
  /** Reuses that came before TIME-WAIT was over. */
  readonly early: number;
  /** Without the empty buckets behind the longest interval or TIME-WAIT, whichever is longer. */
  readonly buckets: readonly ReuseBucket[];
  /** Lengths of TIME-WAIT that applied, shortest first: an option's, or of the holders' systems. */
  readonly timeWaits: readonly Duration[];
}

/** Who was in TIME-WAIT at the end of a connection, and since when. */
interface Holder {
  readonly address: string;
  readonly since: Time;
}

/** Hears of each reuse, in which bucket it is counted, and as what. */
export type NoteReuse = (connection: Connection, bucket: Bucket, outcome: ReuseOutcome) => void;

export function reuseTally(
  analysis: Pick<Analysis, 'hosts' | 'options' | 'findingsOf'>, note?: NoteReuse,
): Tally<Reuse> {
  const timeWaitOf = timeWaits(analysis);
  // A connection's predecessor has a smaller id: it has passed before.
  const holders = new Map<number, Holder>();
  const counts = BUCKETS.map(() => ({ accepted: 0, collision: 0, dropped: 0, later: 0, unknown: 0, total: 0 }));
  const lengths = new Set<Duration>();
  let total = 0;
  let early = 0;
  return {
    add(connection) {
      const holder = holderOf(connection);
      if (holder !== null) holders.set(connection.id, holder);
      const before = connection.previous === null ? undefined : holders.get(connection.previous);
      if (before === undefined) return;
      const interval = connection.start - before.since;
      const length = timeWaitOf(before.address);
      const bucket = bucketOf(interval);
      const count = counts[bucket]!;
      const told = outcome(analysis, connection, interval, length);
      note?.(connection, BUCKETS[bucket]!, told);
      count[told] += 1;
      count.total += 1;
      total += 1;
      if (interval < length) early += 1;
      lengths.add(length);
    },
    result() {
      const timeWaits = [...lengths].sort((a, b) => a - b);
      const longest = Math.max(counts.findLastIndex(({ total }) => total > 0), ...timeWaits.map(bucketOf));
      return {
        total, early, timeWaits,
        buckets: BUCKETS.slice(0, longest + 1).map((bucket, index) => ({ ...bucket, ...counts[index]! })),
      };
    },
  };
}

/** The end that entered TIME-WAIT; after a simultaneous close, in which both did, the later one. */
function holderOf(connection: Connection): Holder | null {
  let holder: Holder | null = null;
  for (const role of ROLES) {
    const entry = connection.states[role].find(({ state }) => state === 'TIME-WAIT');
    if (entry !== undefined && (holder === null || entry.time > holder.since))
      holder = { address: connection[role].address, since: entry.time };
  }
  return holder;
}

function outcome(
  analysis: Pick<Analysis, 'findingsOf'>, connection: Connection, interval: Duration, length: Duration,
): ReuseOutcome {
  for (const finding of analysis.findingsOf(connection.id)) {
    if (finding.id !== 'time-wait-reuse') continue;
    const told = REUSE_OUTCOMES.find((name) => name === finding.cause);
    if (told !== undefined) return told;
  }
  return interval >= length ? 'later' : 'unknown';
}

/** The length of TIME-WAIT at a host, as the analysis took it. */
function timeWaits({ hosts, options }: Pick<Analysis, 'hosts' | 'options'>): (address: string) => Duration {
  const profiles = new Map(hosts.map(({ address, profile }) => [address, profile]));
  return (address) => options.timeWait ?? timers[profiles.get(address) ?? options.profile ?? 'linux'].timeWait;
}
