import { IDLE } from '../../flow/idle-closes.js';
import type { IdleClose, IdleCloses } from '../../flow/idle-closes.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { ListenerAborts } from './listener-aborts.js';

/**
 * Linux closes the descriptors of a process that ends one after the other (exit_files): measured, 30 sockets in 0.3 ms,
 * 60 in 3 ms.
 */
const TOGETHER: Duration = 5 * MILLISECOND;

/** So many connections beside the one in question make it no coincidence. */
const SOME = 3;

/**
 * Sockets that a timer ends had all been idle for its time; those of a process that ends, for any: the longest at least
 * so many times the shortest.
 */
const OF_ALL_AGES = 1.05;

const NO_ENTRY = -1;

/** Stretches of time that have a chain of their own, at most. */
const MOST_BUCKETS = 1 << 20;

/** Entries gone through for one answer: far more than a moment has, unless a capture was made to have them. */
const STEPS = 4096;

/**
 * Where a host closes idle connections all the time it had closed as many by then: so long before, and as many as in
 * the moment itself.
 */
const BEFORE: Duration = SECOND;

/** What else one host closed in the same moment. */
export interface SimultaneousClose {
  readonly fins: number;
  readonly resets: number;
}

/** The connections that one host ended out of idleness around one moment, and how long they had been idle. */
interface Ended extends SimultaneousClose {
  readonly youngest: Duration;
  readonly oldest: Duration;
}

/**
 * One end of a connection: the connection's first frame, the end's role, its host as `TupleTable.identity` has it, its
 * port.
 */
export type ClosingEnd = Pick<IdleClose, 'connection' | 'role' | 'host' | 'port'>;

/**
 * Which connections one host ended together, out of idleness: so ends a process, whose sockets are all closed at once.
 */
export class SimultaneousCloses {
  private readonly idleCloses: IdleCloses;
  /** Head of a chain of entries for each stretch of time. */
  private readonly heads: Int32Array;
  private readonly links: Int32Array;
  /** Made when somebody asks. */
  private listenerAborts: ListenerAborts | null = null;
  private readonly idleClose: IdleClose = {
    connection: 0, role: 0, host: 0, port: 0, time: 0, idle: 0, isReset: false,
  };

  constructor(idleCloses: IdleCloses) {
    this.idleCloses = idleCloses;
    this.heads = new Int32Array(Math.min(2 ** Math.ceil(Math.log2(idleCloses.count + 2)), MOST_BUCKETS)).fill(NO_ENTRY);
    this.links = new Int32Array(idleCloses.count);
    for (let entry = 0; entry < idleCloses.count; entry++) {
      const bucket = this.placeOf(bucketOf(idleCloses.timeOf(entry)));
      this.links[entry] = this.heads[bucket]!;
      this.heads[bucket] = entry;
    }
  }

  /** Beside what `closingEnd` ended at `time`; null where nothing speaks for the end of a process. */
  beside(closingEnd: ClosingEnd, time: Time): SimultaneousClose | null {
    const { fins, resets, youngest, oldest } = this.endedAround(closingEnd, time);
    if (fins === 0 || fins + resets < SOME || oldest < youngest * OF_ALL_AGES) return null;
    const before = this.endedAround(closingEnd, time - BEFORE);
    return before.fins + before.resets < SOME ? { fins, resets } : null;
  }

  /** Other connections of the service of `server` that it, too, aborted at `time` without ever having sent a byte. */
  listenerAbortsBeside(server: ClosingEnd, time: Time): number {
    this.listenerAborts ??= new ListenerAborts(this.idleCloses);
    return this.listenerAborts.around(server, time, TOGETHER);
  }

  /** Whether the service at `server` completed a handshake after `time`. */
  servedLater({ host, port }: ClosingEnd, time: Time): boolean {
    return this.idleCloses.listeners.lastHandshake(host, port) > time;
  }

  /** Whether the service at `server` answered a connection that began after `time`. */
  answeredLater({ host, port }: ClosingEnd, time: Time): boolean {
    return this.idleCloses.listeners.lastAnswered(host, port) > time;
  }

  /** Whether the service at `server` answered another connection than the one that began at `start`. */
  answeredOther({ host, port }: ClosingEnd, start: Time): boolean {
    const { listeners } = this.idleCloses;
    return listeners.answers(host, port) > (listeners.lastAnswered(host, port) === start ? 1 : 0);
  }

  private around(time: Time, visit: (idleClose: IdleClose) => void): void {
    let steps = 0;
    // Two stretches at most, and not counted from one to the other: a capture may have times that one more does not
    // change.
    for (const bucket of new Set([bucketOf(time - TOGETHER), bucketOf(time + TOGETHER)])) {
      for (
        let entry = this.heads[this.placeOf(bucket)]!;
        entry !== NO_ENTRY && steps < STEPS;
        entry = this.links[entry]!, steps++
      ) {
        const at = this.idleCloses.timeOf(entry);
        if (Math.abs(at - time) <= TOGETHER && bucketOf(at) === bucket)
          visit(this.idleCloses.read(entry, this.idleClose));
      }
    }
  }

  private endedAround({ connection, host }: ClosingEnd, time: Time): Ended {
    const ended = { fins: 0, resets: 0, youngest: Infinity, oldest: 0 };
    const counted = new Set<number>();
    this.around(time, (idleClose) => {
      const end = idleClose.connection * 2 + idleClose.role;
      if (idleClose.host !== host || idleClose.connection === connection || idleClose.idle < IDLE || counted.has(end))
        return;
      counted.add(end);
      if (idleClose.isReset) ended.resets++;
      else ended.fins++;
      ended.youngest = Math.min(ended.youngest, idleClose.idle);
      ended.oldest = Math.max(ended.oldest, idleClose.idle);
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
