import type { Analysis, Duration, Group } from '../../analysis/model.js';
import { doerOf, notExplained } from '../explained.js';
import { count, counted, lasting, socketAddress } from '../quantities.js';
import type { Anchors } from './anchors.js';
import { type Content, type Markup, markup } from './markup.js';
import { detailed, selected } from './selection.js';
import { type HtmlColumn, table } from './table.js';
import { nothing, severityWord, timeOfDay } from './words.js';

/**
 * The findings at a glance, worst first: where and whose first, for that is what a narrow window shows. Those with a
 * section of their own are links to it.
 */
export function groupsSection(analysis: Analysis, anchors: Anchors): Markup {
  const groups = notExplained(analysis);
  const folded = analysis.groups.filter((group) => !groups.includes(group));
  const shown = selected(groups, { ofAKind: 5, most: 100 });
  const sections = detailed(analysis.groups);
  const columns: readonly HtmlColumn<Group>[] = [
    { header: 'service', value: ({ service }) => socketAddress(service) },
    { header: 'by', value: (group) => doerOf(analysis, group) ?? nothing },
    { header: 'flows', kind: 'number', value: ({ flows }) => count(flows) },
    { header: 'severity', value: ({ severity }) => severityWord(severity) },
    { header: 'finding', names: true, value: (group) => link(group, anchors.group(group), sections.includes(group)) },
    { header: 'cause', value: ({ cause }) => cause ?? nothing },
    { header: 'first', kind: 'number', value: ({ first }) => timeOfDay(analysis, first), order: ({ first }) => first },
    { header: 'last', kind: 'number', value: ({ last }) => timeOfDay(analysis, last), order: ({ last }) => last },
    {
      header: 'shortest', kind: 'number', value: ({ durations }) => age(durations.shortest, durations),
      order: ({ durations }) => durations.shortest,
    },
    {
      header: 'median', kind: 'number', value: ({ durations }) => age(durations.median, durations),
      order: ({ durations }) => durations.median,
    },
    {
      header: 'longest', kind: 'number', value: ({ durations }) => age(durations.longest, durations),
      order: ({ durations }) => durations.longest,
    },
  ];
  const more = groups.length - shown.length;
  return markup`<section aria-labelledby="found">
<h2 id="found">What was found</h2>
${
  groups.length === 0
    ? markup`<p>${folded.length === 0 ? 'Nothing.' : 'Nothing beside what the diagnoses explain.'}</p>
`
    : table(
        'Findings by cause and service, the worst first. Times are UTC; shortest to longest is how long it lasted.',
        shown, columns,
      )
}${
    more > 0 &&
    markup`<p class="quiet">… and ${counted(more, 'more group')} of the same kinds; the JSON report has them all.</p>
`
  }${
    folded.length > 0 &&
    markup`<details><summary>${counted(folded.length, 'kind')} of findings that the diagnoses explain</summary>
${table('Findings that a diagnosis explains.', selected(folded, { ofAKind: 5, most: 100 }), columns)}</details>
`
  }</section>
`;
}

/** A link to the section, or where there is none, what links to the group lead to. */
function link({ finding }: Group, anchor: string, hasSection: boolean): Content {
  return hasSection ? markup`<a href="#${anchor}">${finding}</a>` : markup`<span id="${anchor}">${finding}</span>`;
}

/** Nothing where none of the group's findings has a duration: a RST is a moment. */
function age(duration: Duration, { longest }: Group['durations']): Content {
  return longest === 0 ? nothing : lasting(duration);
}
