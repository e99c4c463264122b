import type { Overview, ServiceOverview } from '../../overview/overview.js';
import { count, counted, lasting, socketAddress } from '../quantities.js';
import { type Markup, markup } from './markup.js';
import { type HtmlColumn, table } from './table.js';
import { byCause, nothing, orDash } from './words.js';

/** Services before the rest is only counted: a port scan makes one of every port. */
const MOST_SERVICES = 100;

const columns: readonly HtmlColumn<ServiceOverview>[] = [
  { header: 'service', names: true, value: ({ service }) => socketAddress(service) },
  { header: 'flows', kind: 'number', value: ({ flows }) => count(flows) },
  { header: 'clean', kind: 'number', value: ({ clean }) => orDash(clean) },
  { header: 'unknown', kind: 'number', value: ({ unknown }) => orDash(unknown) },
  { header: 'half-closed', value: ({ halfClosed }) => byCause(halfClosed) || nothing },
  { header: 'resets', value: ({ resets }) => byCause(resets) || nothing },
  { header: 'refused', kind: 'number', value: ({ refused }) => orDash(refused) },
  { header: 'half-open', kind: 'number', value: ({ halfOpen }) => orDash(halfOpen) },
  { header: 'TIME-WAIT reused', kind: 'number', value: ({ reuse }) => orDash(reuse.accepted) },
  { header: 'collided', kind: 'number', value: ({ reuse }) => orDash(reuse.collisions) },
  {
    header: 'CLOSE-WAIT median', kind: 'number',
    value: ({ closeWait }) => (closeWait === null ? nothing : lasting(closeWait.median)),
    order: ({ closeWait }) => closeWait?.median ?? -1,
  },
  {
    header: 'longest', kind: 'number',
    value: ({ closeWait }) => (closeWait === null ? nothing : lasting(closeWait.worst)),
    order: ({ closeWait }) => closeWait?.worst ?? -1,
  },
];

/** Every service with what became of its connections. */
export function servicesSection({ services }: Overview): Markup | null {
  if (services.length === 0) return null;
  const more = services.length - MOST_SERVICES;
  return markup`<section aria-labelledby="services">
<h2 id="services">Services</h2>
${table(
  'Connections by service, the worst first. Clean: nothing wrong. Unknown: neither closed nor going on, and ' +
    'nothing was found.',
  services.slice(0, MOST_SERVICES), columns,
)}${
    more > 0 &&
    markup`<p class="quiet">… and ${counted(more, 'more service')}.</p>
`
  }</section>
`;
}
