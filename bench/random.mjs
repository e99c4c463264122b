/** Numbers that look random and are the same for the same seed: xorshift32 (Marsaglia 2003). */
export class Random {
  #state;

  /** @param {number} seed any integer but 0 */
  constructor(seed) {
    this.#state = seed | 0 || 1;
  }

  /** An unsigned integer of 32 bits. */
  next() {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** From 0 up to, but not including, 1. */
  fraction() {
    return this.next() / 2 ** 32;
  }

  /** An integer from `low` to `high`, both included. */
  between(low, high) {
    return low + (this.next() % (high - low + 1));
  }

  /** True `probability` of the time. */
  chance(probability) {
    return this.fraction() < probability;
  }

  /** Mostly short, sometimes long: a wait or a count with this mean. */
  exponential(mean) {
    return -Math.log(1 - this.fraction()) * mean;
  }
}
