import { atTop, moved, within, type Cursor, type Extent, type Move } from './cursor.js';

/** What a list panel remembers. */
export interface ListState {
  readonly cursor: Cursor;
  /** Name of the selected row (`Source.key`), by which it is found again in the next snapshot; null until the reader has moved. */
  readonly key: string | null;
  /** Only rows with this text are shown. */
  readonly filter: string;
}

export const newList: ListState = { cursor: atTop, key: null, filter: '' };

export function moveInList(list: ListState, move: Move, extent: Extent, keyAt: (row: number) => string): ListState {
  if (extent.count === 0) return list;
  const cursor = moved(list.cursor, move, extent);
  return { ...list, cursor, key: keyAt(cursor.row) };
}

/** Another filter shows another list, which is read from its top. */
export function filterList(list: ListState, filter: string): ListState {
  return filter === list.filter ? list : { cursor: atTop, key: null, filter };
}

/** Rows may have come, gone or changed places: `found` is where the selected one stands now, -1 if it is gone. */
export function settleList(list: ListState, extent: Extent, found: number): ListState {
  const row = found === -1 ? list.cursor.row : found;
  return { ...list, cursor: within({ row, top: list.cursor.top + row - list.cursor.row }, extent) };
}
