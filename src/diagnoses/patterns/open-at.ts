import { lowerBound } from '../../base/lower-bound.js';
import type { Time } from '../../base/time.js';
import type { Facts } from '../facts/facts.js';

/** When a connection began to be open, as far as the capture shows. */
export function beginning({ established, start, isGuessed }: Facts): Time {
  return isGuessed ? start : established;
}

/** How many of `accepted` were open at a moment. */
export function openAt(accepted: readonly Facts[], from = beginning): (time: Time) => number {
  const begins = Float64Array.from(accepted, from).sort();
  const ends = Float64Array.from(accepted, ({ closer, closeAt }) => (closer === -1 ? Infinity : closeAt)).sort();
  return (time) => countBefore(begins, time) - countBefore(ends, time);
}

/** How many of these times, in order, lie before a moment. */
export function countBefore(times: Float64Array, time: Time): number {
  return lowerBound(times.length, (place) => times[place]! < time);
}
