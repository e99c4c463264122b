// Hashes of addresses and ports, so seeded that a capture cannot easily be made to choose its collisions.

/** A secret of its own for each word of a key, all out of one. */
export type Secrets = readonly [number, number, number, number];

/**
 * A seed that who made the capture cannot know: V8 takes its random numbers from the system's, and shows none of them.
 * node:crypto, loaded for this alone, costs a small capture as much as finding what is wrong in it.
 */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32) | 0;
}

export function secretsOf(seed: number): Secrets {
  return [settle(seed ^ 0x9e3779b1), settle(seed ^ 0x3c6ef362), settle(seed ^ 0xdaa66d13), settle(seed ^ 0x78dde6c4)];
}

/**
 * One word of a key. The secret multiplies as well as adds: where it only adds, words that differ in their upper bits
 * alone collide whatever it is; and where all words of a key had the same one, two such differences would cancel out.
 *
 * The words are mixed apart and then added up, so that the processor need not wait for one before it takes the next.
 */
export function stir(word: number, secret: number): number {
  const k = Math.imul(word ^ secret, 0xcc9e2d51);
  return Math.imul(k ^ (k >>> 15), secret | 1);
}

/** Every bit of what was added up reaches the low bits, which choose the slot. */
export function settle(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  return h ^ (h >>> 13);
}
