import type { TwoTaps } from '../../between/between.js';
import { socketAddress } from '../../report/quantities.js';
import { drawBeside, drawExplanation, drawPaneName, drawSelected } from '../flow-detail/panes.js';
import type { FlowState, Pane } from '../flow-detail/state.js';
import type { Layout } from '../layout.js';
import { within } from '../list/cursor.js';
import { Rows } from '../rows.js';
import { filled } from '../text/filled.js';
import { columnsOf, fit } from '../text/fit.js';
import { bare, severityRole, type Paint } from '../theme.js';
import type { PairDocument } from './document.js';
import type { PaneLayout } from './layout.js';
import { confidenceOf, doerInWords, doerOf, endsOf, nameOfRow, severityOf, streamsOfRow } from './rows.js';

export interface ConnectionProps {
  readonly taps: TwoTaps;
  readonly document: PairDocument;
  readonly state: FlowState;
  readonly layout: Layout;
  readonly paint: Paint;
}

/**
 * One connection at both ends: who and what in two lines; then the ladder of both taps and the explanation, side by
 * side, one above the other, or one at a time.
 */
export function Connection(props: ConnectionProps) {
  return <Rows lines={drawConnection(props)} />;
}

export function drawConnection({ taps, document, state, layout, paint }: ConnectionProps): string[] {
  const { kind, ladder, explanation } = document.panes;
  const rungs = drawLadder(document, state, ladder, paint);
  const prose = drawExplanation(document.explanation, state, explanation, paint);
  const head = [drawTitle(taps, document, layout.columns, paint), drawVerdict(taps, document, layout.columns, paint)];
  const name = (pane: Pane, text: string): string => drawPaneName(pane, text, state, paint);
  const header = headerOf(document, paint);
  if (kind === 'beside') {
    const names = state.pane === 'ladder' ? markedHeader(header, ladder.width, paint) : header;
    return [
      ...head, '',
      ...drawBeside([names, ...rungs], [name('explanation', 'EXPLANATION'), ...prose], ladder.width, paint),
    ];
  }
  if (kind === 'stacked')
    return [
      ...head, '', name('explanation', 'EXPLANATION'), ...prose.map((line) => `  ${line}`),
      state.pane === 'ladder' ? markedHeader(header, ladder.width, paint) : header, ...rungs,
    ];
  return [
    ...head, `${name('ladder', 'LADDER')}   ${name('explanation', 'EXPLANATION')}`,
    state.pane === 'ladder' ? header : '',
    ...(state.pane === 'ladder' ? rungs : prose.map((line) => `  ${line}`)),
  ];
}

function drawTitle(taps: TwoTaps, { row }: PairDocument, width: number, paint: Paint): string {
  const { client, server } = endsOf(taps, row);
  const title = `Stream ${streamsOfRow(taps, row)}   ${socketAddress(client)} → ${socketAddress(server)}`;
  const where = row.kind === 'one' ? `   at the ${row.tap}'s tap only` : '';
  const shown = fit(title, Math.min(width - 2, columnsOf(title)));
  return `  ${paint('title', shown)}${paint('muted', fit(where, Math.max(0, width - 2 - columnsOf(shown))))}`;
}

function drawVerdict(taps: TwoTaps, { row }: PairDocument, width: number, paint: Paint): string {
  const severity = severityOf(taps, row);
  const name = nameOfRow(taps, row);
  if (name === '') {
    const told = row.kind === 'both' ? 'It passed between the taps as it was sent.' : '';
    return paint('muted', fit(`  ${told}`, width));
  }
  const text = severity === null ? name : `${severity}  ${name}`;
  const role = severity === null ? 'warning' : severityRole[severity];
  const doer = doerOf(taps, row);
  const rest = [confidenceOf(taps, row) ?? '', doerInWords(doer)].filter((words) => words !== '');
  const shown = fit(text, Math.min(columnsOf(text), width - 2));
  return (
    `  ${paint(role, shown)}` + paint('muted', fit(`  ${rest.join(', ')}`, Math.max(0, width - 2 - columnsOf(shown))))
  );
}

function headerOf({ ladder }: PairDocument, paint: Paint): string {
  return ladder === null || typeof ladder === 'string' ? paint('heading', '  LADDER') : ladder.header;
}

/** The names of the columns where the keys go to the ladder. */
function markedHeader(header: string, width: number, paint: Paint): string {
  return `${paint('accent', '▸ ')}${paint('heading', fit(bare(header).slice(2), width - 2))}`;
}

function drawLadder(
  { ladder }: PairDocument, { cursors, pane }: FlowState, { width, height }: PaneLayout, paint: Paint,
): string[] {
  if (ladder === null) return filled([paint('muted', fit('  Reading the segments again…', width))], height);
  if (typeof ladder === 'string')
    return filled([paint('error', fit(`  The segments cannot be read again: ${ladder}`, width))], height);
  const { row, top } = within(cursors.ladder, { count: ladder.count, height });
  return filled(
    Array.from({ length: Math.max(0, Math.min(height, ladder.count - top)) }, (_, offset) => {
      const line = cut(ladder.line(top + offset), width);
      return pane === 'ladder' && top + offset === row ? drawSelected(line, width, paint) : line;
    }),
    height,
  );
}

/** A terminal may be narrower than the least that a ladder needs. */
function cut(line: string, width: number): string {
  return columnsOf(line) <= width ? line : fit(bare(line), width);
}
