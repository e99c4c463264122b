import type { Clock, Time } from '../analysis/model.js';
import { inert, inertLines } from '../report/inert.js';
import { type Look, type Paint, painter } from '../report/paint.js';
import { bytes, count, counted, isOneDay, lasting, socketAddress, wallDate, zoneAt } from '../report/quantities.js';
import { type Column, table } from '../report/table.js';
import { hang, wrap } from '../report/wrap.js';
import type { FleetReport, Share, ToldDiagnosis, ToldGroup, ToldService, ToldSource } from './model.js';

/** Columns of the labels at the left. */
const LABEL = 13;

/** Before the rest is only counted. */
const MOST_SOURCES = 20;
const MOST_VALUES = 10;
const MOST_GROUPS = 40;
const MOST_SERVICES = 20;
const MOST_NAMES = 4;

/** What rows of many taps tell, for people: what is at the bottom of it, who was read, what is wrong where. */
export function* fleetText(report: FleetReport, look: Look): IterableIterator<string> {
  const paint = painter(look.color);
  for (const diagnosis of report.diagnoses) yield* diagnosisLines(diagnosis, paint, look.width);
  if (report.diagnoses.length > 0) yield '\n';
  for (const [label, value] of facts(report))
    yield hang(paint('quiet', label.padEnd(LABEL)), LABEL, wrap(value, look.width - LABEL));
  if (report.groups.length > 0) yield '\n';
  if (report.groups.length > 0) yield* groupTable(report, paint);
  if (report.services.length > 0) yield '\n';
  if (report.services.length > 0) yield* serviceTable(report, paint);
  for (const group of report.groups.slice(0, MOST_GROUPS)) yield* groupLines(group, paint, look.width);
}

function* diagnosisLines(
  { severity, id, message, advice, sources, confidence, flows }: ToldDiagnosis, paint: Paint, width: number,
): IterableIterator<string> {
  const label = LABEL - 4;
  const at = `(${id}, ${counted(flows, 'connection')}, ${confidence}; ${namesOf(sources)})`;
  yield hang(paint(severity, severity.padEnd(label)), label, wrap(inert(`${message} ${at}`), width - label));
  const [step = ''] = advice;
  if (severity === 'info' || step === '') return;
  yield hang(`${' '.repeat(label)}> `, label + 2, wrap(inertLines(step), width - label - 2));
}

function* facts(report: FleetReport): IterableIterator<readonly [label: string, value: string]> {
  const { sources, folder, flows, endings, seenTwice, unknown, isFoundOnly } = report;
  const files = sources.reduce((sum, source) => sum + source.files, 0);
  yield ['rows', `${inert(folder)}: ${counted(sources.length, 'source')}, ${counted(files, 'file')}`];
  yield* listed('source', sources.map((source) => sourceLine(report, source)), MOST_SOURCES);
  yield* listed('holes', sources.flatMap(({ name, holes }) => holes.map((hole) => inert(`${name} ${hole}`))));
  yield* listed('damage', sources.flatMap(({ name, damage }) => damage.map((place) => inert(`${name} ${place}`))));
  const twice = seenTwice === 0 ? '' : `; ${count(seenTwice)} of them were seen at another tap, too, and count once`;
  yield ['connections', `${count(flows)}${words(endings)}${twice}`];
  if (unknown > 0) yield ['unknown', `of ${counted(unknown, 'connection')} nothing is known`];
  if (isFoundOnly) yield ['findings', 'connections without one have no rows (--findings-only): they are only counted'];
  const going = sources.filter(({ hasEnded }) => !hasEnded).length;
  if (going > 0)
    yield ['not told yet', `what is open at ${counted(going, 'source')} that ${going === 1 ? 'has' : 'have'} not ` +
      'ended, and diagnoses of these: lastack collect --final'];
}

function sourceLine({ clock }: FleetReport, source: ToldSource): string {
  const { name, files, packets, bytes: size, told, open, first, last, hasEnded } = source;
  const time = first === null || last === null ? '' : `, ${between(clock, first, last)}`;
  return `${name}: ${counted(files, 'file')}, ${count(packets)} packets, ${bytes(size)}${time}; ` +
    `${count(told)} told, ${hasEnded ? 'ended' : `${count(open)} open`}`;
}

function between(clock: Clock, first: Time, last: Time): string {
  const end = isOneDay(clock, first, last, wallDate) ? wallDate(clock, last).slice(11) : wallDate(clock, last);
  return `${wallDate(clock, first)} to ${end} ${zoneAt(clock, last)}`;
}

