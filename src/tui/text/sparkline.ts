import type { Time } from '../../analysis/model.js';

/** Without the full block: bars of lines under each other would run together. */
const BLOCKS = '▁▂▃▄▅▆▇';

/**
 * How many of `times` fall into each of `cells` equal parts of the span from `first` to `last`; what lies outside
 * counts as its edge.
 */
export function binned(times: Iterable<Time>, first: Time, last: Time, cells: number): number[] {
  const bins = Array<number>(cells).fill(0);
  for (const time of times) bins[cellOf(time, first, last, cells)]! += 1;
  return bins;
}

/** The part of the span in which a moment lies. */
export function cellOf(time: Time, first: Time, last: Time, cells: number): number {
  const share = last > first ? (time - first) / (last - first) : 0;
  return Math.max(0, Math.min(cells - 1, Math.floor(share * cells)));
}

/** A bar for each count, the highest almost full; `nothing` stands for zero. */
export function sparkline(counts: readonly number[], nothing = '·'): string {
  const highest = counts.reduce((most, each) => Math.max(most, each), 1);
  return counts
    .map((each) => (each === 0 ? nothing : BLOCKS[Math.ceil((each / highest) * BLOCKS.length) - 1]!))
    .join('');
}
