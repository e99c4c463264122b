import { count, socketAddress } from '../../report/quantities.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { stateRole } from '../theme.js';
import { openConnections } from '../panel.js';
import { serviceFilter } from '../triage/services.js';
import type { Count, Moment, ServiceCount } from './moment.js';
import { STATES } from './state-index.js';

/** Sockets of a moment counted by service and state, both sides of a connection together. */
export function socketSummarySource({ services, states, before }: Moment): Source<ServiceCount> {
  const columns: readonly Column<ServiceCount>[] = [
    { header: 'SERVICE', width: 19, fit: 'tail', text: ({ service }) => socketAddress(service) },
    { header: 'SOCKETS', width: 7, fit: 'right', text: ({ sockets }) => drawCount(sockets, before !== null) },
    ...STATES.flatMap((state, place): Column<ServiceCount>[] => {
      const { now, before: then } = states[place]!;
      if (now === 0 && then === 0) return [];
      return [{
        header: state, width: 8, fit: 'right', drop: 1 + orderOfLeaving.indexOf(state),
        text: (row) => drawCount(row.states[place]!, before !== null),
        role: (row) => (row.states[place]!.now === 0 ? 'muted' : stateRole[state]),
      }];
    }),
  ];
  return {
    count: services.length,
    columns,
    title: '',
    empty: 'No socket at this moment.',
    row: (index) => services[index]!,
    key: (index) => socketAddress(services[index]!.service),
    opens: (index) => openConnections(serviceFilter(services[index]!.service)),
    text: (index) => socketAddress(services[index]!.service),
    isNotable: (index) => services[index]!.states.some(({ now, before: then }) => now !== then),
    preview: () => [],
  };
}

/** Where the room is short, the states that say least go first. */
const orderOfLeaving: readonly string[] = [
  'CLOSE-WAIT', 'TIME-WAIT', 'ESTABLISHED', 'FIN-WAIT-2', 'LAST-ACK', 'FIN-WAIT-1', 'SYN-SENT', 'SYN-RECEIVED',
  'CLOSING', 'CLOSED',
];

/** `48 +2`: now, and what is different from before. */
export function drawCount({ now, before }: Count, compares: boolean): string {
  const difference = now - before;
  if (!compares || difference === 0) return now === 0 ? '' : count(now);
  return `${count(now)} ${difference > 0 ? '+' : '−'}${count(Math.abs(difference))}`;
}
