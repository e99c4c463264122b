import { type ServiceOverview, resetName } from '../../overview/overview.js';
import { count, counted, socketAddress } from '../quantities.js';
import { type Markup, markup } from './markup.js';
import { WIDTH, label, rectangle, scale, svg } from './svg.js';

/** Bars before the rest is only counted. */
const MOST_BARS = 12;
const BAR = 20;
const NAME = 22;
/** Where bars begin: the longest cause is `retransmission-timeout`. */
const LEFT = 138;
/** Room for a number of a million. */
const RIGHT = 62;

/** A bar for each cause at each service. */
export function resetsPlot(services: readonly ServiceOverview[]): Markup {
  const title = 'Resets by service and cause';
  const all = services.filter(({ resets }) => resets.total > 0);
  const shown = fitting(all);
  if (shown.length === 0)
    return markup`<figure><figcaption><strong>${title}</strong> No connection saw a RST, refused ones apart.</figcaption></figure>
`;
  const most = Math.max(...shown.flatMap(({ resets }) => resets.causes.map(({ flows }) => flows)));
  const width = scale([0, most], [0, WIDTH - LEFT - RIGHT]);
  let y = 0;
  const bars = shown.map(({ service, resets }) => {
    const name = label(0, (y += NAME) - 8, socketAddress(service));
    return [name, resets.causes.map(({ cause, flows }) => {
      const top = y;
      y += BAR;
      return markup`<g data-bar="across">${[
        label(LEFT - 8, top + 11, cause, { anchor: 'end', className: 'quiet' }),
        rectangle(LEFT, top + 1, Math.max(width(flows), 2), BAR - 7, 'fill-established', {
          name: resetName(service, cause), count: flows,
        }),
        label(LEFT + width(flows) + 6, top + 11, count(flows), { className: 'total' }),
      ]}</g>`;
    })];
  });
  const rest = all.length - shown.length;
  const told = shown.map(
    ({ service, resets }) =>
      `${socketAddress(service)}: ${resets.causes.map(({ cause, flows }) => `${count(flows)} ${cause}`).join(', ')}.`,
  );
  return markup`<figure>
<figcaption><strong>${title}</strong> Connections that saw a RST of each cause; refused ones apart.${rest > 0 && ` ${counted(rest, 'more service')} in the table below.`}</figcaption>
${svg({ id: 'resets', title, description: told.join(' '), height: y + 4 }, bars)}</figure>
`;
}

/** The services with the most resets, as many as there is room for. */
function fitting(services: readonly ServiceOverview[]): ServiceOverview[] {
  let bars = 0;
  return services
    .toSorted((a, b) => b.resets.total - a.resets.total)
    .filter(({ resets }) => (bars += resets.causes.length) <= MOST_BARS);
}
