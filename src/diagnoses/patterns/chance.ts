import type { Duration } from '../../base/time.js';

/** Beyond so many of them by chance, on average, a group that lies together shows nothing. */
export const BY_CHANCE = 0.1;

/**
 * How many groups of `count` events within `window` there are by chance, on average, where `others` come at any time
 * over `span` (a Poisson process): each of the events may be the first of one. Where they are spread over `places`, a
 * group is of one of these.
 */
export function groupsByChance(
  count: number, window: Duration, others: number, span: Duration, places = 1,
): number {
  return (others + count) * atLeast(count - 1, (others / places) * (window / Math.max(span, window)));
}

/** The chance of `least` or more, where so many are `expected`; 1 where that are no fewer. */
function atLeast(least: number, expected: number): number {
  if (least <= expected) return 1;
  // The terms fall from here on, for there are more than expected.
  let logarithm = -expected;
  for (let count = 1; count <= least; count++) logarithm += Math.log(expected / count);
  let [sum, term] = [0, Math.exp(logarithm)];
  for (let count = least; term > sum * 1e-9; count++) {
    sum += term;
    term *= expected / (count + 1);
  }
  return Math.min(1, sum);
}
