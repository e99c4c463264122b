import { rowsOf, type Extent, type Move } from '../list/cursor.js';

export type Pane = 'ladder' | 'explanation';

/** What the flow panel remembers. */
export interface FlowState {
  /** The pane that the keys scroll; where both do not fit, the one that is shown. */
  readonly pane: Pane;
  /** First line shown of each. */
  readonly tops: Readonly<Record<Pane, number>>;
}

export const newFlow: FlowState = { pane: 'ladder', tops: { ladder: 0, explanation: 0 } };

export function otherPane(flow: FlowState): FlowState {
  return { ...flow, pane: flow.pane === 'ladder' ? 'explanation' : 'ladder' };
}

export function scroll(flow: FlowState, move: Move, extent: Extent): FlowState {
  const top = topWithin(flow.tops[flow.pane] + rowsOf(move, extent), extent);
  return { ...flow, tops: { ...flow.tops, [flow.pane]: top } };
}

/** The last page is a full one. */
export function topWithin(top: number, { count, height }: Extent): number {
  return Math.max(0, Math.min(top, count - height));
}
