import type { Column, RecordLayout } from '../packing/packer.js';

/** Rows that the tables of one analysis have at most: all that an `Int32Array` can name. */
export const MOST_ROWS = 2 ** 31 - 1;

/** A copy of a column with room for `capacity` values; new ones are 0. */
export function grown<T extends Column>(column: T, capacity: number): T {
  const larger = new (column.constructor as new (length: number) => T)(capacity);
  larger.set(column);
  return larger;
}

/** A column of the same values, with room for at least `capacity` of them. */
export function withRoom<T extends Column>(column: T, capacity: number): T {
  return column.length < capacity ? grown(column, capacity) : column;
}

/** Records that there are pages for. All pages are whole, but for the first one where it is the only one. */
export function roomIn(pages: readonly Int32Array[], { size, pageRows }: RecordLayout): number {
  return pages.length > 1 ? pages.length * pageRows : (pages[0]?.length ?? 0) / size;
}
