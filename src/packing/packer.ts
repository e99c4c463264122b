/** An array of numbers of one type. */
export type Column = Int8Array | Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/** What makes a column of one type. */
export interface ColumnType<T extends Column> {
  new (length: number): T;
}

/** How records lie in memory: words side by side, in pages. A new word is packed by being counted here. */
export interface RecordLayout {
  /** Words of a record; an even number where some are doubles. */
  readonly size: number;
  /** Records in a page, a power of two. The first page may have fewer. */
  readonly pageRows: number;
  /** Words that begin a double, which takes two; all other words are integers. */
  readonly doubles: readonly number[];
}

/**
 * Takes the fields of an object, one after the other. An `Unpacker` gives them back in the same order.
 *
 * A class that is part of an analysis has a method `pack` and a static method `unpack`. What packs and what unpacks
 * decides where the fields go: to another thread, or into bytes that another run reads.
 */
export interface Packer {
  number(value: number): void;
  text(value: string): void;
  /** The first `count` values of a column. The others are free, and need not arrive. */
  column(values: Column, count: number): void;
  /** The first `count` records of pages. */
  records(pages: readonly Int32Array[], count: number, layout: RecordLayout): void;
}

/** Gives back what a `Packer` took. Throws an `UnpackError` for anything that no packer has written. */
export interface Unpacker {
  /** Any number, NaN and the infinite ones included. */
  number(): number;
  /** A whole number. */
  integer(least: number, most: number): number;
  /** A text of at most `longest` UTF-16 code units. */
  text(longest: number): string;
  /** At least `count` values; where there are more, those are free. */
  column<T extends Column>(type: ColumnType<T>, count: number): T;
  /** Pages with at least `count` records. All pages are whole, but for the first one where it is the only one. */
  records(count: number, layout: RecordLayout): Int32Array[];
}

/** Whole numbers up to here are exact as doubles. */
export const ANY_COUNT = Number.MAX_SAFE_INTEGER;

/** What was packed is damaged, or was never packed. */
export class UnpackError extends Error {
  override readonly name = 'UnpackError';
}
