import type { Analysis, Clock, Connection, Diagnosis, Group } from '../analysis/model.js';
import { type Choices, diagnosisFails, fails, isEmpty } from './choices.js';
import { type Cell, type Cells, type ColumnType, chosenCells, tables } from './columns.js';
import { uncovered } from './coverage.js';
import { evidenceInWords } from './evidence.js';
import { actorOf, explainedBy, notExplained } from './explained.js';
import { inert, inertLines } from './inert.js';
import type { Look } from './paint.js';
import { count, counted, date, lasting, socketAddress } from './quantities.js';
import { wellOf } from './well.js';

/** A step summary on GitHub may have 1 MiB; the rest of it is left to what else the job writes there. */
const MOST_BYTES = 900_000;
/** Rows of the first table. */
const MOST_GROUPS = 200;
/** Groups of which findings are shown. */
const MOST_SECTIONS = 60;
/** Gaps and losses of the capture that are told. */
const MOST_UNCOVERED = 5;
/** Diagnoses told. */
const MOST_DIAGNOSES = 40;
/** Findings shown of each group. */
const MOST_SAMPLES = 5;

const GROUP_COLUMNS = [
  'severity', 'finding', 'cause', 'service_address', 'service_port', 'by', 'flows', 'first', 'last', 'median',
  'longest',
];
const SAMPLE_COLUMNS = ['stream', 'role', 'endpoint_address', 'endpoint_port', 'start', 'duration', 'confidence'];

/**
 * For a pull request or the summary of a CI step: the diagnoses, what failed, all groups that they do not explain, then
 * samples of each with what to change.
 */
export function* markdown(analysis: Analysis, _look: Look, choices: Choices): IterableIterator<string> {
  let bytes = 0;
  for (const section of sections(analysis, choices)) {
    bytes += Buffer.byteLength(section);
    if (bytes > MOST_BYTES) {
      yield '\n… cut here, to fit a step summary; other formats have it all.\n';
      return;
    }
    yield section;
  }
}

function* sections(analysis: Analysis, choices: Choices): IterableIterator<string> {
  yield head(analysis, choices);
  for (const diagnosis of analysis.diagnoses.slice(0, MOST_DIAGNOSES)) yield diagnosisMarkdown(analysis, diagnosis);
  if (analysis.diagnoses.length > MOST_DIAGNOSES)
    yield `\n… and ${counted(analysis.diagnoses.length - MOST_DIAGNOSES, 'more diagnosis')}.\n`;
  const groups = notExplained(analysis);
  const folded = analysis.groups.filter((group) => !groups.includes(group));
  if (folded.length > 0) yield `\n<details><summary>${counted(folded.length, 'group')} of findings that these ` +
    `explain</summary>\n\n` +
      `${tableOf(chosenCells(tables.groups, GROUP_COLUMNS, folded.slice(0, MOST_GROUPS), analysis), analysis.clock)}\n</details>\n`;
  if (groups.length === 0) return;
  yield `\n` +
    tableOf(chosenCells(tables.groups, GROUP_COLUMNS, groups.slice(0, MOST_GROUPS), analysis), analysis.clock);
  if (groups.length > MOST_GROUPS) yield `\n… and ${counted(groups.length - MOST_GROUPS, 'group')} more.\n`;
  for (const group of groups.slice(0, groups.length > MOST_GROUPS ? MOST_SECTIONS : MOST_GROUPS))
    yield groupMarkdown(analysis, group);
}

function head(analysis: Analysis, choices: Choices): string {
  const { capture, clock, groups, connectionCount, view } = analysis;
  const { diagnoses } = analysis;
  const failing =
    groups.filter((group) => fails(analysis, group, choices)).length +
    diagnoses.filter((diagnosis) => diagnosisFails(diagnosis, choices)).length;
  const found = [
    ...(diagnoses.length === 0 ? [] : [counted(diagnoses.length, 'diagnosis')]),
    ...(groups.length === 0 ? [] : [`${counted(groups.length, 'group')} of findings`]),
  ].join(', ');
  const verdict = isEmpty(analysis)
    ? 'no TCP connection'
    : found === ''
      ? 'nothing found'
      : `${found}${failing > 0 ? `, ${count(failing)} failing` : ''}`;
  const span =
    capture.first === null || capture.last === null
      ? ''
      : `, ${date(clock, capture.first)} to ${date(clock, capture.last)} UTC`;
  const names = capture.files.map(({ path }) => escape(path));
  const files =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${count(names.length - 3)} more` : names.join(', ');
  const shown =
    view === undefined
      ? counted(connectionCount, 'connection')
      : `${count(connectionCount)} of ${counted(view.of, 'connection')} (${escape(view.filter)})`;
  const damage = capture.damage.length === 0 ? '' : ` ${counted(capture.damage.length, 'place')} of damage.`;
  const { gaps, lost } = uncovered(analysis);
  const told = [...gaps, ...lost]
    .slice(0, MOST_UNCOVERED)
    .map((line) => ` ${escape(`${line[0]!.toUpperCase()}${line.slice(1)}`)}.`)
    .join('');
  const partial = capture.partial === true ? ' **Reading was interrupted: the rest is not in this report.**' : '';
  return `## How TCP connections ended: ${verdict}\n\n${files}${span}. ${shown}, ` +
    `${counted(capture.tcpPackets, 'TCP packet')}.${damage}${told}${partial}\n\n${escape(wellOf(analysis))}\n`;
}

