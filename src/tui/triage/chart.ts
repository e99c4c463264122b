import type { Analysis, State, Time } from '../../analysis/model.js';
import type { LivingState, Populations } from '../../overview/populations.js';
import { count, lasting } from '../../report/quantities.js';
import { wholeFrom } from '../forgotten.js';
import { brailleArea, DOTS, resampled } from '../text/braille.js';
import { columnsOf, fit } from '../text/fit.js';
import { cellOf } from '../text/sparkline.js';
import { showTime, showZone } from '../text/times.js';
import { stateRole, type Paint } from '../theme.js';

/** States whose populations tell of endings, the one that must not grow first. */
const charted = ['CLOSE-WAIT', 'TIME-WAIT', 'FIN-WAIT-2', 'ESTABLISHED'] as const satisfies readonly LivingState[];

const LABEL = 12;
const NUMBER = 7;

export interface ChartProps {
  readonly analysis: Analysis;
  readonly populations: Populations | null;
  /** The moment whose numbers are shown. */
  readonly cursor: Time;
  readonly isInFront: boolean;
  readonly lines: number;
  readonly width: number;
  readonly paint: Paint;
}

/** Columns of the areas. */
export function chartCells(width: number): number {
  return Math.max(1, width - LABEL - NUMBER - 5);
}

/**
 * How many sockets were in each state over the capture's time: an area for each state with a scale of its own, and the
 * numbers at the cursor.
 */
export function drawChart({ analysis, populations, cursor, isInFront, lines, width, paint }: ChartProps): string[] {
  const { clock, capture: { last }, forgotten } = analysis;
  const first = wholeFrom(analysis);
  const cells = chartCells(width);
  const mark = isInFront ? paint('accent', '▸ ') : '  ';
  if (populations === null || first === null || last === null)
    return [`${mark}${paint('title', fit('Sockets by state', width - 2))}`, paint('muted', '  Counting…')];
  const since = cursor - (analysis.capture.first ?? first);
  // Before that some connections lived that are no longer kept.
  const title = forgotten === undefined ? 'Sockets by state' : `Sockets by state since ${showTime(clock, first)}`;
  const when = `   at ${showTime(clock, cursor)} ${showZone(clock, cursor)}, +${lasting(since)}`;
  const at = cellOf(cursor, first, last, cells);
  const place = cellOf(cursor, first, last, populations.moments.length);
  return [
    `${mark}${paint('title', title)}${paint('muted', fit(when, Math.max(0, width - columnsOf(title) - 2)))}`,
    ...charted.flatMap((state) => {
      const values = populations.states[state];
      const highest = values.reduce((most, value) => Math.max(most, value), 0);
      const area = brailleArea(resampled(values, cells * DOTS.across), highest, lines);
      return area.map((line, index) =>
        drawLine(
          state, line, index === lines - 1 ? (values[place] ?? 0) : null, index === 0 && lines > 1 ? highest : null,
          isInFront ? at : -1, paint,
        ),
      );
    }),
  ];
}

/** The name and the number stand at the foot of an area, its highest value at the top. */
function drawLine(
  state: State, area: string, value: number | null, highest: number | null, cursor: number, paint: Paint,
): string {
  const role = stateRole[state];
  const label = value === null ? ' '.repeat(LABEL) : paint(role, fit(state, LABEL));
  const number = value === null
    ? paint('muted', fit(highest === null ? '' : `≤ ${count(highest)}`, NUMBER, 'right'))
    : fit(count(value), NUMBER, 'right');
  const cells =
    cursor === -1
      ? paint(role, area)
      : paint(role, area.slice(0, cursor)) + paint('selected', area.slice(cursor, cursor + 1)) +
        paint(role, area.slice(cursor + 1));
  return `  ${label} ${number} ${cells}`;
}

/** The moment one cell before the cursor or after it. */
export function movedCursor(analysis: Analysis, cursor: Time, direction: 1 | -1, cells: number): Time {
  const [begin, end] = [wholeFrom(analysis) ?? 0, analysis.capture.last ?? 0];
  return Math.max(begin, Math.min(end, cursor + (direction * (end - begin)) / cells));
}
