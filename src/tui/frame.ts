import { newFlow, otherPane, scroll, type FlowState } from './flow-detail/state.js';
import type { Action, Context } from './keys.js';
import type { Extent } from './list/cursor.js';
import { filterList, moveInList, newList, type ListState } from './list/state.js';

/** A screen and what it remembers. */
export type Panel =
  | { readonly kind: 'groups'; readonly list: ListState }
  | { readonly kind: 'connections'; readonly list: ListState }
  /** `group` is a `keyOf`. */
  | { readonly kind: 'findings'; readonly group: string; readonly list: ListState }
  /** `flow` is a `Connection.id`. */
  | { readonly kind: 'flow'; readonly flow: number; readonly view: FlowState };

export type ListPanel = Exclude<Panel, { kind: 'flow' }>;

/** Where the reader is: panels opened one from the other, the last on top. */
export interface Frame {
  readonly panels: readonly Panel[];
  /** Keys go into the filter of the top panel. */
  readonly isTyping: boolean;
  readonly isHelp: boolean;
}

export const firstFrame: Frame = { panels: [{ kind: 'groups', list: newList }], isTyping: false, isHelp: false };

/** What an action needs to know of the rows in sight. */
export interface Surroundings {
  readonly extent: Extent;
  readonly keyAt: (row: number) => string;
  /** What the selected row opens; null where there is none. */
  readonly opens: Panel | null;
}

export function topOf({ panels }: Frame): Panel {
  return panels.at(-1)!;
}

export function contextOf(frame: Frame): Context {
  return frame.isHelp ? 'help' : frame.isTyping ? 'filter' : topOf(frame).kind;
}

/** The frame after an action; `quit` is not the frame's affair. */
export function act(frame: Frame, action: Action, surroundings: Surroundings): Frame {
  const panel = topOf(frame);
  switch (action) {
    case 'help': return { ...frame, isHelp: !frame.isHelp };
    case 'open': return surroundings.opens === null ? frame : push(frame, surroundings.opens);
    case 'connections': return push(frame, { kind: 'connections', list: newList });
    case 'back': return back(frame);
    case 'filter': return { ...frame, isTyping: true };
    case 'accept-filter': return { ...frame, isTyping: false };
    case 'drop-filter': return { ...withFilter(frame, () => ''), isTyping: false };
    case 'erase': return filterOf(frame) === '' ? { ...frame, isTyping: false } : withFilter(frame, (filter) => Array.from(filter).slice(0, -1).join(''));
    case 'erase-all': return withFilter(frame, () => '');
    case 'other-pane': return panel.kind === 'flow' ? replaceTop(frame, { ...panel, view: otherPane(panel.view) }) : frame;
    case 'quit': return frame;
    default: {
      const { extent, keyAt } = surroundings;
      return panel.kind === 'flow'
        ? replaceTop(frame, { ...panel, view: scroll(panel.view, action, extent) })
        : replaceTop(frame, { ...panel, list: moveInList(panel.list, action, extent, keyAt) });
    }
  }
}

/** The frame after a key that went into the filter. */
export function type(frame: Frame, character: string): Frame {
  return withFilter(frame, (filter) => filter + character);
}

export function openFlow(flow: number): Panel {
  return { kind: 'flow', flow, view: newFlow };
}

export function openGroup(group: string): Panel {
  return { kind: 'findings', group, list: newList };
}

export function filterOf(frame: Frame): string {
  const panel = topOf(frame);
  return panel.kind === 'flow' ? '' : panel.list.filter;
}

export function replaceTop(frame: Frame, panel: Panel): Frame {
  return { ...frame, panels: [...frame.panels.slice(0, -1), panel] };
}

function push(frame: Frame, panel: Panel): Frame {
  return { ...frame, panels: [...frame.panels, panel] };
}

/** First the filter goes, then the panel; the first panel stays. */
function back(frame: Frame): Frame {
  if (filterOf(frame) !== '') return withFilter(frame, () => '');
  return frame.panels.length === 1 ? frame : { ...frame, panels: frame.panels.slice(0, -1) };
}

function withFilter(frame: Frame, change: (filter: string) => string): Frame {
  const panel = topOf(frame);
  if (panel.kind === 'flow') return frame;
  return replaceTop(frame, { ...panel, list: filterList(panel.list, change(panel.list.filter)) });
}
