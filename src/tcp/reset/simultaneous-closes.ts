import { IDLE } from '../../flow/idle-closes.js';
import type { Parting, Partings } from '../../flow/idle-closes.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { Unanswered } from './listener-aborts.js';

/** Linux closes the descriptors of a process that ends one after the other (exit_files): measured, 30 sockets in 0.3 ms, 60 in 3 ms. */
const TOGETHER: Duration = 5 * MILLISECOND;

/** So many connections beside the one in question make it no coincidence. */
const SOME = 3;

/** Sockets that a timer ends had all been idle for its time; those of a process that ends, for any: the longest at least so many times the shortest. */
const OF_ALL_AGES = 1.05;

const NOBODY = -1;

/** Stretches of time that have a chain of their own, at most. */
const MOST_BUCKETS = 1 << 20;

/** Entries gone through for one answer: far more than a moment has, unless a capture was made to have them. */
const STEPS = 4096;

/** Where a host closes idle connections all the time it had closed as many by then: so long before, and as many as in the moment itself. */
const BEFORE: Duration = SECOND;

/** What else one host closed in the same moment. */
export interface Departure {
  readonly fins: number;
  readonly resets: number;
}

/** The connections that one host ended out of idleness around one moment, and how long they had been idle. */
interface Ended extends Departure {
  readonly youngest: Duration;
  readonly oldest: Duration;
}

/** One end of a connection: the connection's first frame, the end's role, its host as `TupleTable.identity` has it, its port. */
export type Leaver = Pick<Parting, 'connection' | 'role' | 'host' | 'port'>;

/** Which connections one host ended together, out of idleness: so ends a process, whose sockets are all closed at once. */
export class Departures {
  private readonly partings: Partings;
  /** Head of a chain of entries for each stretch of time. */
  private readonly heads: Int32Array;
  private readonly links: Int32Array;
  /** Made when somebody asks. */
  private unanswered: Unanswered | null = null;
  private readonly parting: Parting = { connection: 0, role: 0, host: 0, port: 0, time: 0, idle: 0, isReset: false };

  constructor(partings: Partings) {
    this.partings = partings;
    this.heads = new Int32Array(Math.min(2 ** Math.ceil(Math.log2(partings.count + 2)), MOST_BUCKETS)).fill(NOBODY);
    this.links = new Int32Array(partings.count);
    for (let entry = 0; entry < partings.count; entry++) {
      const bucket = this.placeOf(bucketOf(partings.timeOf(entry)));
      this.links[entry] = this.heads[bucket]!;
      this.heads[bucket] = entry;
    }
  }

  /** Beside what `leaver` ended at `time`; null where nothing speaks for the end of a process. */
  beside(leaver: Leaver, time: Time): Departure | null {
    const { fins, resets, youngest, oldest } = this.endedAround(leaver, time);
    if (fins === 0 || fins + resets < SOME || oldest < youngest * OF_ALL_AGES) return null;
    const before = this.endedAround(leaver, time - BEFORE);
    return before.fins + before.resets < SOME ? { fins, resets } : null;
  }

  /** Other connections of the service of `server` that it, too, aborted at `time` without ever having sent a byte. */
  unansweredBeside(server: Leaver, time: Time): number {
    this.unanswered ??= new Unanswered(this.partings);
    return this.unanswered.around(server, time, TOGETHER);
  }

  private around(time: Time, visit: (parting: Parting) => void): void {
    let steps = 0;
    // Two stretches at most, and not counted from one to the other: a capture may have times that one more does not change.
    for (const bucket of new Set([bucketOf(time - TOGETHER), bucketOf(time + TOGETHER)])) {
      for (let entry = this.heads[this.placeOf(bucket)]!; entry !== NOBODY && steps < STEPS; entry = this.links[entry]!, steps++) {
        const at = this.partings.timeOf(entry);
        if (Math.abs(at - time) <= TOGETHER && bucketOf(at) === bucket) visit(this.partings.read(entry, this.parting));
      }
    }
  }

  private endedAround({ connection, host }: Leaver, time: Time): Ended {
    const ended = { fins: 0, resets: 0, youngest: Infinity, oldest: 0 };
    const counted = new Set<number>();
    this.around(time, (parting) => {
      const end = parting.connection * 2 + parting.role;
      if (parting.host !== host || parting.connection === connection || parting.idle < IDLE || counted.has(end)) return;
      counted.add(end);
      if (parting.isReset) ended.resets++;
      else ended.fins++;
      ended.youngest = Math.min(ended.youngest, parting.idle);
      ended.oldest = Math.max(ended.oldest, parting.idle);
    });
    return ended;
  }

  private placeOf(bucket: number): number {
    return bucket & (this.heads.length - 1);
  }
}

function bucketOf(time: Time): number {
  return Math.floor(time / (2 * TOGETHER));
}
