import { lowerBound } from '../../base/lower-bound.js';
import type { Time } from '../../base/time.js';
import type { Facts } from '../facts/facts.js';

/** When a service sent its SYN-ACKs, the first of each connection. */
export class Taken {
  private readonly times: Float64Array;

  constructor(connects: readonly Facts[]) {
    const taken = connects.filter(({ synAck }) => !Number.isNaN(synAck));
    this.times = Float64Array.from(taken, ({ synAck }) => synAck).sort();
  }

  /** How many behind one moment and before another. */
  between(from: Time, until: Time): number {
    const { times } = this;
    return lowerBound(times.length, (place) => times[place]! < until) - this.behind(from);
  }

  /** The first one behind a moment; Infinity where there is none. */
  firstBehind(moment: Time): Time {
    return this.times[this.behind(moment)] ?? Infinity;
  }

  private behind(moment: Time): number {
    const { times } = this;
    return lowerBound(times.length, (place) => times[place]! <= moment);
  }
}
