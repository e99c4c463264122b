const WORD = 32;
/** Words whose members are counted together: a look-up counts through at most so many. */
const BLOCK = 16;

/** A set of endpoints, in the order of their numbers: a bit each, so that a copy for 800,000 of them is 100 kB. */
export class EndpointSet {
  readonly #words: Uint32Array;
  /** Members before each block, and all of them at its end; null since a member came or went. */
  #ranks: Uint32Array | null = null;

  /** For endpoints from 0 up to `capacity`. */
  constructor(capacity: number, words = new Uint32Array(Math.ceil(capacity / WORD))) {
    this.#words = words;
  }

  copy(): EndpointSet {
    return new EndpointSet(0, this.#words.slice());
  }

  has(endpoint: number): boolean {
    return ((this.#words[endpoint >>> 5] ?? 0) >>> (endpoint & 31) & 1) === 1;
  }

  add(endpoint: number): void {
    this.#words[endpoint >>> 5]! |= 1 << (endpoint & 31);
    this.#ranks = null;
  }

  delete(endpoint: number): void {
    this.#words[endpoint >>> 5]! &= ~(1 << (endpoint & 31));
    this.#ranks = null;
  }

  get size(): number {
    return this.#counted().at(-1)!;
  }

  /** The member at a position from 0 to below `size`. */
  at(position: number): number {
    const ranks = this.#counted();
    let [low, high] = [0, ranks.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (ranks[middle]! <= position) low = middle;
      else high = middle;
    }
    let left = position - ranks[low]!;
    let word = low * BLOCK;
    for (let members = ones(this.#words[word]!); members <= left; members = ones(this.#words[word]!)) {
      left -= members;
      word += 1;
    }
    let bits = this.#words[word]!;
    for (; left > 0; left--) bits &= bits - 1;
    return word * WORD + 31 - Math.clz32(bits & -bits);
  }

  /** Where a member stands; -1 for what is none. */
  positionOf(endpoint: number): number {
    if (!this.has(endpoint)) return -1;
    const last = endpoint >>> 5;
    const block = Math.floor(last / BLOCK);
    let position = this.#counted()[block]!;
    for (let word = block * BLOCK; word < last; word++) position += ones(this.#words[word]!);
    return position + ones(this.#words[last]! & ((1 << (endpoint & 31)) - 1));
  }

  #counted(): Uint32Array {
    if (this.#ranks !== null) return this.#ranks;
    const words = this.#words;
    const ranks = new Uint32Array(Math.ceil(words.length / BLOCK) + 1);
    let members = 0;
    for (let word = 0; word < words.length; word++) {
      if (word % BLOCK === 0) ranks[word / BLOCK] = members;
      members += ones(words[word]!);
    }
    ranks[ranks.length - 1] = members;
    this.#ranks = ranks;
    return ranks;
  }
}

/** Bits that are set, counted side by side in fields of 2, 4 and 8 bits (Warren, Hacker's Delight, 5-1). */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0F0F_0F0F, 0x0101_0101) >>> 24;
}
