import { endOf } from '../analysis/capture-end.js';
import type { Diagnosis, Group, Time } from '../analysis/model.js';
import { evidenceFrom, frameOfLine, lineOfFrame, rowOf, runOfLine, type Ladder } from './flow-detail/ladder.js';
import { isList, listOf, paneOf, setList, topOf, type Frame, type ViewContext } from './frame.js';
import { openNetstat, type Panel } from './panel.js';
import { helpPage } from './help/page.js';
import type { Context, ListName } from './keys.js';
import { heightOf, type Layout } from './layout.js';
import type { Extent } from './list/cursor.js';
import { indexAt, matchCount, notableFrom, positionOf, type Matches } from './list/source.js';
import { settleList } from './list/state.js';
import { stepped } from './netstat/state-index.js';
import type { View } from './view.js';
import { unpainted } from './theme.js';
import { chartCells, movedCursor } from './triage/chart.js';

const NOTHING: Extent = { count: 0, height: 1 };

/** What is in sight, as the reducers and the world outside need it. `packet` is the frame under the cursor. */
export function viewContextOf(view: View, now: Time): ViewContext & { readonly packet: number | null } {
  const { frame, layout, analysis, lists, document, scan } = view;
  const panel = topOf(frame);
  const pane = paneOf(panel);
  const matches = isList(pane) ? lists[pane] ?? null : null;
  const row = listOf(panel)?.cursor.row ?? 0;
  const index = matches === null || row >= matchCount(matches) ? null : indexAt(matches, row);
  const opens =
    panel.kind === 'triage' && pane === 'chart'
      ? openNetstat(panel.cursor)
      : index === null || matches === null
        ? null
        : matches.source.opens(index);
  const time = timeOf(view, now);
  const ladder = typeof document?.ladder === 'object' ? document.ladder : null;
  return {
    extent: extentInSight(view, panel, pane, matches),
    keyAt: (position) => matches?.source.key(indexAt(matches, position)) ?? '', opens,
    notable: (direction) => (matches === null ? row : notableFrom(matches, row, direction)), candidates: [], time,
    step: (step) => (analysis === null ? time : stepped(step, time, analysis, scan?.index ?? null)),
    cursor: (direction) =>
      analysis === null ? time : movedCursor(analysis, time, direction, chartCells(layout.triage.chart.width)),
    flow: panel.kind === 'flow' ? panel.flow : opens?.kind === 'flow' ? opens.flow : null,
    packet: ladder === null || panel.kind !== 'flow' ? null : frameOfLine(ladder, panel.view.cursors.ladder.row),
    ladder: ladderContext(view, panel, ladder),
  };
}

/**
 * What keys copy and extract: in lists of flows those that are marked, if some are; else those of the selected row, and
 * where that is a diagnosis or a group, which. `flow` is the one under the cursor.
 */
export function chosenFlows(
  { frame, lists }: View, flow: number | null,
): { readonly flows: readonly number[]; readonly told: Diagnosis | Group | null } {
  const panel = topOf(frame);
  if ((panel.kind === 'connections' || panel.kind === 'findings') && frame.marks.size > 0)
    return { flows: [...frame.marks].sort((a, b) => a - b), told: null };
  const pane = paneOf(panel);
  const matches = isList(pane) ? lists[pane] ?? null : null;
  const row = listOf(panel)?.cursor.row ?? 0;
  if (matches?.source.flows === undefined || row >= matchCount(matches))
    return { flows: flow === null ? [] : [flow], told: null };
  const index = indexAt(matches, row);
  return {
    flows: matches.source.flows(index),
    told: pane === 'groups' ? (matches.source.row(index) as Diagnosis | Group) : null,
  };
}

/** Room for the moves of what the keys go to. */
function extentInSight(view: View, panel: Panel, pane: Context, matches: Matches<unknown> | null): Extent {
  const { frame, layout } = view;
  if (frame.overlay === 'help')
    return { count: helpPage(pane, layout.columns, unpainted, frame.helpFilter).length, height: layout.body };
  if (panel.kind === 'flow') return flowExtent(view, panel);
  return isList(pane) && matches !== null ? extentOf(layout, pane, matches) : NOTHING;
}

/** Room for the cursor of a list. */
export function extentOf(layout: Layout, name: ListName, matches: Matches<unknown>): Extent {
  return { count: matchCount(matches), height: heightOf(layout, name) };
}

/** The frame where the list shows `matches`, with the cursor on the row it was on. */
export function settled(frame: Frame, layout: Layout, name: ListName, matches: Matches<unknown>): Frame {
  const panel = topOf(frame);
  const list = panel.kind === 'flow' ? undefined : panel.lists[name];
  if (list === undefined) return frame;
  const found = list.key === null ? -1 : positionOf(matches, list.key, list.cursor.row);
  return setList(frame, name, settleList(list, extentOf(layout, name, matches), found));
}

function flowExtent({ document, layout }: View, { view: { pane } }: Panel & { kind: 'flow' }): Extent {
  const { height } = layout.flow;
  if (pane === 'explanation') return { count: document?.explanation.length ?? 0, height };
  return { count: typeof document?.ladder === 'object' ? document.ladder?.lines.length ?? 0 : 0, height };
}

/** The moment that the top panel is about. */
function timeOf({ frame, analysis, document }: View, now: Time): Time {
  const panel = topOf(frame);
  if (panel.kind === 'netstat') return panel.netstat.time ?? now;
  if (panel.kind === 'triage') return panel.cursor ?? (analysis === null ? 0 : endOf(analysis.capture));
  if (panel.kind === 'flow' && typeof document?.ladder === 'object' && document.ladder !== null) {
    const line = document.ladder.lines[panel.view.cursors.ladder.row];
    if (line !== undefined) return rowOf(document.ladder.rows, line).time;
  }
  return now;
}

function ladderContext({ document, layout }: View, panel: Panel, ladder: Ladder | null): ViewContext['ladder'] {
  if (panel.kind !== 'flow' || ladder === null || document === null)
    return { extent: NOTHING, run: null, jump: null, evidence: () => null };
  const { ladder: { row }, explanation } = panel.view.cursors;
  const frame = document.explanation[explanation.row]?.frame ?? null;
  const line = frame === null ? -1 : lineOfFrame(ladder, frame);
  return {
    extent: { count: ladder.lines.length, height: layout.flow.height },
    run: runOfLine(ladder, row),
    jump: line === -1 ? null : line,
    evidence: (direction) => evidenceFrom(ladder, row, direction),
  };
}
