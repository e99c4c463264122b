/** How the values of a column are written: the first byte of it. */
export const PLAIN = 0;
/** As differences from the value before. */
export const DELTA = 1;
/** As differences from an earlier column of the same records, whose number follows. */
export const BESIDE = 2;
/** Byte for byte. */
export const RAW = 3;

/** Rows by which is decided how a column is written, spread over all of it. */
const SAMPLE = 256;

/** Doubles that are whole multiples of a unit are written as such: times are, of nanoseconds, microseconds… */
const UNITS = [1e9, 1e6, 1e3, 1] as const;

/** Whole numbers up to here, and their differences, are written as such. */
export const LARGEST_WHOLE = 2 ** 51;

/** A double that is not whole, in place of a whole number: an odd one. */
export const NOT_WHOLE = 1;

/**
 * Bytes that every `step`th value of a column takes: less what stands `behind` rows before it in `other`, or plain
 * without one; `most` where it is no less than that.
 */
type Price<T> = (
  values: T, other: T | null, behind: number, step: number, most: number, unit: number,
) => number;

/** How a column takes the fewest bytes: plain, by the value before, or beside an earlier column. */
export function cheapest<T extends Int32Array | Float64Array>(
  values: T, earlier: readonly (T | null)[], price: Price<T>, unit: number,
): { readonly method: number; readonly beside: number } {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  // A byte each: nothing takes less.
  const fewest = Math.ceil(values.length / step);
  let best = { method: PLAIN, beside: 0 };
  let least = price(values, null, 0, step, Infinity, unit);
  const consider = (method: number, beside: number, other: T, behind: number): void => {
    const sum = price(values, other, behind, step, least, unit);
    if (sum >= least) return;
    least = sum;
    best = { method, beside };
  };
  if (least > fewest) consider(DELTA, 0, values, 1);
  for (let column = earlier.length - 1; column >= 0; column--) {
    if (least <= fewest) break;
    const other = earlier[column];
    if (other) consider(BESIDE, column, other, 0);
  }
  return best;
}

export const priceOfIntegers: Price<Int32Array> = (values, other, behind, step, most) => {
  let sum = 0;
  for (let row = 0; row < values.length && sum < most; row += step) {
    const before = other === null || row < behind ? 0 : other[row - behind]!;
    const difference = (values[row]! - before) | 0;
    const bits = 32 - Math.clz32((difference << 1) ^ (difference >> 31));
    sum += bits <= 7 ? 1 : bits <= 14 ? 2 : bits <= 21 ? 3 : bits <= 28 ? 4 : 5;
  }
  return sum;
};

/** Roughly: a value is a whole multiple of `unit`, a difference may be none. */
export const priceOfDoubles: Price<Float64Array> = (values, other, behind, step, most, unit) => {
  let sum = 0;
  for (let row = 0; row < values.length && sum < most; row += step) {
    const before = other === null || row < behind ? 0 : other[row - behind]!;
    const size = Math.abs((values[row]! - before) / unit) + 1;
    sum += size <= 32 ? 1 : size <= 4096 ? 2 : size <= 2 ** 19 ? 3 : size <= 2 ** 26 ? 4 : size <= 2 ** 33 ? 5
      : size <= 2 ** 40 ? 6 : size <= 2 ** 47 ? 7 : 8;
  }
  return sum;
};

/** Whether differences give back the values: doubles round, and columns may have other units. */
export function isExact(
  values: Float64Array, unit: number, method: number, other: Float64Array | null | undefined,
): boolean {
  let before = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const from = method === BESIDE ? other![row]! : before;
    const difference = (value - from) / unit;
    if (!Number.isInteger(difference) || Math.abs(difference) > LARGEST_WHOLE || difference * unit + from !== value)
      return false;
    if (method === DELTA) before = value;
  }
  return true;
}

/** A column of doubles, and the largest unit that all are whole multiples of; null where there is none. */
export interface Doubles {
  readonly values: Float64Array;
  readonly unit: number | null;
}

export function wholeOf(values: Float64Array): Doubles {
  for (const unit of UNITS) if (areWhole(values, unit)) return { values, unit };
  return { values, unit: null };
}

function areWhole(values: Float64Array, unit: number): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const times = value / unit;
    const isWhole = Number.isInteger(times) && Math.abs(times) <= LARGEST_WHOLE / 2 && times * unit === value;
    if (!isWhole || Object.is(value, -0)) return false;
  }
  return true;
}
