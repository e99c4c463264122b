import type { ConnectionId } from '../../base/numbers.js';
import type { Analysis, Clock, Diagnosis, Duration, Group, Time } from '../../analysis/model.js';
import { doerOf, explainedBy, notExplained } from '../../report/explained.js';
import { count, counted, lasting, socketAddress } from '../../report/quantities.js';
import { doubtsOf, noTcp } from '../../report/well.js';
import { textOrFilter } from '../connections/text-or-filter.js';
import { besides } from '../forgotten.js';
import { openConnections, openGroup } from '../panel.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { binned, sparkline } from '../text/sparkline.js';
import { showTime } from '../text/times.js';
import { wrap, wrapItem } from '../text/wrap.js';
import { severityRole, type Paint } from '../theme.js';

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

/** A line of the first screen. */
export type Told = Diagnosis | Group;

/**
 * The diagnoses, then what is wrong beside them: where, whose doing, how often and when; worst first. Findings that a
 * diagnosis explains are behind it.
 *
 * @param isReading whether there may be more to come: until then a capture without TCP is no news
 */
export function groupsSource(analysis: Analysis, isReading = false): Source<Told> {
  const { clock, diagnoses, findings } = analysis;
  const groups = notExplained(analysis);
  const rows: readonly Told[] = [...diagnoses, ...groups];
  const whenOf = memoized((told: Told) => drawWhen(analysis, told));
  const columns: readonly Column<Told>[] = [
    { header: '', width: 7, text: ({ severity }) => severity, role: ({ severity }) => severityRole[severity] },
    { header: 'FLOWS', width: 5, fit: 'right', text: ({ flows }) => count(flows) },
    {
      header: diagnoses.length === 0 ? 'FINDING' : 'DIAGNOSIS, FINDING', width: 18, text: titleOf,
      role: ({ severity }) => (severity === 'info' ? 'plain' : severityRole[severity]),
    },
    { header: 'SERVICE', width: 15, least: 21, fit: 'tail', text: placeOf },
    {
      header: 'BY', width: 6, drop: 0.5,
      text: (told) => (isDiagnosis(told) ? told.by.role : (doerOf(analysis, told) ?? '')), role: () => 'muted',
    },
    {
      header: 'WHEN', width: CELLS, isDrawing: true, drop: 1, text: whenOf,
      role: ({ severity }) => severityRole[severity],
    },
    { header: 'FIRST', width: 8, drop: 2, text: ({ first }) => showTime(clock, first), role: () => 'muted' },
    { header: 'LAST', width: 8, drop: 3, text: ({ last }) => showTime(clock, last), role: () => 'muted' },
    {
      header: 'MEDIAN', width: 8, fit: 'right', drop: 4,
      text: (told) => (isDiagnosis(told) ? '' : blankOr(told.durations.median)), role: () => 'muted',
    },
    {
      header: 'LONGEST', width: 8, fit: 'right', drop: 5,
      text: (told) => (isDiagnosis(told) ? '' : blankOr(told.durations.longest)), role: () => 'muted',
    },
  ];
  const keyAt = (index: number): string =>
    index < diagnoses.length ? diagnosisKey(diagnoses[index]!) : keyOf(groups[index - diagnoses.length]!);
  const flows = (index: number): readonly number[] => flowsIn(analysis, rows[index]!);
  const text = (index: number): string => {
    const told = rows[index]!;
    const message = isDiagnosis(told) ? told.message : findings[told.findings[0] ?? -1]?.message ?? '';
    return `${told.severity} ${keyAt(index)} ${message}`.toLowerCase();
  };
  return {
    count: rows.length, columns, title: titleOfAll(analysis),
    empty:
      analysis.connectionCount > 0
        ? nothingFound(analysis)
        : isReading
          ? 'No TCP connection yet.'
          : noTcp(analysis),
    row: (index) => rows[index]!, key: keyAt,
    opens: (index) =>
      index < diagnoses.length ? openConnections(filterOf(diagnoses[index]!)) : openGroup(keyAt(index)),
    flows, text, predicate: (filter) => textOrFilter(analysis, filter, { text, flows }),
    preview: (told, width, paint) =>
      isDiagnosis(told) ? aboutDiagnosis(analysis, told, width, paint) : aboutGroup(analysis, told, width, paint),
  };
}

/** Ids of the connections of a group or diagnosis that are kept, ascending. */
function flowsIn(analysis: Analysis, told: Told): readonly number[] {
  return isDiagnosis(told)
    ? told.connections
    : [...new Set(told.findings.flatMap((index) => [...analysis.flowsOf(index)]))].sort((a, b) => a - b);
}

export function isDiagnosis(told: Told): told is Diagnosis {
  return 'refutes' in told;
}

function titleOf(told: Told): string {
  return isDiagnosis(told) ? told.id : nameOf(told);
}

/** The service, or where it is many, the host whose doing it is. */
function placeOf(told: Told): string {
  return told.service === null ? (told as Diagnosis).by.address : socketAddress(told.service);
}

