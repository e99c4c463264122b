/** Where the reader is in a list of any length. */
export interface Cursor {
  /** Index of the selected row. */
  readonly row: number;
  /** Index of the first row on the screen. */
  readonly top: number;
}

export const atTop: Cursor = { row: 0, top: 0 };

/** Room for a cursor to move in. */
export interface Extent {
  /** Rows in the list. */
  readonly count: number;
  /** Rows on the screen. */
  readonly height: number;
}

export type Move =
  | 'up' | 'down' | 'wheel-up' | 'wheel-down' | 'page-up' | 'page-down' | 'half-page-up' | 'half-page-down' | 'first'
  | 'last';

const WHEEL_ROWS = 3;

/** Rows that a move goes down; negative is up. */
export function rowsOf(move: Move, { count, height }: Extent): number {
  const page = Math.max(height - 1, 1);
  const half = Math.max(height >> 1, 1);
  const rows: Readonly<Record<Move, number>> = {
    'up': -1,
    'down': 1,
    'wheel-up': -WHEEL_ROWS,
    'wheel-down': WHEEL_ROWS,
    'page-up': -page,
    'page-down': page,
    'half-page-up': -half,
    'half-page-down': half,
    'first': -count,
    'last': count,
  };
  return rows[move];
}

export function moved(cursor: Cursor, move: Move, extent: Extent): Cursor {
  return within({ row: cursor.row + rowsOf(move, extent), top: cursor.top }, extent);
}

/** The first line in sight of a text that is scrolled, after a move. */
export function scrolled(top: number, move: Move, extent: Extent): number {
  return Math.max(0, Math.min(top + rowsOf(move, extent), extent.count - extent.height));
}

/**
 * The nearest cursor that lies in the list and whose row is on the screen: after a move, a resize or a shorter list.
 */
export function within({ row, top }: Cursor, { count, height }: Extent): Cursor {
  const kept = Math.max(0, Math.min(row, count - 1));
  const highest = Math.max(0, Math.min(kept, count - height));
  return { row: kept, top: Math.max(kept - height + 1, Math.min(top, highest), 0) };
}
