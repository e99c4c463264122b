import type { Analysis, Time } from '../../analysis/model.js';
import { count } from '../../report/quantities.js';
import { DIVIDER, type Layout } from '../layout.js';
import { drawPreview, drawRows } from '../list/list.js';
import { matchCount, type Matches } from '../list/source.js';
import { newList, type ListState } from '../list/state.js';
import { Rows } from '../rows.js';
import type { Scan } from '../scan.js';
import { columnsOf, fit } from '../text/fit.js';
import type { Paint } from '../theme.js';
import { drawChart } from './chart.js';

export type TriagePane = 'groups' | 'services' | 'chart';

export interface TriageProps {
  readonly analysis: Analysis;
  /** Null until all connections have been looked at once. */
  readonly scan: Scan | null;
  readonly pane: TriagePane;
  readonly lists: { readonly groups?: ListState; readonly services?: ListState };
  readonly groups: Matches<unknown>;
  readonly services: Matches<unknown> | null;
  /** Cursor of the chart; null is the last moment. */
  readonly cursor: Time | null;
  readonly layout: Layout;
  readonly paint: Paint;
}

/**
 * The first screen: what is wrong, worst first; more of the selected line; the services; populations of states over
 * time. In a wide terminal services and chart stand side by side.
 */
export function Triage(props: TriageProps) {
  return <Rows lines={drawTriage(props)} />;
}

export function drawTriage({
  analysis, scan, pane, lists, groups, services, cursor, layout, paint,
}: TriageProps): string[] {
  const { columns, triage } = layout;
  const findings = drawRows({
    list: lists.groups ?? newList, matches: groups, height: triage.groups, width: columns, paint,
    isInFront: pane === 'groups',
  });
  const list =
    services === null
      ? null
      : drawRows({
          list: lists.services ?? newList, matches: services, height: Math.max(1, triage.services.height),
          width: triage.services.width, paint, isInFront: pane === 'services',
          mark: pane === 'services' && !triage.isWide ? '▸ ' : '  ',
        });
  const front =
    pane === 'services' && services !== null
      ? { source: services.source, row: list?.selected ?? null }
      : { source: groups.source, row: findings.selected };
  const about = front.row === null ? null : front.source.preview(front.row, columns - 4, paint);

  const below = drawServices(
    list, services, pane === 'services', lists.services?.filter ?? '',
    analysis.forgotten === undefined ? 'Services' : 'Services of the flows kept', triage, paint,
  );
  const chart =
    triage.chart.lines === 0
      ? []
      : drawChart({
          analysis, populations: scan?.populations ?? null, cursor: cursor ?? analysis.capture.last ?? 0,
          isInFront: pane === 'chart', lines: triage.chart.lines, width: triage.chart.width, paint,
        });
  return [
    drawPaneTitle(
      groups.source.title, lists.groups?.filter ?? '', findings.position, pane === 'groups', columns, paint,
    ),
    findings.header, ...findings.lines, ...drawPreview(about, triage.preview, columns, paint),
    ...(triage.isWide ? sideBySide(below, chart, triage.services.width, paint) : [...below, ...chart]),
  ];
}

function drawServices(
  list: ReturnType<typeof drawRows> | null, services: Matches<unknown> | null, isInFront: boolean, filter: string,
  name: string, { isWide, services: { height, width } }: Layout['triage'], paint: Paint,
): string[] {
  if (height === 0) return [];
  const mark = isInFront ? paint('accent', '▸') : ' ';
  if (list === null || services === null)
    return [`${mark} ${paint('title', fit(name, width - 2))}`, ...Array<string>(height - 1 + Number(isWide)).fill('')];
  const title = drawPaneTitle(
    `${name}: ${count(matchCount(services))}`, filter, list.position, isInFront, width, paint,
  );
  // Where lines are few, the names of the columns are the title.
  return isWide ? [title, list.header, ...list.lines] : [list.header, ...list.lines];
}

function drawPaneTitle(
  title: string, filter: string, position: string, isInFront: boolean, width: number, paint: Paint,
): string {
  const right = ` ${position} `;
  const room = width - columnsOf(right) - 2;
  const shown = fit(title, Math.min(room, columnsOf(title)));
  const filtered = filter === '' ? '' : `   with “${filter}”`;
  return `${isInFront ? paint('accent', '▸ ') : '  '}${paint('title', shown)}` +
    `${paint('accent', fit(filtered, Math.max(0, room - columnsOf(shown))))}${paint('muted', right)}`;
}

function sideBySide(left: readonly string[], right: readonly string[], width: number, paint: Paint): string[] {
  const divider = paint('muted', DIVIDER);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    const line = left[row] ?? '';
    return `${line}${' '.repeat(Math.max(0, width - columnsOf(line)))}${divider}${right[row] ?? ''}`;
  });
}