function diagnosisKey(diagnosis: Diagnosis): string {
  return `diagnosis ${diagnosis.id} ${placeOf(diagnosis)} ${diagnosis.by.address}`;
}

/** The flows that show it, and those of which it explains a finding. */
function filterOf({ id, service, by }: Diagnosis): string {
  return service === null
    ? `diagnosis ${id}${isAddress(by.address) ? ` and host ${by.address}` : ''}`
    : `diagnosis ${id} and server ${socketAddress(service)}`;
}

/** Who acts between the ends has no address, or none that the connections have. */
function isAddress(address: string): boolean {
  return /^[\da-f.:]+$/i.test(address) && address !== '';
}

function aboutDiagnosis(analysis: Analysis, diagnosis: Diagnosis, width: number, paint: Paint): string[] {
  const { message, advice: [first = '', ...others], refutes, confidence } = diagnosis;
  const explained = explainedBy(analysis, diagnosis);
  return [
    ...wrap(message, width), ...wrapItem('→ ', first.split('\n')[0] ?? '', width),
    ...wrap(`${confidence}${explained === '' ? '' : `; explains ${explained}`}. Refuted by: ${refutes}`, width).map(
      (line) => paint('muted', line),
    ),
    ...others.flatMap((step) => wrapItem('→ ', step.split('\n')[0] ?? '', width)),
    ...samplesOf(analysis, diagnosis.connections).map((line) => paint('muted', line)),
  ];
}

/** Flows of a line that are told one by one, where there is room. */
const MOST_SAMPLES = 8;

/** `stream 12, 10.0.0.1:5001: …`: what was found first of each. */
function samplesOf(analysis: Analysis, flows: readonly number[]): string[] {
  return flows.slice(0, MOST_SAMPLES).flatMap((id) => {
    const [finding] = analysis.findingsOf(id);
    return finding === undefined || startOf(analysis, id) === null
      ? []
      : [
          `Stream ${analysis.connection(id).stream}, ${socketAddress(analysis.connection(id).client)}: ` +
            finding.message,
        ];
  });
}

function aboutGroup(analysis: Analysis, group: Group, width: number, paint: Paint): string[] {
  const { clock, findings } = analysis;
  const sample = findings[group.findings[0] ?? -1];
  const gone = group.forgotten === undefined ? '' : `${count(group.forgotten)} of these flows are no longer kept.`;
  if (sample === undefined)
    return [...wrap(gone, width), ...wrap(inWords(clock, group), width).map((line) => paint('muted', line))];
  return [
    ...wrap(
      group.flows === 1 || sample.others !== undefined
        ? sample.message
        : `For example stream ${sample.stream}: ${sample.message}`,
      width,
    ),
    ...wrap(`${inWords(clock, group)}${gone === '' ? '' : ` ${gone}`}`, width).map((line) => paint('muted', line)),
    ...sample.advice.flatMap((step) => wrapItem('→ ', step.split('\n')[0] ?? '', width)),
    ...samplesOf(
      analysis, group.findings.slice(1, 1 + MOST_SAMPLES).map((index) => findings[index]!.flow),
    ).map((line) => paint('muted', line)),
  ];
}

/** `Findings in 48 of 527 flows, 5 unknown; 2 diagnoses` */
function titleOfAll(analysis: Analysis): string {
  const { diagnoses, findings, forgotten, verdicts } = analysis;
  const concerned =
    forgotten === undefined
      ? (verdicts.get('found') ?? 0)
      : new Set(findings.map(({ flow }) => flow)).size + forgotten.found;
  const unknown = verdicts.get('unknown') ?? 0;
  const told = `${count(concerned)} of ${flowsOf(analysis)}${unknown === 0 ? '' : `, ${count(unknown)} unknown`}`;
  return `Findings in ${told}${diagnoses.length === 0 ? '' : `; ${counted(diagnoses.length, 'diagnosis')}`}`;
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

/** Null where it is no longer kept. */
function startOf(analysis: Analysis, id: ConnectionId): Time | null {
  try {
    return analysis.connection(id).start;
  } catch {
    return null;
  }
}

/** How many of a group's findings, or of the flows of a diagnosis, began in each part of the capture. */
function drawWhen(analysis: Analysis, told: Told): string {
  const { capture, findings } = analysis;
  const begins = isDiagnosis(told)
    ? told.connections.flatMap((id) => startOf(analysis, id) ?? [])
    : told.findings.map((index) => findings[index]!.start);
  return sparkline(binned(begins, capture.first ?? 0, capture.last ?? 0, CELLS));
}

/** `1,340,331 flows: 100,000 + 1,240,331 no longer kept` */
function flowsOf(analysis: Analysis): string {
  const { connectionCount: all, forgotten } = analysis;
  return forgotten === undefined
    ? counted(all, 'flow')
    : `${counted(all, 'flow')}: ${count(all - forgotten.count)}${besides(analysis)}`;
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
