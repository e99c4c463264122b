import { atTop, moved, within, type Cursor, type Extent, type Move } from './cursor.js';

/** What a list remembers. */
export interface ListState {
  readonly cursor: Cursor;
  /**
   * Name of the selected row (`Source.key`), by which it is found again in the next snapshot; null until the reader has
   * moved.
   */
  readonly key: string | null;
  /** Only rows that fit this text are shown. */
  readonly filter: string;
  /** Stays on the last row while the list grows. */
  readonly follows: boolean;
}

export const newList: ListState = { cursor: atTop, key: null, filter: '', follows: false };

export function moveInList(list: ListState, move: Move, extent: Extent, keyAt: (row: number) => string): ListState {
  return selectRow(list, moved(list.cursor, move, extent), extent, keyAt);
}

/** To a row on the screen, as a mouse does: `line` counts from the first row shown. */
export function clickInList(list: ListState, line: number, extent: Extent, keyAt: (row: number) => string): ListState {
  return selectRow(list, within({ row: list.cursor.top + line, top: list.cursor.top }, extent), extent, keyAt);
}

/** To a row of the list, wherever it is. */
export function goInList(list: ListState, row: number, extent: Extent, keyAt: (row: number) => string): ListState {
  return selectRow(list, within({ row, top: list.cursor.top }, extent), extent, keyAt);
}

function selectRow(list: ListState, cursor: Cursor, { count }: Extent, keyAt: (row: number) => string): ListState {
  return count === 0 ? list : { ...list, cursor, key: keyAt(cursor.row), follows: false };
}

/** Another filter shows another list, which is read from its top. */
export function filterList(list: ListState, filter: string): ListState {
  return filter === list.filter ? list : { ...newList, filter };
}

export function followList(list: ListState): ListState {
  return { ...list, follows: !list.follows };
}

/** Rows may have come, gone or changed places: `found` is where the selected one stands now, -1 if it is gone. */
export function settleList(list: ListState, extent: Extent, found: number): ListState {
  if (list.follows) return { ...list, cursor: within({ row: extent.count - 1, top: list.cursor.top }, extent) };
  const row = found === -1 ? list.cursor.row : found;
  return { ...list, cursor: within({ row, top: list.cursor.top + row - list.cursor.row }, extent) };
}
