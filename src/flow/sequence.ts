/**
 * Sequence numbers wrap at 2^32, so only their distance has a meaning (RFC 9293 §3.4).
 *
 * They are kept as signed 32-bit integers; `| 0` keeps the distance one too.
 */

/** a - b: how far `a` lies beyond `b`; negative if before. */
export const distance = (a: number, b: number): number => (a - b) | 0;

/** b < a */
export const isAfter = (a: number, b: number): boolean => ((a - b) | 0) > 0;

/** b <= a */
export const isAtOrAfter = (a: number, b: number): boolean => ((a - b) | 0) >= 0;

/** The later of two. */
export const latest = (a: number, b: number): number => (((a - b) | 0) > 0 ? a : b);
