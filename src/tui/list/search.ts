import type { Matches, Order, Source } from './source.js';

/** How long a search may hold the keys up, in milliseconds. */
const SLICE = 8;
/** How often what has been found so far is shown, in milliseconds. */
const SHOW = 100;

/**
 * Finds the rows that fit `filter` and puts them in the source's order, slice by slice, so that keys are answered in
 * between.
 *
 * `show` is called with what was found so far and once with the whole; never again after `signal` is aborted.
 * Throws at once where the source cannot read the filter.
 */
export function search<Row>(
  source: Source<Row>, filter: string, show: (matches: Matches<Row>) => void, signal: AbortSignal,
): void {
  const fits = testOf(source, filter);
  const { order } = source;
  const found: number[] = [];
  const values: (number | string)[] = [];
  let next = 0;
  let shownAt = performance.now();

  const slice = (): void => {
    if (signal.aborted) return;
    const until = performance.now() + SLICE;
    for (; next < source.count && performance.now() < until; next++) {
      if (!fits(next)) continue;
      found.push(next);
      if (order !== undefined) values.push(order.value(next));
    }
    const isDone = next === source.count;
    if (isDone) {
      show({ source, indices: order === undefined ? found : sorted(found, values, order), searched: 1 });
      return;
    }
    if (performance.now() - shownAt > SHOW) {
      shownAt = performance.now();
      show({ source, indices: found.slice(), searched: next / source.count });
    }
    setImmediate(slice);
  };
  slice();
}

function testOf<Row>(source: Source<Row>, filter: string): (index: number) => boolean {
  if (filter.trim() === '') return () => true;
  if (source.predicate !== undefined) return source.predicate(filter);
  const wanted = filter.toLowerCase();
  return (index) => source.text(index).toLowerCase().includes(wanted);
}

/** Equal rows stay in the order they came. */
function sorted(found: readonly number[], values: readonly (number | string)[], { isDescending }: Order): Uint32Array {
  const sign = isDescending ? -1 : 1;
  const places = Uint32Array.from(found.keys());
  places.sort((a, b) => {
    const [x, y] = [values[a]!, values[b]!];
    return x < y ? -sign : x > y ? sign : a - b;
  });
  return places.map((place) => found[place]!);
}
