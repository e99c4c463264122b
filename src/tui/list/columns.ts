import { inert } from '../../report/inert.js';
import { columnsOf, fit, type Fit } from '../text/fit.js';
import type { Paint, Role } from '../theme.js';

/** One column of a list. */
export interface Column<Row> {
  readonly header: string;
  text(row: Row): string;
  role?(row: Row): Role;
  readonly fit?: Fit;
  /** The column is a drawing: left out where there is only text. */
  readonly isDrawing?: boolean;
  /**
   * Columns it keeps even when the rows in sight need fewer, so that scrolling does not shift what stands beside it.
   */
  readonly width: number;
  /** Columns that it never takes more of. */
  readonly most?: number;
  /**
   * Where the room is short, it is cut to so many before others go; without it, it is cut only where none can go any
   * more.
   */
  readonly least?: number;
  /**
   * Where the room is short, the column with the highest number goes first; without one it stays and is cut instead.
   * Whose doing it is goes last.
   */
  readonly drop?: number;
}

const GAP = 2;
const MARK = { here: '› ', elsewhere: '  ' };

/**
 * The header and the given rows as painted lines of `width` columns; `selected` is an index into `rows`, `mark` stands
 * before the header.
 */
export function drawTable<Row>(
  columns: readonly Column<Row>[], rows: readonly Row[], selected: number, width: number, paint: Paint,
  mark: string = MARK.elsewhere,
): { header: string; lines: string[] } {
  const { chosen, widths } = layOut(columns, rows, width - MARK.here.length);
  const header = join(
    chosen.map((column, index) => fit(column.header, widths[index]!, column.fit === 'right' ? 'right' : 'left')), mark,
  );
  const lines = rows.map((row, index) => {
    const cells = chosen.map((column, at) => fit(column.text(row), widths[at]!, column.fit));
    if (index === selected) return paint('selected', fit(join(cells, MARK.here), width));
    return join(cells.map((cell, at) => paint(chosen[at]!.role?.(row) ?? 'plain', cell)), MARK.elsewhere);
  });
  return { header: paint('heading', fit(header, width)), lines };
}

function join(cells: readonly string[], mark: string): string {
  return mark + cells.join(' '.repeat(GAP));
}

/**
 * Chooses columns as wide as the rows in sight need; if that is too much, those that may be cut are, then those that
 * may go do; if still too much, the widest are cut.
 */
function layOut<Row>(
  columns: readonly Column<Row>[], rows: readonly Row[], room: number,
): { chosen: Column<Row>[]; widths: number[] } {
  let chosen = [...columns];
  const wanted = new Map(
    columns.map((column) => [
      column,
      Math.min(
        column.most ?? Infinity,
        Math.max(column.width, column.header.length, ...rows.map((row) => columnsOf(inert(column.text(row))))),
      ),
    ]),
  );
  const least = (column: Column<Row>): number => Math.min(column.least ?? Infinity, wanted.get(column)!);
  const total = (width: (column: Column<Row>) => number): number =>
    chosen.reduce((sum, column) => sum + width(column), GAP * (chosen.length - 1));
  while (total(least) > room) {
    const last = chosen.reduce((worst, column) => ((column.drop ?? 0) > (worst.drop ?? 0) ? column : worst));
    if (last.drop === undefined) break;
    chosen = chosen.filter((column) => column !== last);
  }
  const widths = chosen.map((column) => wanted.get(column)!);
  for (let excess = total((column) => wanted.get(column)!) - room; excess > 0; excess--) {
    const spare = widths.map((width, at) => (width > least(chosen[at]!) ? width : 0));
    const widest = spare.some((width) => width > 0)
      ? spare.indexOf(Math.max(...spare))
      : widths.indexOf(Math.max(...widths));
    widths[widest] = Math.max(widths[widest]! - 1, 1);
  }
  // A drawing that is cut shows what is not so.
  const whole = chosen.filter(({ isDrawing }, at) => isDrawing !== true || widths[at] === wanted.get(chosen[at]!));
  return whole.length < chosen.length ? layOut(whole, rows, room) : { chosen, widths };
}
