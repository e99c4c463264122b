import type { Analysis, Finding, Group } from '../../analysis/model.js';
import { doubt } from '../doubt.js';
import { unexplained } from '../explained.js';
import { count, counted, lasting, socketAddress } from '../quantities.js';
import { advice } from './advice.js';
import type { Anchors } from './anchors.js';
import { ladderFigure } from './ladder.js';
import { type Markup, markup } from './markup.js';
import type { Sample } from './samples.js';
import { detailed } from './selection.js';
import { type HtmlColumn, table } from './table.js';
import { groupName, nothing, severityWord, timeOfDay } from './words.js';

/** Connections listed of each group. */
const MOST_LISTED = 3;

/**
 * A section for each of the worst groups: what to change, its first connections, a filter, and one connection drawn.
 */
export function* findingsSection(
  analysis: Analysis, samples: ReadonlyMap<Group, Sample>, anchors: Anchors,
): IterableIterator<Markup> {
  if (analysis.groups.length === 0) return;
  yield markup`<section aria-labelledby="findings">
<h2 id="findings">Finding by finding</h2>
${samples.size === 0 && markup`<p class="quiet">The packets could not be read a second time: no connection is drawn.</p>
`}`;
  for (const group of detailed(analysis.groups))
    yield article(analysis, group, anchors.group(group), samples.get(group) ?? null);
  yield markup`</section>
`;
}

function article(analysis: Analysis, group: Group, anchor: string, sample: Sample | null): Markup {
  const listed = group.findings.slice(0, MOST_LISTED).flatMap((index) => analysis.findings[index] ?? []);
  const [example] = listed;
  const more = group.findings.length - listed.length;
  const columns: readonly HtmlColumn<Finding>[] = [
    { header: 'stream', names: true, value: ({ stream }) => String(stream) },
    { header: 'client', value: ({ flow }) => socketAddress(analysis.connection(flow).client) },
    { header: 'by', value: ({ role }) => role },
    { header: 'since', kind: 'number', value: ({ start }) => timeOfDay(analysis, start) },
    { header: 'lasting', kind: 'number', value: ({ duration }) => (duration === 0 ? nothing : lasting(duration)) },
    { header: 'what the packets show', kind: 'prose', value: (finding) => finding.message + doubt(finding) },
  ];
  return markup`<article aria-labelledby="${anchor}">
<h3 id="${anchor}">${severityWord(group.severity)} <a class="self" href="#${anchor}">${groupName(group)}</a></h3>
<p class="quiet">${extent(analysis, group)}${explanation(analysis, group)}</p>
${example !== undefined && advice(example.advice)}${table(more > 0 ? `The first ${count(listed.length)} of ${counted(group.findings.length, 'finding')}` : counted(listed.length, 'finding'), listed, columns, `Connections: ${groupName(group)}`)}${
    example !== undefined &&
    markup`<p class="filter">Wireshark: <code>${filter(group, example)}</code></p>
`
  }${sample !== null && ladderFigure(sample, `ladder-${anchor}`)}</article>
`;
}

/** Says which diagnoses explain the findings of a group, all of these or some. */
function explanation(analysis: Analysis, group: Group): string {
  const { findings, by } = unexplained(analysis, group);
  if (by.size === 0) return '';
  const explained = group.findings.length - findings.length;
  return `; ${findings.length === 0 ? '' : `${count(explained)} of them `}explained by ${[...by].join(', ')}`;
}

/** `30 connections, 10:47:39 to 10:48:07 UTC; 60.5 s to 88.3 s, in the middle 74.9 s` */
function extent(analysis: Analysis, { flows, first, last, durations }: Group): string {
  const [from, to] = [timeOfDay(analysis, first), timeOfDay(analysis, last)];
  const when = from === to ? `at ${from} UTC` : `${from} to ${to} UTC`;
  const { shortest, median, longest } = durations;
  if (longest === 0) return `${counted(flows, 'connection')}, ${when}`;
  return (
    `${counted(flows, 'connection')}, ${when}; lasting ` +
    (lasting(shortest) === lasting(longest)
      ? lasting(longest)
      : `${lasting(shortest)} to ${lasting(longest)}, in the middle ${lasting(median)}`)
  );
}

/** The filter of the only finding, or one for the streams that the group names. */
function filter({ streams, findings }: Group, example: Finding): string {
  return findings.length === 1 ? example.filter : `tcp.stream in {${streams.join(', ')}}`;
}
