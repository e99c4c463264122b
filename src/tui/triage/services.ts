import type { Address } from '../../analysis/model.js';
import type { Causes, ServiceOverview } from '../../overview/services.js';
import { count, lasting, socketAddress } from '../../report/quantities.js';
import { openConnections } from '../panel.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { wrap } from '../text/wrap.js';

/** The flows of a service, in the language of the flow filter. */
export function serviceFilter(service: Address): string {
  return `server ${socketAddress(service)}`;
}

/** Every service, the worst first: how many of its flows ended well and what became of the others. */
export function servicesSource(services: readonly ServiceOverview[]): Source<ServiceOverview> {
  return {
    count: services.length,
    columns,
    title: 'Services',
    empty: 'No service yet.',
    row: (index) => services[index]!,
    key: (index) => socketAddress(services[index]!.service),
    opens: (index) => openConnections(serviceFilter(services[index]!.service)),
    text: (index) => socketAddress(services[index]!.service),
    preview: (service, width) => wrap(inWords(service), width),
  };
}

const columns: readonly Column<ServiceOverview>[] = [
  { header: 'SERVICE', width: 18, fit: 'tail', text: ({ service }) => socketAddress(service) },
  { header: 'FLOWS', width: 5, fit: 'right', text: ({ flows }) => count(flows) },
  { header: 'CLEAN', width: 5, fit: 'right', text: ({ clean }) => blankOr(clean), role: ({ clean, flows }) => (clean === flows ? 'established' : 'plain') },
  { header: 'HALF-CLOSED', width: 5, fit: 'right', text: ({ halfClosed }) => blankOr(halfClosed.total), role: ({ errors }) => (errors > 0 ? 'error' : 'plain') },
  { header: 'RESETS', width: 10, most: 18, drop: 1, text: ({ resets }) => listed(resets), role: ({ resets }) => (resets.total === 0 ? 'muted' : 'warning') },
  { header: 'COLLISIONS', width: 4, fit: 'right', drop: 3, text: ({ reuse }) => blankOr(reuse.collisions), role: () => 'error' },
  { header: 'CLOSE-WAIT', width: 8, fit: 'right', drop: 2, text: ({ closeWait }) => (closeWait === null || closeWait.worst < 1e9 ? '' : lasting(closeWait.worst)), role: () => 'waiting' },
];

function blankOr(number: number): string {
  return number === 0 ? '' : count(number);
}

/** `5 linger, 3 abort` */
function listed({ causes }: Causes): string {
  return causes.map(({ cause, flows }) => `${count(flows)} ${cause}`).join(', ');
}

function inWords({ service, flows, clean, noted, unknown, halfClosed, resets, reuse, refused, halfOpen, closeWait }: ServiceOverview): string {
  const parts = [
    `${count(clean)} of ${count(flows)} flows are clean`,
    noted === 0 ? '' : `of ${count(noted)} there is something to know`,
    unknown === 0 ? '' : `of ${count(unknown)} nothing is known`,
    halfClosed.total === 0 ? '' : `half-closed: ${listed(halfClosed)}`,
    resets.total === 0 ? '' : `reset: ${listed(resets)}`,
    refused === 0 ? '' : `${count(refused)} refused`,
    halfOpen === 0 ? '' : `${count(halfOpen)} half-open`,
    reuse.accepted + reuse.collisions === 0 ? '' : `five-tuples used again: ${count(reuse.accepted)} accepted, ${count(reuse.collisions)} collided`,
    closeWait === null ? '' : `in CLOSE-WAIT for up to ${lasting(closeWait.worst)}, half of them ${lasting(closeWait.median)} or more`,
  ];
  return `${socketAddress(service)}: ${parts.filter((part) => part !== '').join('; ')}.`;
}
