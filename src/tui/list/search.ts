import type { Matches, Source } from './source.js';

/** How long a search may hold the keys up, in milliseconds. */
const SLICE = 8;
/** How often what has been found so far is shown, in milliseconds. */
const SHOW = 100;

/**
 * Finds the rows whose text holds `filter` (case does not matter), slice by slice, so that keys are answered in between.
 *
 * `show` is called with what was found so far and once with the whole; never again after `signal` is aborted.
 */
export function search<Row>(source: Source<Row>, filter: string, show: (matches: Matches<Row>) => void, signal: AbortSignal): void {
  const wanted = filter.toLowerCase();
  const found: number[] = [];
  let next = 0;
  let shownAt = performance.now();

  const slice = (): void => {
    if (signal.aborted) return;
    const until = performance.now() + SLICE;
    while (next < source.count && performance.now() < until) {
      if (source.text(next).includes(wanted)) found.push(next);
      next += 1;
    }
    const isDone = next === source.count;
    if (isDone || performance.now() - shownAt > SHOW) {
      shownAt = performance.now();
      show({ source, indices: found.slice(), searched: isDone ? 1 : next / source.count });
    }
    if (!isDone) setImmediate(slice);
  };
  slice();
}
