/**
 * Services that are told one by one where there are very many, as a scan of ports makes them: a report of a suite, or
 * of some series, for each would have gigabytes. A network of this many real ones is told as it is.
 */
const MANY = 1000;
const FEW = 40;

/** The first ones, which should be the worst, and those that are told together. */
export function withoutCrowd<T>(ordered: readonly T[]): {
  readonly each: readonly T[];
  readonly together: readonly T[];
} {
  return ordered.length <= MANY
    ? { each: ordered, together: [] }
    : { each: ordered.slice(0, FEW), together: ordered.slice(FEW) };
}
