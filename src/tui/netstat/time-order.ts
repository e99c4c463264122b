import type { Time } from '../../analysis/model.js';

/** Stretches of equal length that the capture's time is cut into: 64 rows each where it has four million. */
const BUCKETS = 65_536;
/** Rows taken in by one call of `advance`: about a millisecond. */
const STEP = 65_536;

/**
 * Rows by the stretch of time that they fall into, so that those between two moments are found without looking at all.
 * Rows of one stretch are in no order; where all fall into one, a look-up is a pass over all.
 */
export class TimeOrder {
  readonly #times: Float64Array;
  readonly #first: Time;
  readonly #scale: number;
  /** Where the rows of each bucket begin in `#rows`, and one more for the end. */
  readonly #begin = new Uint32Array(BUCKETS + 1);
  readonly #rows: Uint32Array;
  /** Rows of each bucket that stand in `#rows` already. */
  readonly #placed = new Uint32Array(BUCKETS);
  #counted = 0;
  #next = 0;

  /** `times` may not change any more. Call `advance` until it answers true before anything else. */
  constructor(times: Float64Array, first: Time, last: Time) {
    this.#times = times;
    this.#first = first;
    this.#scale = last > first ? BUCKETS / (last - first) : 0;
    this.#rows = new Uint32Array(times.length);
  }

  /** Takes in some more rows; true when all have their place. */
  advance(): boolean {
    if (this.#counted < this.#times.length) {
      const end = Math.min(this.#counted + STEP, this.#times.length);
      for (; this.#counted < end; this.#counted++) this.#begin[this.#bucketOf(this.#times[this.#counted]!) + 1]! += 1;
      if (end < this.#times.length) return false;
      for (let bucket = 1; bucket <= BUCKETS; bucket++) this.#begin[bucket]! += this.#begin[bucket - 1]!;
    }
    const end = Math.min(this.#next + STEP, this.#times.length);
    for (; this.#next < end; this.#next++) {
      const bucket = this.#bucketOf(this.#times[this.#next]!);
      this.#rows[this.#begin[bucket]! + this.#placed[bucket]!] = this.#next;
      this.#placed[bucket]! += 1;
    }
    return end === this.#times.length;
  }

  /** All rows after one moment and until another, in no order, and some around them. */
  around(after: Time, until: Time): Uint32Array {
    return this.#rows.subarray(this.#begin[this.#bucketOf(after)], this.#begin[this.#bucketOf(until) + 1]);
  }

  /** The next time of a row after `time`, or the last before it; `time` itself where there is none. */
  nearest(time: Time, direction: 1 | -1): Time {
    for (let bucket = this.#bucketOf(time); bucket >= 0 && bucket < BUCKETS; bucket += direction) {
      let best = direction * Infinity;
      for (let place = this.#begin[bucket]!; place < this.#begin[bucket + 1]!; place++) {
        const at = this.#times[this.#rows[place]!]!;
        if (direction === 1 ? at > time && at < best : at < time && at > best) best = at;
      }
      if (Number.isFinite(best)) return best;
    }
    return time;
  }

  #bucketOf(time: Time): number {
    return Math.max(0, Math.min(Math.floor((time - this.#first) * this.#scale), BUCKETS - 1));
  }
}
