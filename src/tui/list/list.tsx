import type { Layout } from '../layout.js';
import { count } from '../../report/quantities.js';
import { Rows } from '../rows.js';
import { filled } from '../text/filled.js';
import { columnsOf, fit } from '../text/fit.js';
import { wrap } from '../text/wrap.js';
import type { Paint } from '../theme.js';
import { drawTable } from './columns.js';
import { within } from './cursor.js';
import { indexAt, matchCount, type Matches } from './source.js';
import type { ListState } from './state.js';

export interface ListProps {
  readonly list: ListState;
  readonly matches: Matches<unknown>;
  readonly layout: Layout;
  readonly paint: Paint;
  /** In place of the lines about the selected row. */
  readonly instead: readonly string[] | null;
}

/** Title, names of the columns, the rows in sight, and under them more of the selected one. */
export function List(props: ListProps) {
  return <Rows lines={drawList(props)} />;
}

export function drawList({
  list, matches,
  layout: {
    columns: width, list: { height, preview },
  },
  paint, instead,
}: ListProps): string[] {
  const { header, lines, selected, position } = drawRows({ list, matches, height, width, paint });
  return [
    drawTitle(matches.source.title, list, position, width, paint), header, ...lines,
    ...drawPreview(
      instead ?? (selected === null ? null : matches.source.preview(selected, width - 4, paint)), preview, width, paint,
    ),
  ];
}

export interface RowsProps {
  readonly list: ListState;
  readonly matches: Matches<unknown>;
  readonly height: number;
  readonly width: number;
  readonly paint: Paint;
  /** Whether the keys go here: then the selected row stands out. */
  readonly isInFront?: boolean;
  /** Before the names of the columns, two wide. */
  readonly mark?: string;
}

/** The rows in sight, exactly `height` lines, with the names of their columns apart. */
export function drawRows({ list, matches, height, width, paint, isInFront = true, mark = '  ' }: RowsProps): {
  header: string;
  lines: string[];
  selected: unknown;
  position: string;
} {
  const { source } = matches;
  const total = matchCount(matches);
  const { row, top } = within(list.cursor, { count: total, height });
  const rows = Array.from({ length: Math.min(height, total - top) }, (_, offset) =>
    source.row(indexAt(matches, top + offset)),
  );
  const { header, lines } = drawTable(source.columns, rows, isInFront ? row - top : -1, width, paint, mark);
  const empty = list.filter === '' ? source.empty : matches.searched < 1 ? 'Searching…' : 'No line fits this filter.';
  return {
    header: total === 0 ? '' : header,
    lines: filled(
      total === 0 ? wrap(empty, width - 2).map((line) => paint('muted', `  ${line}`)) : lines, height,
    ),
    selected: rows[row - top] ?? null,
    position: total === 0 ? '' : `${count(row + 1)}/${count(total)}`,
  };
}

/** A rule and some lines under it; `height` in all. */
export function drawPreview(about: readonly string[] | null, height: number, width: number, paint: Paint): string[] {
  if (about === null || height === 0) return filled([], height);
  const room = Math.max(1, height - (height > 4 ? 2 : 1));
  return filled([
    paint('muted', '─'.repeat(width)),
    ...about.slice(0, room).map((line, index) => `  ${line}${index === room - 1 && about.length > room ? ' …' : ''}`),
  ], height);
}

export function drawTitle(
  title: string, { filter, follows }: ListState, position: string, width: number, paint: Paint,
): string {
  const filtered = filter === '' ? '' : `   with “${filter}”`;
  const right = `${follows ? ' following' : ''} ${position} `;
  const room = width - columnsOf(right) - 2;
  const shown = fit(title, Math.min(room, columnsOf(title)));
  return (
    `  ` +
    `${paint('title', shown)}${paint('accent', fit(filtered, Math.max(0, room - columnsOf(shown))))}` +
      paint('muted', right)
  );
}
