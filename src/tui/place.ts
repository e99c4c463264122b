import { paneOf, topOf } from './frame.js';
import type { Context } from './keys.js';
import { CHARTED, DIVIDER, FLOW_HEAD, HEADER, LIST_HEAD, NETSTAT_HEAD } from './layout.js';
import type { View } from './view.js';

/** A pane on the screen and a line of it, counted from the first row shown. */
export interface Place {
  readonly pane: Context;
  readonly line: number;
}

/** What lies at a cell of the screen; null where nothing can be chosen. */
export function placeAt({ frame, layout }: View, column: number, row: number): Place | null {
  const panel = topOf(frame);
  const body = row - HEADER;
  switch (panel.kind) {
    case 'triage': return placeInTriage(layout.triage, column, body);
    case 'flow': {
      const { isWide, ladderWidth, height } = layout.flow;
      const pane = isWide ? (column < ladderWidth + DIVIDER.length ? 'ladder' : 'explanation') : paneOf(panel);
      return within(pane, body - FLOW_HEAD, height);
    }
    case 'netstat': return within(panel.pane, body - NETSTAT_HEAD, layout.netstat.height);
    default: return within(paneOf(panel), body - LIST_HEAD, layout.list.height);
  }
}

function placeInTriage(
  { groups, preview, services, isWide, chart }: View['layout']['triage'], column: number, body: number,
): Place | null {
  const inGroups = within('groups', body - LIST_HEAD, groups);
  if (inGroups !== null) return inGroups;
  const below = body - LIST_HEAD - groups - preview;
  if (isWide)
    return column < services.width
      ? within('services', below - 2, services.height)
      : within('chart', below, 1 + CHARTED * chart.lines);
  return (
    within('services', below - 1, services.height) ??
    within('chart', below - services.height - 1, 1 + CHARTED * chart.lines)
  );
}

/** Null where the line is not one of the pane's. */
export function within(pane: Context, line: number, height: number): Place | null {
  return line >= 0 && line < height ? { pane, line } : null;
}
