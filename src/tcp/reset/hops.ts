/** Hops that a segment has passed: the usual initial values are 32, 64, 128 and 255. */
export function hops(ttl: number): number {
  for (const initial of [32, 64, 128]) if (ttl <= initial) return initial - ttl;
  return 255 - ttl;
}

/**
 * Whether what came with these two TTLs was sent by two systems equally far away: by two hosts at one place, for one
 * host has one initial value, but for what a program has set (IP_TTL).
 */
export function areNeighbours(ttl: number, other: number): boolean {
  return ttl !== other && ttl > 0 && other > 0 && hops(ttl) === hops(other);
}
