import { atTop, moved, rowsOf, within, type Cursor, type Extent, type Move } from '../list/cursor.js';

export type Pane = 'ladder' | 'explanation';

/** What the flow panel remembers. */
export interface FlowState {
  /** The pane that the keys move in; where both do not fit, the one that is shown. */
  readonly pane: Pane;
  /** The selected line of each and the first one shown. */
  readonly cursors: Readonly<Record<Pane, Cursor>>;
  /** Runs of data that are open, by their first row. */
  readonly open: ReadonlySet<number>;
}

export const newFlow: FlowState = { pane: 'ladder', cursors: { ladder: atTop, explanation: atTop }, open: new Set() };

export function otherPane(flow: FlowState): FlowState {
  return { ...flow, pane: flow.pane === 'ladder' ? 'explanation' : 'ladder' };
}

export function moveInFlow(flow: FlowState, move: Move, extent: Extent): FlowState {
  if (extent.count === 0) return flow;
  // The end of a text is read when it is reached; a wheel turns the page and not the selection.
  const wheels = move === 'wheel-up' || move === 'wheel-down';
  const cursor = flow.cursors[flow.pane];
  const next = wheels
    ? within({ row: cursor.row + rowsOf(move, extent), top: cursor.top + rowsOf(move, extent) }, extent)
    : moved(cursor, move, extent);
  return { ...flow, cursors: { ...flow.cursors, [flow.pane]: next } };
}

/** To a line of a pane, with some lines before it in sight. */
export function goInFlow(flow: FlowState, pane: Pane, row: number, extent: Extent): FlowState {
  const { top } = flow.cursors[pane];
  const isInSight = row >= top && row < top + extent.height;
  const cursor = within({ row, top: isInSight ? top : row - (extent.height >> 1) }, extent);
  return { ...flow, pane, cursors: { ...flow.cursors, [pane]: cursor } };
}

/** Opens the run that begins with this row, or closes it. */
export function toggleRun(flow: FlowState, from: number): FlowState {
  const open = new Set(flow.open);
  if (!open.delete(from)) open.add(from);
  return { ...flow, open };
}