function* groupTable(report: FleetReport, paint: Paint): IterableIterator<string> {
  const columns: readonly Column<ToldGroup>[] = [
    { header: 'severity', value: ({ severity }) => severity, meaning: ({ severity }) => severity },
    { header: 'finding', value: ({ finding }) => inert(finding) },
    { header: 'cause', value: ({ cause }) => inert(cause ?? '') },
    { header: 'service', value: ({ service }) => inert(socketAddress(service)) },
    { header: 'count', align: 'right', value: ({ flows }) => count(flows) },
    { header: 'first', value: ({ first }) => seconds(report, first) },
    { header: 'last', value: ({ last }) => seconds(report, last) },
    { header: 'shortest', align: 'right', value: (group) => age(group, 'shortest') },
    { header: 'median', align: 'right', value: (group) => age(group, 'median') },
    { header: 'longest', align: 'right', value: (group) => age(group, 'longest') },
    { header: 'explained by', value: ({ explainedBy }) => inert(explainedBy ?? '') },
    { header: 'sources', value: ({ sources }) => namesOf(sources) },
  ];
  yield* table(report.groups.slice(0, MOST_GROUPS), columns, paint);
  yield* rest(report.groups.length - MOST_GROUPS);
}

function* serviceTable(report: FleetReport, paint: Paint): IterableIterator<string> {
  const columns: readonly Column<ToldService>[] = [
    { header: 'service', value: ({ service }) => inert(socketAddress(service)) },
    { header: 'connections', align: 'right', value: ({ flows }) => count(flows) },
    { header: 'with findings', align: 'right', value: ({ found }) => count(found) },
    { header: 'endings', value: ({ endings }) => inert(words(endings).slice(2)) },
    { header: 'sources', value: ({ sources }) => namesOf(sources) },
  ];
  yield* table(report.services.slice(0, MOST_SERVICES), columns, paint);
  yield* rest(report.services.length - MOST_SERVICES);
}

function* groupLines(group: ToldGroup, paint: Paint, width: number): IterableIterator<string> {
  const { severity, finding, cause, service, flows, samples } = group;
  const name = `${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}`;
  yield `\n${paint(severity, severity)}  ${paint('heading', inert(name))}, ${counted(flows, 'connection')}\n`;
  for (const { source, id, file, frame, message } of samples) {
    const place = file === null ? '' : `, ${file}${frame === null ? '' : ` frame ${frame}`}`;
    yield `  ${paint('quiet', inert(`${source} connection ${id}${place}`))}\n`;
    yield hang('    ', 4, wrap(inert(message), width - 4));
  }
  if (flows > samples.length)
    yield `  … and ${count(flows - samples.length)} more; lastack explain ${inert(finding)}\n`;
}

/** `: 312 closed, 8 reset`. */
function words(endings: ReadonlyMap<string, number>): string {
  if (endings.size === 0) return '';
  return `: ${[...endings].map(([ending, flows]) => `${count(flows)} ${inert(ending)}`).join(', ')}`;
}

/** `web1, web2 and 12 more`. */
function namesOf(sources: readonly Share[]): string {
  const names = sources.slice(0, MOST_NAMES).map(({ source }) => source).join(', ');
  const more = sources.length - MOST_NAMES;
  return more > 0 ? `${names} and ${count(more)} more` : names;
}

/** Nothing where none of them has a duration: a RST is a moment. */
function age({ durations }: ToldGroup, which: keyof ToldGroup['durations']): string {
  return durations.longest === 0 ? '' : lasting(durations[which]);
}

/** `10:23:41`, with the day where the rows are of several. */
function seconds({ clock, sources }: FleetReport, time: Time): string {
  const text = wallDate(clock, time).replace(/\.\d+$/, '');
  const times = sources.flatMap(({ first, last }) => (first === null || last === null ? [] : [first, last]));
  const isDay = times.length > 0 && isOneDay(clock, Math.min(...times), Math.max(...times), wallDate);
  return isDay ? text.slice(11) : text;
}

function* rest(more: number): IterableIterator<string> {
  if (more > 0) yield `… and ${count(more)} more; -f ndjson has them all\n`;
}

function* listed(
  label: string, values: readonly string[], most = MOST_VALUES,
): IterableIterator<readonly [string, string]> {
  for (const [index, value] of values.slice(0, most).entries()) yield [index === 0 ? label : '', value];
  if (values.length > most) yield ['', `… and ${count(values.length - most)} more`];
}
