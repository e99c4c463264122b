import type { Address, Analysis, Connection, Duration, Time } from '../analysis/model.js';
import { BUCKETS, type Bucket, bucketOf } from './buckets.js';
import { type CloseWaitEnd, closeWaits } from './close-waits.js';
import type { ReuseOutcome } from './reuse.js';

/** When what the other parts of an overview count began: a number for each of equal stretches of the capture's time. */
export interface Course {
  /** Begin of the first stretch, and length of all stretches together. */
  readonly from: Time;
  readonly lasting: Duration;
  readonly stretches: number;
  /** By the name that `ageName`, `resetName` or `reuseName` gives it; nothing of what never happened. */
  readonly counts: ReadonlyMap<string, Uint32Array>;
}

/** So many stays in CLOSE-WAIT of a bucket of `Ages`, by how they ended: each when it began. */
export function ageName({ from }: Bucket, end: CloseWaitEnd): string {
  return `age ${from} ${end}`;
}

/** So many connections to a service that saw a RST of a cause: each when it first saw one. */
export function resetName({ address, port }: Address, cause: string): string {
  return `reset ${address} ${port} ${cause}`;
}

/** So many reuses of a bucket of `Reuse`, by their outcome: each when the later connection began. */
export function reuseName({ from }: Bucket, outcome: ReuseOutcome): string {
  return `reuse ${from} ${outcome}`;
}

/** Gathers a course while connections pass by; `note` adds what others find out. */
export class CourseTally {
  private readonly counts = new Map<string, Uint32Array>();
  private readonly from: Time;
  private readonly span: Duration;
  private readonly stretches: number;

  constructor({ first, last }: Pick<Analysis['capture'], 'first' | 'last'>, stretches: number) {
    this.from = first ?? 0;
    this.span = Math.max((last ?? 0) - this.from, 0);
    this.stretches = stretches;
  }

  add(connection: Connection): void {
    const { server, resets } = connection;
    for (const { since, age, end } of closeWaits(connection)) this.note(since, ageName(BUCKETS[bucketOf(age)]!, end));
    const causes = new Set<string>();
    for (const { cause, time } of resets) {
      if (cause === 'echo' || cause === 'refused' || causes.has(cause)) continue;
      causes.add(cause);
      this.note(time, resetName(server, cause));
    }
  }

  note(time: Time, name: string): void {
    let counts = this.counts.get(name);
    if (counts === undefined) this.counts.set(name, (counts = new Uint32Array(this.stretches)));
    const at = this.span === 0 ? 0 : Math.floor(((time - this.from) / this.span) * this.stretches);
    counts[Math.min(Math.max(at, 0), this.stretches - 1)]! += 1;
  }

  result(): Course {
    return { from: this.from, lasting: this.span, stretches: this.stretches, counts: this.counts };
  }
}
