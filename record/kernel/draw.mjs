/**
 * Payloads of one byte, of a request, of exactly one segment, of several, and of more than the first congestion window.
 */
const SIZES = [1, 10, 100, 517, 1448, 4000, 20_000, 120_000];

/** Draws what a scenario leaves open: the same seed, the same draws (mulberry32, a generator of 32 bits of state). */
export class Draw {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1. */
  fraction() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = this.#state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability) {
    return this.fraction() < probability;
  }

  /** A whole number, both bounds included. */
  whole(from, to) {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  pick(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /** Seconds, to the millisecond. */
  seconds(from, to) {
    return Math.round((from + this.fraction() * (to - from)) * 1000) / 1000;
  }

  size() {
    return this.pick(SIZES);
  }

  /** An initial sequence number whose flow does not wrap, and that leaves room for lower ones. */
  initialSequence() {
    return this.whole(2 ** 31, 2 ** 32 - 2 ** 26);
  }
}
