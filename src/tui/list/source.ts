import type { Panel } from '../panel.js';
import type { Paint } from '../theme.js';
import type { Column } from './columns.js';

/** What a list shows of one snapshot. Rows are made when they come in sight, so a source may be of any size. */
export interface Source<Row> {
  readonly count: number;
  row(index: number): Row;
  /** A name of the row that stays its own in later snapshots, where rows may stand elsewhere. */
  key(index: number): string;
  /** Where the row of a name is, -1 where there is none; absent where only looking through the rows tells. */
  find?(key: string): number;
  /** The panel that the row opens. */
  opens(index: number): Panel;
  /** Connections that the row stands for, which keys copy and extract; absent where it stands for none. */
  flows?(index: number): readonly number[];
  /** What the filter searches, in lower case. */
  text(index: number): string;
  /**
   * Reads a filter in a language of its own, in place of searching `text`. Throws an Error that says what is wrong with
   * it.
   */
  predicate?(filter: string): (index: number) => boolean;
  /** What the rows are sorted by; absent where they are shown as they come. */
  readonly order?: Order;
  /** Whether the keys for "next" and "previous" stop here. */
  isNotable?(index: number): boolean;
  readonly columns: readonly Column<Row>[];
  /** Over the list: what is listed. */
  readonly title: string;
  /** Under the list where there is room: more of the selected row, in painted lines. */
  preview(row: Row, width: number, paint: Paint): string[];
  /** In place of rows where there are none. */
  readonly empty: string;
}

export interface Order {
  value(index: number): number | string;
  readonly isDescending: boolean;
}

/** A source and which of its rows are shown: all, as they come, where `indices` is null. */
export interface Matches<Row> {
  readonly source: Source<Row>;
  readonly indices: ArrayLike<number> | null;
  /** Share of the rows that has been searched, 0 to 1. */
  readonly searched: number;
}

export function matchCount({ source, indices }: Matches<unknown>): number {
  return indices?.length ?? source.count;
}

/** Index into the source of the `position`th row shown. */
export function indexAt({ indices }: Matches<unknown>, position: number): number {
  return indices === null ? position : indices[position]!;
}

/** Where the row named `key` is shown; -1 where it is not. Looks near `hint` first, where it stood last. */
export function positionOf(matches: Matches<unknown>, key: string, hint: number): number {
  const { source, indices } = matches;
  const index = source.find?.(key);
  if (index !== undefined && (index === -1 || indices === null)) return index;
  const count = matchCount(matches);
  for (let distance = 0; distance < count; distance++) {
    for (const position of [hint + distance, hint - distance]) {
      if (position < 0 || position >= count) continue;
      const at = indexAt(matches, position);
      if (index === undefined ? source.key(at) === key : at === index) return position;
    }
    if (hint + distance >= count && hint - distance < 0) break;
  }
  return -1;
}

/** The next notable row after `from`, or before it; `from` where there is none. */
export function notableFrom(matches: Matches<unknown>, from: number, direction: 1 | -1): number {
  const { source } = matches;
  const count = matchCount(matches);
  for (let position = from + direction; position >= 0 && position < count; position += direction) {
    if (source.isNotable?.(indexAt(matches, position)) === true) return position;
  }
  return from;
}
