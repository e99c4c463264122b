/**
 * The first of `count` places that do not lie before what is looked for; `count` where all do. Those that do come
 * first.
 */
export function lowerBound(count: number, liesBefore: (place: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (liesBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
