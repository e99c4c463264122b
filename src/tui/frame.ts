import type { ConnectionId } from '../base/numbers.js';
import type { Time } from '../analysis/model.js';
import {
  columnNames, firstChoice, reverse, sortBy, sortByNext, toggleColumn, type ColumnChoice,
} from './connections/state.js';
import { goInFlow, moveInFlow, otherPane, toggleRun, type Pane } from './flow-detail/state.js';
import { lists, type Action, type Context, type ListName } from './keys.js';
import { scrolled, type Extent } from './list/cursor.js';
import { filterList, followList, goInList, moveInList, type ListState } from './list/state.js';
import { stepTo } from './netstat/state.js';
import type { Step } from './netstat/state-index.js';
import { firstPanel, openConnections, openNetstat, openScreen, type ListPanel, type Panel } from './panel.js';
import { screenNamed } from './screens.js';

/** Where the reader is: panels opened one from the other, the last on top. */
export interface Frame {
  readonly panels: readonly Panel[];
  /** Keys go into the filter of the top panel; `candidate` is the one that would complete it. */
  readonly typing: { readonly candidate: number } | null;
  readonly overlay: 'help' | 'columns' | null;
  /** Index of the column at which the overlay is. */
  readonly column: number;
  /** The first line of the help in sight, and what its lines must have. */
  readonly helpTop: number;
  readonly helpFilter: string;
  /** Columns and order of the flows. */
  readonly choice: ColumnChoice;
  /** Flows that the reader marked. */
  readonly marks: ReadonlySet<number>;
}

export const firstFrame: Frame = {
  panels: [firstPanel], typing: null, overlay: null, column: 0, helpTop: 0, helpFilter: '', choice: firstChoice,
  marks: new Set(),
};

/** What an action needs to know of what is in sight. */
export interface ViewContext {
  readonly extent: Extent;
  readonly keyAt: (row: number) => string;
  /** What the selected row opens; null where there is none. */
  readonly opens: Panel | null;
  /** The notable row before or after the selected one. */
  readonly notable: (direction: 1 | -1) => number;
  /** What completes the filter: the filter after each candidate. */
  readonly candidates: readonly string[];
  /** The moment the panel shows, and where a step leads from it. */
  readonly time: Time;
  readonly step: (step: Step) => Time;
  /** Moves of the chart's cursor. */
  readonly cursor: (direction: 1 | -1) => Time;
  /** The flow under the cursor; null where there is none. */
  readonly flow: ConnectionId | null;
  readonly ladder: {
    readonly extent: Extent;
    /** The run under the cursor, by its first row; null where there is none. */
    readonly run: number | null;
    /** Line of the frame that the selected line of the explanation names; null where it names none. */
    readonly jump: number | null;
    /** Line of the evidence before or after the cursor; null where there is none. */
    readonly evidence: (direction: 1 | -1) => number | null;
  };
}

export function topOf({ panels }: Frame): Panel {
  return panels.at(-1)!;
}

/** The pane that the keys of the top panel go to. */
export function paneOf(panel: Panel): Context {
  if (panel.kind !== 'flow') return panel.pane as Context;
  return panel.isOfBothEnds ? `pair-${panel.view.pane}` : panel.view.pane;
}

export function contextOf(frame: Frame): Context {
  if (frame.overlay === 'help' && frame.typing !== null) return 'filter';
  if (frame.overlay !== null) return frame.overlay;
  const pane = paneOf(topOf(frame));
  return frame.typing === null ? pane : pane === 'connections' ? 'language' : 'filter';
}

/** Whether the reader looks at a moment of the capture: a packet of a flow, or the cursor of the chart. */
function isAboutMoment(panel: Panel): boolean {
  return panel.kind === 'flow' || (panel.kind === 'triage' && panel.pane === 'chart' && panel.cursor !== null);
}

/** The list that the keys go to; null where they go to something else. */
export function listOf(panel: Panel): ListState | null {
  return panel.kind === 'flow' || panel.pane === 'chart' ? null : panel.lists[panel.pane] ?? null;
}