/** The sentence, then what to change; what it rests on behind it. */
export function diagnosisMarkdown(analysis: Analysis, diagnosis: Diagnosis): string {
  const { id, severity, confidence, message, advice, refutes, flows } = diagnosis;
  const explained = explainedBy(analysis, diagnosis);
  return `\n**${severity}** ${escape(message)}\n\n${advice.map(step).join('')}- *${escape(id)}*, by the ${escape(actorOf(diagnosis))}, ${counted(flows, 'connection')}, ${confidence}.${
    explained === '' ? '' : ` Explains ${escape(explained)}.`
  } Refuted by: ${escape(refutes)}\n`;
}

/** What a group says, once, then where and when. */
export function groupMarkdown(
  analysis: Analysis, { finding, cause, severity, service, flows, findings }: Group,
): string {
  const samples = findings.slice(0, MOST_SAMPLES).flatMap((index) => analysis.findings[index] ?? []);
  const title = `${severity}: ${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}, ` +
    counted(flows, 'connection');
  const more = findings.length - samples.length;
  const [example] = samples;
  // What the others say differs in numbers only.
  const said =
    example === undefined
      ? ''
      : `${samples.length + more > 1 ? `Stream ${example.stream}: ` : ''}${escape(example.message)}\n\n`;
  const evidence =
    example === undefined
      ? ''
      : evidenceInWords(example)
          .map(([label, value]) => `${escape(label)}: ${escape(value)}`)
          .join(', ');
  return `\n### ${escape(title)}\n\n${said}${evidence === '' ? '' : `Evidence: ${evidence}.\n\n`}` +
    tableOf(chosenCells(tables.findings, SAMPLE_COLUMNS, samples, analysis), analysis.clock) +
    (more > 0 ? `\n… and ${count(more)} more.\n` : '') +
    (example === undefined ? '' : `\n${example.advice.map(step).join('')}`);
}

/** One connection: who, how it ended, and what was found. */
export function connectionMarkdown(analysis: Analysis, connection: Connection): string {
  const { id, stream, client, server, ending, start, end } = connection;
  const findings = analysis.findingsOf(id);
  const title = `Stream ${stream}: ${socketAddress(client)} to ${socketAddress(server)}, ${ending}`;
  const told = findings.map(({ severity, id: name, cause, confidence, message, frames, filter, advice }) =>
    `\n**${severity}** ${escape(`${name}${cause === null ? '' : ` (${cause})`}`)}, ${confidence}: ` +
      `${escape(message)}\n\nFrames ${frames.join(', ')}; ` +
      `\`${filter.replaceAll('`', '')}\`\n\n${advice.map(step).join('')}`);
  return `### ${escape(title)}\n\nFrom ${date(analysis.clock, start)} to ${date(analysis.clock, end)} ` +
    `UTC.\n${told.length === 0 ? '\nNothing was found.\n' : told.join('')}`;
}

/** One thing to do. Names between backticks and the lines of code below it stay code. */
export function step(advice: string): string {
  const [first = '', ...code] = inertLines(advice).split('\n');
  return `- ${withCode(first)}\n${code.length === 0 ? '' : `\n${code.map((line) => `      ${line}\n`).join('')}\n`}`;
}

/** Text as it is, but for what stands between two backticks: that is code, in which no punctuation mark acts. */
function withCode(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? inert(part) : escape(part)))
    .join('');
}

function tableOf({ columns, rows }: Cells, clock: Clock): string {
  const lines = [
    columns.map(({ name }) => name.replaceAll('_', ' ')),
    columns.map(({ type }) => (type === 'integer' || type === 'duration' ? '---:' : ':---')),
    ...[...rows].map((row) => row.map((cell, index) => written(cell, columns[index]?.type ?? 'text', clock))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function written(cell: Cell, type: ColumnType, clock: Clock): string {
  if (typeof cell === 'string') return escape(cell);
  if (typeof cell !== 'number') return cell === null ? '' : String(cell);
  if (type === 'time') return date(clock, cell);
  return type === 'duration' ? lasting(cell) : String(cell);
}

/** Text that Markdown shows as it is, also in a cell: CommonMark lets every ASCII punctuation mark be escaped. */
export function escape(text: string): string {
  return inert(text).replace(/[\\`*_{}[\]<>#|~!&$]/g, String.raw`\$&`);
}
