import type { ConnectionId } from '../base/numbers.js';
import type { Time } from '../analysis/model.js';
import { newFlow, type FlowState } from './flow-detail/state.js';
import { filterList, newList, type ListState } from './list/state.js';
import type { NetstatState } from './netstat/state.js';

interface Lists {
  /** What its panes remember that are lists. */
  readonly lists: Readonly<Partial<Record<string, ListState>>>;
}

/** A screen and what it remembers. */
export type Panel =
  | (Lists & {
      readonly kind: 'triage';
      readonly pane: 'groups' | 'services' | 'chart';
      /** Cursor of the chart; null is the last moment. */ readonly cursor: Time | null;
    })
  | (Lists & { readonly kind: 'findings'; readonly pane: 'findings'; /** A `keyOf`. */ readonly group: string })
  | (Lists & {
      readonly kind: 'connections';
      readonly pane: 'connections';
      /** The filter it was opened with. */ readonly opened: string;
    })
  | (Lists & { readonly kind: 'netstat'; readonly pane: 'sockets' | 'summary'; readonly netstat: NetstatState })
  | (Lists & { readonly kind: 'screen'; /** One of `screens`. */ readonly pane: string })
  | {
      readonly kind: 'flow';
      /** A `Connection.id`; of both ends the index of a row. */ readonly flow: ConnectionId;
      readonly isOfBothEnds: boolean;
      readonly view: FlowState;
    };

export type ListPanel = Exclude<Panel, { kind: 'flow' }>;

export function openFlow(flow: ConnectionId): Panel {
  return { kind: 'flow', flow, isOfBothEnds: false, view: newFlow };
}

/** A connection of the screen of both ends, by the index of its row. */
export function openAtBothEnds(row: number): Panel {
  return { kind: 'flow', flow: row, isOfBothEnds: true, view: newFlow };
}

export function openGroup(group: string): Panel {
  return { kind: 'findings', pane: 'findings', group, lists: { findings: newList } };
}

/** The flows that pass a filter of the filter language. */
export function openConnections(filter: string): Panel {
  return {
    kind: 'connections', pane: 'connections', opened: filter, lists: { connections: filterList(newList, filter) },
  };
}

export function openNetstat(time: Time | null): Panel {
  return {
    kind: 'netstat', pane: 'sockets', netstat: { time, before: null }, lists: { sockets: newList, summary: newList },
  };
}

export const firstPanel: Panel = {
  kind: 'triage', pane: 'groups', cursor: null, lists: { groups: newList, services: newList },
};

/** A screen that is one list, by its name. */
export function openScreen(name: string): Panel {
  return { kind: 'screen', pane: name, lists: { [name]: newList } };
}
