import type { Analysis, Host } from '../../analysis/model.js';
import { counted } from '../quantities.js';
import { type Markup, markup } from './markup.js';
import { type HtmlColumn, table } from './table.js';

/** Hosts before the rest is only counted. */
const MOST_HOSTS = 20;

const columns: readonly HtmlColumn<Host>[] = [
  { header: 'host', names: true, value: ({ address }) => address },
  { header: 'taken for', value: ({ profile }) => profile },
  { header: 'because', kind: 'prose', value: ({ because }) => because },
];

/** The system whose timers each host was given: states that no packet shows rest on these. */
export function hostsSection({ hosts }: Analysis): Markup | null {
  if (hosts.length === 0) return null;
  const more = hosts.length - MOST_HOSTS;
  return markup`<section aria-labelledby="hosts">
<h2 id="hosts">Hosts</h2>
<p>FIN-WAIT-2 and TIME-WAIT end by timers that no packet shows. Their lengths are those of the system that each host was taken for; --profile sets it.</p>
${table('Hosts and the systems they were taken for', hosts.slice(0, MOST_HOSTS), columns)}${
    more > 0 &&
    markup`<p class="quiet">… and ${counted(more, 'more host')}.</p>
`
  }</section>
`;
}
