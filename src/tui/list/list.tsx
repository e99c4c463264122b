import type { ListPanel } from '../frame.js';
import type { Layout } from '../layout.js';
import { Rows } from '../rows.js';
import { columnsOf, fit } from '../text/fit.js';
import type { Paint } from '../theme.js';
import { drawTable } from './columns.js';
import { within } from './cursor.js';
import { indexAt, matchCount, type Matches } from './source.js';
import { count } from '../../report/quantities.js';

export interface ListProps {
  readonly panel: ListPanel;
  readonly matches: Matches<unknown>;
  readonly layout: Layout;
  readonly paint: Paint;
}

/** Title, names of the columns, the rows in sight, and under them more of the selected one. */
export function List(props: ListProps) {
  return <Rows lines={drawList(props)} />;
}

export function drawList({ panel, matches, layout, paint }: ListProps): string[] {
  const { columns: width, list: { height, preview } } = layout;
  const { source } = matches;
  const total = matchCount(matches);
  const { row, top } = within(panel.list.cursor, { count: total, height });
  const rows = Array.from({ length: Math.min(height, total - top) }, (_, offset) => source.row(indexAt(matches, top + offset)));
  const { header, lines } = drawTable(source.columns, rows, row - top, width, paint);

  const title = drawTitle(source.title, panel.list.filter, total === 0 ? '' : `${count(row + 1)}/${count(total)}`, width, paint);
  const empty = panel.list.filter === '' ? source.empty : matches.searched < 1 ? 'Searching…' : 'No line holds this text.';
  const body = total === 0 ? [paint('muted', `  ${fit(empty, width - 2)}`)] : lines;
  const selected = rows[row - top];
  const about = selected === undefined ? [] : source.preview(selected, width - 4, paint);
  const room = preview - 2;
  const more = selected === undefined || preview === 0 ? [] : [
    paint('muted', '─'.repeat(width)),
    ...about.slice(0, room).map((line, index) => `  ${line}${index === room - 1 && about.length > room ? ' …' : ''}`),
  ];
  return [
    title,
    total === 0 ? '' : header,
    ...filled(body, height),
    ...filled(more, preview),
  ];
}

function drawTitle(title: string, filter: string, position: string, width: number, paint: Paint): string {
  const filtered = filter === '' ? '' : `   with “${filter}”`;
  const right = ` ${position} `;
  const room = width - columnsOf(right) - 2;
  const shown = fit(title, Math.min(room, columnsOf(title)));
  return `  ${paint('title', shown)}${paint('accent', fit(filtered, Math.max(0, room - columnsOf(shown))))}${paint('muted', right)}`;
}

/** Exactly `height` lines. */
function filled(lines: readonly string[], height: number): string[] {
  return Array.from({ length: height }, (_, index) => lines[index] ?? '');
}
