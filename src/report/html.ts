import type { Analysis } from '../analysis/model.js';
import type { Origin } from './choices.js';
import type { Look } from './paint.js';
import { overview } from '../overview/overview.js';
import { anchorsOf } from './html/anchors.js';
import { diagnosesSection } from './html/diagnoses.js';
import { findingsSection } from './html/findings.js';
import { carriage } from './html/carriage.js';
import { footer } from './html/footer.js';
import { groupsSection } from './html/groups.js';
import { type Live, head } from './html/head.js';
import { hostsSection } from './html/hosts.js';
import { type Listed, listedFindings } from './html/listed.js';
import { markup } from './html/markup.js';
import { plots } from './html/plots.js';
import { type Samples, readSamples } from './html/samples.js';
import { script, scriptHash } from './html/script.js';
import { servicesSection } from './html/services.js';
import { summary } from './html/summary.js';

/** Stretches of time in which the page counts: what its script can choose. */
const STRETCHES = 120;

export interface PageOptions {
  readonly origin?: Origin;
  readonly live?: Live;
  /** What stdin is called, where that is known better. */
  readonly stdinName?: string;
}

/**
 * The report as one page that needs nothing else: for a browser, a ticket, paper. All that is to be read stands in it
 * as text; its script makes it one to work in.
 *
 * The only format that has to wait: its ladders are read again from the captures before the first line is written.
 */
export async function html(analysis: Analysis, _look?: Look, options: PageOptions = {}): Promise<Iterable<string>> {
  const listed = listedFindings(analysis);
  return page(analysis, listed, await readSamples(analysis, listed), options);
}

function* page(
  analysis: Analysis, listed: readonly Listed[], samples: Samples, { origin, live, stdinName = '-' }: PageOptions,
): IterableIterator<string> {
  const nameOf = (path: string): string => (path === '-' ? stdinName : path);
  const all = overview(analysis, { stretches: STRETCHES });
  const anchors = anchorsOf(analysis.groups, analysis.diagnoses);
  yield head(title(analysis, nameOf), { scriptHash, ...(live !== undefined && { live }) });
  yield markup`<body>
${summary(analysis, all, diagnosesSection(analysis, anchors), nameOf)}${contents(analysis)}<main>
${groupsSection(analysis, anchors)}${analysis.connectionCount > 0 && plots(analysis, all)}${servicesSection(all)}`.text;
  for (const part of findingsSection(analysis, samples.drawn, anchors)) yield part.text;
  yield markup`${hostsSection(analysis)}</main>
${footer(origin)}`.text;
  yield* carriage(analysis, listed, samples, anchors, all.course!, nameOf);
  yield `<script>${script}</script>\n`;
  yield markup`</body>
</html>
`.text;
}

function title({ capture: { files } }: Analysis, nameOf: (path: string) => string): string {
  const [first] = files;
  return (
    `lastack: ` +
    (first === undefined ? 'no capture' : nameOf(first.path)) +
      (files.length > 1 ? ` and ${files.length - 1} more` : '')
  );
}

function contents({ connectionCount, diagnoses, groups, hosts }: Analysis) {
  const parts = [
    ['diagnoses', 'At the bottom of it', diagnoses.length > 0], ['found', 'What was found', true],
    ['pictures', 'In pictures', connectionCount > 0], ['services', 'Services', connectionCount > 0],
    ['findings', 'Finding by finding', groups.length > 0], ['hosts', 'Hosts', hosts.length > 0],
  ] as const;
  return markup`<nav aria-label="Contents"><ul>${parts.map(([id, name, there]) => there && markup`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
`;
}
