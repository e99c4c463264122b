import type { Analysis, Duration, Finding, Group, Time } from '../../analysis/model.js';
import { doubt } from '../doubt.js';
import { doerOf, unexplained } from '../explained.js';
import { onHost } from '../host-socket.js';
import { inert, inertLines } from '../inert.js';
import type { Paint } from '../paint.js';
import { count, counted, isOneDay, lasting, socketAddress, wallDate } from '../quantities.js';
import { inFileWords, inFiles } from '../places.js';
import { type Column, table } from '../table.js';
import { hang, wrap } from '../wrap.js';

/** Groups shown before the rest is only counted: a broken or hostile capture can have one for each connection. */
const MOST_GROUPS = 40;
/** Findings shown of each group. */
const MOST_SAMPLES = 5;

/** All groups at a glance, worst first. */
export function* groupTable(analysis: Analysis, groups: readonly Group[], paint: Paint): IterableIterator<string> {
  const columns: readonly Column<Group>[] = [
    { header: 'severity', value: ({ severity }) => severity, meaning: ({ severity }) => severity },
    { header: 'finding', value: ({ finding }) => finding },
    { header: 'cause', value: ({ cause }) => cause ?? '' },
    { header: 'service', value: ({ service }) => socketAddress(service) },
    { header: 'by', value: (group) => doerOf(analysis, group) ?? '' },
    { header: 'count', align: 'right', value: ({ flows }) => count(flows) },
    { header: 'first', value: ({ first }) => timeOfDay(analysis, first) },
    { header: 'last', value: ({ last }) => timeOfDay(analysis, last) },
    { header: 'shortest', align: 'right', value: ({ durations }) => age(durations.shortest, durations) },
    { header: 'median', align: 'right', value: ({ durations }) => age(durations.median, durations) },
    { header: 'longest', align: 'right', value: ({ durations }) => age(durations.longest, durations) },
  ];
  yield* table(groups.slice(0, MOST_GROUPS), columns, paint);
  const more = groups.length - MOST_GROUPS;
  if (more > 0) yield `… and ${count(more)} more; -f ndjson has them all\n`;
}

/** A paragraph for each group: its first connections, what to change, and how to see them in Wireshark. */
export function* groupSections(
  analysis: Analysis, groups: readonly Group[], paint: Paint, width: number,
): IterableIterator<string> {
  for (const group of groups.slice(0, MOST_GROUPS)) {
    const { findings, by } = unexplained(analysis, group);
    yield `\n${paint(group.severity, group.severity)}  ${paint('heading', name(group))}, ` +
      `${counted(group.flows, 'connection')}\n`;
    const samples = findings
      .slice(0, MOST_SAMPLES)
      .map((index) => analysis.findings[index])
      .filter((finding) => finding !== undefined);
    for (const finding of samples) yield* sample(analysis, finding, paint, width);
    const more = findings.length - samples.length;
    if (more > 0) yield `  … and ${count(more)} more\n`;
    const explained = group.findings.length - findings.length;
    if (explained > 0) yield `  … and ${count(explained)} explained by ${[...by].join(', ')}\n`;
    const [example] = samples;
    if (example === undefined) continue;
    yield '\n';
    for (const step of example.advice) yield hang('  > ', 4, wrap(inertLines(step), width - 4));
    yield hang(`  ${paint('quiet', 'Wireshark:')} `, 13, wrap(inert(filter(group, findings, example)), width - 13));
  }
}

/** One finding: its connection, what it says, and what the host of its end knew. */
export function* sample(analysis: Analysis, finding: Finding, paint: Paint, width: number): IterableIterator<string> {
  const { client, server } = analysis.connection(finding.flow);
  yield `  ${paint('quiet', `stream ${finding.stream}  ${socketAddress(client)} > ${socketAddress(server)}`)}\n`;
  yield hang('    ', 4, wrap(inert(finding.message) + doubt(finding), width - 4));
  for (const own of inFiles(analysis, finding.frames)) {
    yield hang('    ', 4, wrap(inert(`In ${inFileWords(own)}`), width - 4));
  }
  const socket = analysis.hostSocket?.(finding.flow, finding.role) ?? null;
  if (socket !== null) yield hang('    ', 4, wrap(`On the host of the ${finding.role}: ${onHost(socket)}`, width - 4));
}

/** Nothing where none of the group's findings has a duration: a RST is a moment. */
function age(duration: Duration, { longest }: Group['durations']): string {
  return longest === 0 ? '' : lasting(duration);
}

function name({ finding, cause, service }: Group): string {
  return `${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}`;
}

/** The filter of the only finding, or one for the streams that the group names. */
function filter({ streams }: Group, findings: readonly number[], example: Finding): string {
  return findings.length === 1 ? example.filter : `tcp.stream in {${streams.join(', ')}}`;
}

/** `10:23:41`, with the day where the capture lasts longer than one. */
function timeOfDay({ clock, capture }: Analysis, time: Time): string {
  const { first, last } = capture;
  const seconds = wallDate(clock, time).replace(/\.\d+$/, '');
  return first !== null && last !== null && isOneDay(clock, first, last, wallDate) ? seconds.slice(11) : seconds;
}