/** The frame after an action; what reaches beyond the screen (`quit`, `copy`, profiles…) is not the frame's affair. */
export function act(frame: Frame, action: Action, context: ViewContext): Frame {
  const panel = topOf(frame);
  switch (action) {
    case 'help':
    case 'columns':
      return { ...frame, overlay: frame.overlay === action ? null : action, helpTop: 0, helpFilter: '' };
    case 'open':
      return context.opens === null ? frame : push(frame, context.opens);
    case 'triage':
      return { ...frame, panels: frame.panels.slice(0, 1) };
    case 'connections':
      return push(frame, openConnections(''));
    case 'passed':
    case 'lone':
      return { ...frame, panels: [frame.panels[0]!, openScreen(action)] };
    case 'netstat':
      return push(frame, openNetstat(isAboutMoment(panel) ? context.time : null));
    case 'back':
      return back(frame);
    case 'filter':
      return { ...frame, typing: { candidate: 0 } };
    case 'accept-filter':
      return { ...frame, typing: null };
    case 'drop-filter':
      return { ...withFilter(frame, () => ''), typing: null };
    case 'erase':
      return filterOf(frame) === ''
        ? { ...frame, typing: null }
        : withFilter(frame, (filter) => Array.from(filter).slice(0, -1).join(''));
    case 'erase-all':
      return withFilter(frame, () => '');
    case 'complete':
      return withFilter(frame, (filter) => context.candidates[frame.typing?.candidate ?? 0] ?? filter);
    case 'next-candidate':
    case 'previous-candidate':
      return moveCandidate(frame, action === 'next-candidate' ? 1 : -1, context.candidates.length);
    case 'other-pane':
      return replaceTop(frame, nextPane(panel));
    case 'mark':
      return context.flow === null ? frame : { ...frame, marks: toggled(frame.marks, context.flow) };
    case 'unmark':
      return { ...frame, marks: new Set() };
    case 'toggle-column':
      return { ...frame, choice: toggleColumn(frame.choice, columnNames[frame.column]!) };
    case 'sort-column':
      return { ...frame, choice: sortBy(frame.choice, columnNames[frame.column]!) };
    case 'sort-next':
      return { ...frame, choice: sortByNext(frame.choice, columnNames) };
    case 'reverse':
      return { ...frame, choice: reverse(frame.choice) };
    case 'cursor-back':
    case 'cursor-on':
      return panel.kind === 'triage'
        ? replaceTop(frame, { ...panel, cursor: context.cursor(action === 'cursor-on' ? 1 : -1) })
        : frame;
    case 'follow':
      return follow(frame, panel);
    case 'next':
    case 'previous':
      return toNotable(frame, panel, action === 'next' ? 1 : -1, context);
    case 'unfold':
      return panel.kind === 'flow' && context.ladder.run !== null
        ? replaceTop(frame, { ...panel, view: toggleRun(panel.view, context.ladder.run) })
        : frame;
    case 'jump':
      return panel.kind === 'flow' ? goToLine(frame, panel, context.ladder.jump, 'ladder', context) : frame;
    case 'second-back':
    case 'second-on':
    case 'change-back':
    case 'change-on':
    case 'finding-back':
    case 'finding-on':
    case 'begin':
    case 'end':
      return panel.kind === 'netstat'
        ? replaceTop(frame, { ...panel, netstat: stepTo(panel.netstat, context.time, context.step(action)) })
        : frame;
    case 'up':
    case 'down':
    case 'wheel-up':
    case 'wheel-down':
    case 'page-up':
    case 'page-down':
    case 'half-page-up':
    case 'half-page-down':
    case 'first':
    case 'last': {
      if (frame.overlay === 'columns')
        return {
          ...frame, column: Math.max(0, Math.min(columnNames.length - 1, frame.column + (action === 'up' ? -1 : 1))),
        };
      if (frame.overlay === 'help') return { ...frame, helpTop: scrolled(frame.helpTop, action, context.extent) };
      if (panel.kind === 'flow')
        return replaceTop(frame, { ...panel, view: moveInFlow(panel.view, action, context.extent) });
      return withList(frame, (list) => moveInList(list, action, context.extent, context.keyAt));
    }
    default:
      return screenNamed(action) === undefined ? frame : push(frame, openScreen(action));
  }
}

/** The frame after a key that went into the filter. */
export function type(frame: Frame, character: string): Frame {
  return withFilter(frame, (filter) => filter + character);
}

