import type { Analysis, Clock } from '../analysis/model.js';
import { formatDuration, formatTime } from '../base/time.js';
import type { Choices } from './choices.js';
import { type Cell, type ColumnType, cellsOf } from './columns.js';
import { inert } from './inert.js';
import type { Look } from './paint.js';

/** What a spreadsheet takes for a formula, were it the first character of a cell (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * One table as RFC 4180 has it: CRLF, quotes where a cell needs them. Nothing is the empty cell; times and durations
 * are seconds.
 */
export function* csv(analysis: Analysis, _look: Look, { table }: Choices): IterableIterator<string> {
  const { columns, rows } = cellsOf(analysis, table);
  yield line(columns.map(({ name }) => name));
  for (const row of rows)
    yield line(row.map((cell, index) => written(cell, columns[index]?.type ?? 'text', analysis.clock)));
}

function written(cell: Cell, type: ColumnType, clock: Clock): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return safe(cell);
  if (typeof cell === 'number' && type === 'time') return Number.isFinite(cell) ? formatTime(clock, cell) : '';
  if (typeof cell === 'number' && type === 'duration') return Number.isFinite(cell) ? formatDuration(cell) : '';
  return String(cell);
}

/** Text that a spreadsheet shows and does not calculate. */
export function safe(text: string): string {
  return inert(FORMULA.test(text) ? `'${text}` : text);
}

function line(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
}
