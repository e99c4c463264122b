import type { Analysis, Clock, Duration, Group } from '../../analysis/model.js';
import { count, counted, lasting, socketAddress } from '../../report/quantities.js';
import { doubtsOf } from '../../report/well.js';
import { besides } from '../forgotten.js';
import { openGroup } from '../panel.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { binned, sparkline } from '../text/sparkline.js';
import { showTime } from '../text/times.js';
import { wrap, wrapItem } from '../text/wrap.js';
import { severityRole } from '../theme.js';

/** `half-closed: leak`. */
export function nameOf({ finding, cause }: Pick<Group, 'finding' | 'cause'>): string {
  return cause === null ? finding : `${finding}: ${cause}`;
}

/** Stays its own while the capture grows. */
export function keyOf(group: Group): string {
  return `${nameOf(group)} ${socketAddress(group.service)}`;
}

/** Parts into which a bar chart of a line divides the capture's time. */
const CELLS = 12;

/** What is wrong, where, whose doing, how often and when; worst first. */
export function groupsSource(analysis: Analysis): Source<Group> {
  const { clock, groups, findings } = analysis;
  const whenOf = memoized((group: Group) => drawWhen(analysis, group));
  const columns: readonly Column<Group>[] = [
    { header: '', width: 7, text: ({ severity }) => severity, role: ({ severity }) => severityRole[severity] },
    { header: 'FLOWS', width: 5, fit: 'right', text: ({ flows }) => count(flows) },
    { header: 'FINDING', width: 18, text: nameOf, role: ({ severity }) => (severity === 'info' ? 'plain' : severityRole[severity]) },
    { header: 'SERVICE', width: 15, fit: 'tail', text: ({ service }) => socketAddress(service) },
    { header: 'BY', width: 6, drop: 1, text: ({ findings: [sample = -1] }) => findings[sample]?.role ?? '', role: () => 'muted' },
    { header: 'WHEN', width: CELLS, isDrawing: true, text: whenOf, role: ({ severity }) => severityRole[severity] },
    { header: 'FIRST', width: 8, drop: 2, text: ({ first }) => showTime(clock, first), role: () => 'muted' },
    { header: 'LAST', width: 8, drop: 3, text: ({ last }) => showTime(clock, last), role: () => 'muted' },
    { header: 'MEDIAN', width: 8, fit: 'right', drop: 4, text: ({ durations }) => blankOr(durations.median), role: () => 'muted' },
    { header: 'LONGEST', width: 8, fit: 'right', drop: 5, text: ({ durations }) => blankOr(durations.longest), role: () => 'muted' },
  ];
  const concerned = new Set(findings.map(({ flow }) => flow)).size + (analysis.forgotten?.found ?? 0);
  return {
    count: groups.length,
    columns,
    title: `Findings in ${count(concerned)} of ${flowsOf(analysis)}`,
    empty: analysis.connectionCount === 0 ? 'No TCP connection yet.' : nothingFound(analysis),
    row: (index) => groups[index]!,
    key: (index) => keyOf(groups[index]!),
    opens: (index) => openGroup(keyOf(groups[index]!)),
    text(index) {
      const group = groups[index]!;
      const message = findings[group.findings[0] ?? -1]?.message ?? '';
      return `${group.severity} ${keyOf(group)} ${message}`.toLowerCase();
    },
    preview(group, width, paint) {
      const sample = findings[group.findings[0] ?? -1];
      const gone = group.forgotten === undefined ? '' : `${count(group.forgotten)} of these flows are no longer kept.`;
      if (sample === undefined) return [...wrap(gone, width), ...wrap(inWords(clock, group), width).map((line) => paint('muted', line))];
      return [
        ...wrap(group.flows === 1 ? sample.message : `For example stream ${sample.stream}: ${sample.message}`, width),
        ...wrap(`${inWords(clock, group)}${gone === '' ? '' : ` ${gone}`}`, width).map((line) => paint('muted', line)),
        ...wrapItem('→ ', (sample.advice[0] ?? '').split('\n')[0] ?? '', width),
      ];
    },
  };
}

/** `10:47:39 to 10:48:07. Lasted 60.5 s to 88.3 s, half of them 74.9 s or more.` */
function inWords(clock: Clock, { flows, first, last, durations: { shortest, median, longest } }: Group): string {
  const when = flows === 1 ? `At ${showTime(clock, first)}.` : `${showTime(clock, first)} to ${showTime(clock, last)}.`;
  if (longest === 0) return when;
  if (flows === 1 || shortest === longest) return `${when} Lasted ${lasting(longest)}.`;
  return `${when} Lasted ${lasting(shortest)} to ${lasting(longest)}, half of them ${lasting(median)} or more.`;
}

/** What happens at once, as a reset does, lasts no time that would be worth a number. */
function blankOr(duration: Duration): string {
  return duration === 0 ? '' : lasting(duration);
}

/** How many of a group's findings began in each part of the capture. */
function drawWhen({ capture, findings }: Analysis, group: Group): string {
  const begins = group.findings.map((index) => findings[index]!.start);
  return sparkline(binned(begins, capture.first ?? 0, capture.last ?? 0, CELLS));
}

/** `1,340,331 flows: 100,000 + 1,240,331 no longer kept` */
function flowsOf(analysis: Analysis): string {
  const { connectionCount: all, forgotten } = analysis;
  return forgotten === undefined ? counted(all, 'flow') : `${counted(all, 'flow')}: ${count(all - forgotten.count)}${besides(analysis)}`;
}

function memoized<Key extends object>(make: (key: Key) => string): (key: Key) => string {
  const made = new WeakMap<Key, string>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) made.set(key, value = make(key));
    return value;
  };
}

function nothingFound(analysis: Analysis): string {
  const doubts = doubtsOf(analysis);
  return doubts === '' ? 'Nothing was found.' : `Nothing was found. ${doubts}.`;
}