export function filterOf(frame: Frame): string {
  if (frame.overlay === 'help') return frame.helpFilter;
  return listOf(topOf(frame))?.filter ?? '';
}

export function replaceTop(frame: Frame, panel: Panel): Frame {
  return panel === topOf(frame) ? frame : { ...frame, panels: [...frame.panels.slice(0, -1), panel] };
}

/** The frame with another state of a list of the top panel. */
export function setList(frame: Frame, name: ListName, list: ListState): Frame {
  const panel = topOf(frame);
  if (panel.kind === 'flow' || panel.lists[name] === list) return frame;
  return replaceTop(frame, { ...panel, lists: { ...panel.lists, [name]: list } });
}

/** The frame with another pane in front; a pane that the panel does not have leaves it as it is. */
export function focusPane(frame: Frame, pane: Context): Frame {
  const panel = topOf(frame);
  if (panel.kind === 'flow')
    return pane === 'ladder' || pane === 'explanation'
      ? replaceTop(frame, { ...panel, view: { ...panel.view, pane } })
      : frame;
  const panes = panesOf(panel);
  return panes.includes(pane) ? replaceTop(frame, { ...panel, pane } as ListPanel) : frame;
}

function panesOf(panel: ListPanel): readonly Context[] {
  switch (panel.kind) {
    case 'triage': return ['groups', 'services', 'chart'];
    case 'netstat': return ['sockets', 'summary'];
    default: return [paneOf(panel)];
  }
}

function nextPane(panel: Panel): Panel {
  if (panel.kind === 'flow') return { ...panel, view: otherPane(panel.view) };
  const panes = panesOf(panel);
  return { ...panel, pane: panes[(panes.indexOf(paneOf(panel)) + 1) % panes.length] } as Panel;
}

function push(frame: Frame, panel: Panel): Frame {
  return { ...frame, panels: [...frame.panels, panel] };
}

/** First the filter goes, then the panel; the first panel stays. */
function back(frame: Frame): Frame {
  const filter = filterOf(frame);
  if (filter !== '' && filter !== openedWith(topOf(frame))) return withFilter(frame, () => '');
  return frame.panels.length === 1 ? frame : { ...frame, panels: frame.panels.slice(0, -1) };
}

/** Lists that were opened by what they are filtered by are left at once. */
function openedWith(panel: Panel): string | null {
  return panel.kind === 'connections' ? panel.opened : null;
}

function withList(frame: Frame, change: (list: ListState) => ListState): Frame {
  const panel = topOf(frame);
  const list = listOf(panel);
  return list === null ? frame : setList(frame, paneOf(panel) as ListName, change(list));
}

function withFilter(frame: Frame, change: (filter: string) => string): Frame {
  if (frame.overlay === 'help') return { ...frame, helpFilter: change(frame.helpFilter), helpTop: 0 };
  const changed = withList(frame, (list) => filterList(list, change(list.filter)));
  return changed.typing === null ? changed : { ...changed, typing: { candidate: 0 } };
}

function moveCandidate(frame: Frame, direction: 1 | -1, count: number): Frame {
  if (frame.typing === null || count === 0) return frame;
  return { ...frame, typing: { candidate: (frame.typing.candidate + direction + count) % count } };
}

/** Lists stay at their end, the sockets at the newest moment. */
function follow(frame: Frame, panel: Panel): Frame {
  if (panel.kind === 'netstat') return replaceTop(frame, { ...panel, netstat: { time: null, before: null } });
  return withList(frame, followList);
}

function toNotable(frame: Frame, panel: Panel, direction: 1 | -1, context: ViewContext): Frame {
  if (panel.kind === 'flow') return goToLine(frame, panel, context.ladder.evidence(direction), 'ladder', context);
  return withList(frame, (list) => goInList(list, context.notable(direction), context.extent, context.keyAt));
}

function goToLine(
  frame: Frame, panel: Panel & { kind: 'flow' }, line: number | null, pane: Pane, { ladder }: ViewContext,
): Frame {
  return line === null ? frame : replaceTop(frame, { ...panel, view: goInFlow(panel.view, pane, line, ladder.extent) });
}

function toggled(set: ReadonlySet<number>, member: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(member)) next.add(member);
  return next;
}

export function isList(pane: Context): pane is ListName {
  return (lists as readonly Context[]).includes(pane);
}
