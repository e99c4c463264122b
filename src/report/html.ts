import type { Analysis, Group } from '../analysis/model.js';
import type { Choices, Origin } from './choices.js';
import type { Look } from './paint.js';
import { overview } from '../overview/overview.js';
import { anchorsOf } from './html/anchors.js';
import { diagnosesSection } from './html/diagnoses.js';
import { findingsSection } from './html/findings.js';
import { footer } from './html/footer.js';
import { groupsSection } from './html/groups.js';
import { head } from './html/head.js';
import { hostsSection } from './html/hosts.js';
import { markup } from './html/markup.js';
import { plots } from './html/plots.js';
import { type Sample, readSamples } from './html/samples.js';
import { servicesSection } from './html/services.js';
import { summary } from './html/summary.js';

/**
 * The report as one page that needs nothing else: for a browser, a ticket, paper.
 *
 * The only format that has to wait: its ladders are read again from the captures before the first line is written.
 */
export async function html(analysis: Analysis, _look?: Look, { origin }: Pick<Choices, 'origin'> = {}): Promise<Iterable<string>> {
  return page(analysis, await readSamples(analysis), origin);
}

function* page(analysis: Analysis, samples: ReadonlyMap<Group, Sample>, origin: Origin | undefined): IterableIterator<string> {
  const all = overview(analysis);
  const anchors = anchorsOf(analysis.groups, analysis.diagnoses);
  yield head(title(analysis));
  yield markup`<body>
${summary(analysis, all, diagnosesSection(analysis, anchors))}${contents(analysis)}<main>
${groupsSection(analysis, anchors)}${analysis.connectionCount > 0 && plots(analysis, all)}${servicesSection(all)}`.text;
  for (const part of findingsSection(analysis, samples, anchors)) yield part.text;
  yield markup`${hostsSection(analysis)}</main>
${footer(origin)}</body>
</html>
`.text;
}

function title({ capture: { files } }: Analysis): string {
  const [first] = files;
  return `lastack: ${first === undefined ? 'no capture' : first.path}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`;
}

function contents({ connectionCount, diagnoses, groups, hosts }: Analysis) {
  const parts = [
    ['diagnoses', 'At the bottom of it', diagnoses.length > 0],
    ['found', 'What was found', true], ['pictures', 'In pictures', connectionCount > 0], ['services', 'Services', connectionCount > 0],
    ['findings', 'Finding by finding', groups.length > 0], ['hosts', 'Hosts', hosts.length > 0],
  ] as const;
  return markup`<nav aria-label="Contents"><ul>${parts.map(([id, name, there]) => there && markup`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
`;
}
