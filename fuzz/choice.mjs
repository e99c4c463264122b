import { Random } from '../bench/random.mjs';

/** All that is random in an input, from its seed. */
export class Choice {
  /** @param {number} seed any integer */
  constructor(seed) {
    // Neighbouring seeds begin alike, and 0 would stay 0.
    this.random = new Random(Math.imul(seed + 1, 0x9e37_79b1));
    for (let i = 0; i < 4; i += 1) this.random.next();
  }

  /** An integer from `low` to `high`, both included. */
  between(low, high) {
    return this.random.between(low, high);
  }

  /** True `probability` of the time. */
  chance(probability) {
    return this.random.chance(probability);
  }

  pick(list) {
    return list[this.random.between(0, list.length - 1)];
  }

  /** Any bytes, `length` of them. */
  noise(length) {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.random.next();
    return bytes;
  }
}
