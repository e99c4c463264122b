import type { ConnectionId } from '../base/numbers.js';
import type { Analysis, Connection, Time } from '../analysis/model.js';
import { count } from '../report/quantities.js';

/** Said of a flow that was forgotten. */
export const NO_LONGER_KEPT = 'This flow is no longer kept (--keep-connections).';

const nobody = { address: 'forgotten', port: 0 };

/** In place of a connection that was forgotten after a snapshot was made that lists it. */
function placeholder(id: ConnectionId): Connection {
  return {
    id, stream: -1, streams: [], client: nobody, server: nobody, roles: 'guessed', firstFrame: 0, lastFrame: 0,
    start: 0, end: 0, observedUntil: 0, packets: { client: 0, server: 0 }, bytes: { client: 0, server: 0 },
    states: { client: [], server: [] }, ending: 'unknown', verdict: 'unknown', doubt: 'fragment', closer: null,
    resets: [], zeek: { connState: 'OTH', history: '' }, completeness: 0, previous: null,
  };
}

export function isForgotten({ client }: Connection): boolean {
  return client === nobody;
}

/** An analysis with something to show of connections that are forgotten while it is on the screen. */
export function withPlaceholders(analysis: Analysis): Analysis {
  if (analysis.options.keepConnections === undefined) return analysis;
  return {
    ...analysis,
    connection(id) {
      try {
        return analysis.connection(id);
      } catch (error) {
        if (error instanceof RangeError) return placeholder(id);
        throw error;
      }
    },
    withOptions: (changes) => withPlaceholders(analysis.withOptions(changes)),
  };
}

/** From when on the connections that are kept are all that there were; null where there is no packet. */
export function wholeFrom({
  capture: { first, last }, forgotten,
}: Pick<Analysis, 'capture' | 'forgotten'>): Time | null {
  return first === null || last === null || forgotten === undefined
    ? first
    : Math.max(first, Math.min(forgotten.until, last));
}

/** ` + 1,240,331 no longer kept`; nothing where all are. */
export function besides({ forgotten }: Analysis): string {
  if (forgotten === undefined) return '';
  const { early } = forgotten;
  return ` + ${count(forgotten.count)} no longer ` +
    `kept${early === 0 ? '' : `, ${count(early)} of them forgotten before their time`}`;
}
