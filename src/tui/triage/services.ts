import type { Address, Analysis } from '../../analysis/model.js';
import type { Causes, ServiceOverview } from '../../overview/services.js';
import { count, lasting, socketAddress } from '../../report/quantities.js';
import { textOrFilter } from '../connections/text-or-filter.js';
import { openConnections } from '../panel.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { wrap } from '../text/wrap.js';

/** The flows of a service, in the language of the flow filter. */
export function serviceFilter(service: Address): string {
  return `server ${socketAddress(service)}`;
}

/** Every service, the worst first: how many of its flows ended well and what became of the others. */
export function servicesSource(services: readonly ServiceOverview[], analysis: Analysis): Source<ServiceOverview> {
  const flowsOf = flowsByService(analysis);
  const flows = (index: number): readonly number[] => flowsOf(services[index]!.service);
  const text = (index: number): string => `${socketAddress(services[index]!.service)} ${inWords(services[index]!)}`;
  return {
    count: services.length,
    columns: columns.filter(
      (column) => column.isAlways === true || services.some((service) => column.text(service) !== ''),
    ),
    title: 'Services', empty: 'No service.', row: (index) => services[index]!,
    key: (index) => socketAddress(services[index]!.service),
    opens: (index) => openConnections(serviceFilter(services[index]!.service)), flows, text,
    predicate: (filter) => textOrFilter(analysis, filter, { text, flows }),
    preview: (service, width) => wrap(inWords(service), width),
  };
}

/** Connections to each service, looked for when first asked. */
function flowsByService(analysis: Analysis): (service: Address) => readonly number[] {
  let known: Map<string, number[]> | null = null;
  return (service) => {
    if (known === null) {
      known = new Map();
      for (const { id, server } of analysis.connections()) {
        const name = socketAddress(server);
        const flows = known.get(name);
        if (flows === undefined) known.set(name, [id]);
        else flows.push(id);
      }
    }
    return known.get(socketAddress(service)) ?? [];
  };
}

interface ServiceColumn extends Column<ServiceOverview> {
  /** Also where it says nothing of any service. */
  readonly isAlways?: true;
}

const columns: readonly ServiceColumn[] = [
  {
    header: 'SERVICE', isAlways: true, width: 18, least: 18, fit: 'tail', text: ({ service }) => socketAddress(service),
  },
  { header: 'FLOWS', isAlways: true, width: 5, fit: 'right', text: ({ flows }) => count(flows) },
  {
    header: 'CLEAN', isAlways: true, width: 5, fit: 'right', text: ({ clean }) => blankOr(clean),
    role: ({ clean, flows }) => (clean === flows ? 'established' : 'plain'),
  },
  {
    header: 'HALF-CLOSED', width: 5, fit: 'right', text: ({ halfClosed }) => blankOr(halfClosed.total),
    role: ({ errors }) => (errors > 0 ? 'error' : 'plain'),
  },
  {
    header: 'REFUSED', width: 5, fit: 'right', drop: 0.6, text: ({ refused }) => blankOr(refused),
    role: () => 'warning',
  },
  {
    header: 'HALF-OPEN', width: 5, fit: 'right', drop: 0.7, text: ({ halfOpen }) => blankOr(halfOpen),
    role: () => 'warning',
  },
  {
    header: 'RESETS', width: 10, most: 18, least: 10, drop: 1, text: ({ resets }) => listed(resets),
    role: ({ resets }) => (resets.total === 0 ? 'muted' : 'warning'),
  },
  {
    header: 'COLLISIONS', width: 4, fit: 'right', drop: 3, text: ({ reuse }) => blankOr(reuse.collisions),
    role: () => 'error',
  },
  {
    header: 'CLOSE-WAIT', width: 8, fit: 'right', drop: 2,
    text: ({ closeWait }) => (closeWait === null || closeWait.worst < 1e9 ? '' : lasting(closeWait.worst)),
    role: () => 'waiting',
  },
];

function blankOr(number: number): string {
  return number === 0 ? '' : count(number);
}

/** `5 linger, 3 abort` */
function listed({ causes }: Causes): string {
  return causes.map(({ cause, flows }) => `${count(flows)} ${cause}`).join(', ');
}

function inWords({
  service, flows, clean, noted, unknown, halfClosed, resets, reuse, refused, halfOpen, closeWait,
}: ServiceOverview): string {
  const parts = [
    `${count(clean)} of ${count(flows)} flows are clean`,
    noted === 0 ? '' : `of ${count(noted)} there is something to know`,
    unknown === 0 ? '' : `of ${count(unknown)} nothing is known`,
    halfClosed.total === 0 ? '' : `half-closed: ${listed(halfClosed)}`,
    resets.total === 0 ? '' : `reset: ${listed(resets)}`, refused === 0 ? '' : `${count(refused)} refused`,
    halfOpen === 0 ? '' : `${count(halfOpen)} half-open`,
    reuse.accepted + reuse.collisions === 0
      ? ''
      : `five-tuples used again: ${count(reuse.accepted)} accepted, ${count(reuse.collisions)} collided`,
    closeWait === null
      ? ''
      : `in CLOSE-WAIT for up to ${lasting(closeWait.worst)}, half of them ${lasting(closeWait.median)} or more`,
  ];
  return `${socketAddress(service)}: ${parts.filter((part) => part !== '').join('; ')}.`;
}
