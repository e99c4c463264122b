import type { Connection } from '../../analysis/model.js';
import { lasting, socketAddress } from '../../report/quantities.js';
import { worstFirst } from '../connections/columns.js';
import { nameOf } from '../groups/source.js';
import { NO_LONGER_KEPT } from '../forgotten.js';
import type { Layout } from '../layout.js';
import { Rows } from '../rows.js';
import type { FlowDocument } from './document.js';
import { filled } from '../text/filled.js';
import { columnsOf, fit } from '../text/fit.js';
import { wrap } from '../text/wrap.js';
import { severityRole, type Paint } from '../theme.js';
import { drawLadderLine, ladderHeader } from './ladder.js';
import { drawBeside, drawExplanation, drawPaneName, drawSelected } from './panes.js';
import { within } from '../list/cursor.js';
import type { FlowState, Pane } from './state.js';

export interface FlowProps {
  readonly document: FlowDocument;
  readonly state: FlowState;
  readonly layout: Layout;
  readonly paint: Paint;
}

/**
 * One flow: who, how it ended and why in two lines; then its ladder and the explanation, side by side or one at a time.
 */
export function Flow(props: FlowProps) {
  return <Rows lines={drawFlow(props)} />;
}

export function drawFlow({ document, state, layout, paint }: FlowProps): string[] {
  const { columns, flow: { height, isWide, ladderWidth, explanationWidth } } = layout;
  const head = [drawTitle(document.connection, columns, paint), drawVerdict(document, columns, paint), ''];
  const ladder = drawLadder(document, state, ladderWidth, height, paint);
  const explanation = drawExplanation(document.explanation, state, { width: explanationWidth, height }, paint);
  const name = (pane: Pane, text: string): string => drawPaneName(pane, text, state, paint);

  if (isWide) {
    const mark = state.pane === 'ladder' ? paint('accent', '▸ ') : '  ';
    return [
      ...head,
      ...drawBeside(
        [ladderHeader(ladderWidth, paint, mark), ...ladder], [name('explanation', 'EXPLANATION'), ...explanation],
        ladderWidth, paint,
      ),
    ];
  }
  const shown = state.pane === 'ladder' ? ladder : explanation.map((line) => `  ${line}`);
  return [
    ...head.slice(0, 2),
    `${name('ladder', 'LADDER')}   ${name('explanation', 'EXPLANATION')}`,
    state.pane === 'ladder' ? ladderHeader(columns, paint) : '',
    ...shown,
  ];
}

function drawTitle({ stream, client, server, ending, start, end }: Connection, width: number, paint: Paint): string {
  const title = `Stream ${stream}   ${socketAddress(client)} → ${socketAddress(server)}`;
  const rest = `   ${ending}, ${lasting(end - start)}`;
  const room = width - 2;
  const shown = fit(title, Math.min(room, columnsOf(title)));
  return `  ${paint('title', shown)}${paint('muted', fit(rest, Math.max(0, room - columnsOf(shown))))}`;
}

function drawVerdict({ findings: found, isForgotten, lost }: FlowDocument, width: number, paint: Paint): string {
  const findings = worstFirst(found);
  const [worst] = findings;
  const gone = `${isForgotten ? `  ${NO_LONGER_KEPT}` : ''}${lost === null ? '' : `  ${lost}`}`;
  if (worst === undefined)
    return paint('muted', fit(`${isForgotten ? '' : '  Nothing to report about this flow.'}${gone}`, width));
  const others = findings.length === 1 ? '' : `, and ${findings.length - 1} more`;
  const name = `${worst.severity}  ${nameOf({ finding: worst.id, cause: worst.cause })}`;
  return `  ${paint(severityRole[worst.severity], fit(name, Math.min(columnsOf(name), width - 2)))}`
    + paint('muted', fit(`  ${worst.confidence}${others}${gone}`, Math.max(0, width - 2 - columnsOf(name))));
}

function drawLadder(
  { ladder }: FlowDocument, { cursors, pane }: FlowState, width: number, height: number, paint: Paint,
): string[] {
  if (ladder === null) return filled([paint('muted', fit('  Reading the segments again…', width))], height);
  if (typeof ladder === 'string')
    return filled(
      wrap(`The segments cannot be read again: ${ladder}`, width - 2).map((line) => paint('error', `  ${line}`)), height,
    );
  const count = ladder.lines.length;
  const { row, top } = within(cursors.ladder, { count, height });
  return filled(Array.from({ length: Math.min(height, count - top) }, (_, offset) => {
    const line = drawLadderLine(ladder, top + offset, width, paint);
    return pane === 'ladder' && top + offset === row ? drawSelected(line, width, paint) : line;
  }), height);
}
