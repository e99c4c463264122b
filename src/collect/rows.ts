import type { FramePlace } from '../capture/frame-places.js';
import { detectors, serviceDetectors } from '../findings/index.js';
import type { ConnectionId } from '../base/numbers.js';
import type { Analysis, Clock, Connection, Finding, Time } from '../analysis/model.js';
import { type Cell, type Cells, type Column, findings, flows } from '../report/columns.js';
import { communityId } from '../report/community-id.js';
import type { StepReading } from './chain.js';

/** What rows are told of beside their analysis. */
export interface RowSource {
  readonly source: string;
  readonly placeOf: (frame: number) => FramePlace | null;
}

/** A time is written in nanoseconds, whatever the capture has: so every file of a table has one type. */
export const ROW_DIGITS = 9;

/** What only many connections together show is asked of all rows of a service, by SQL. */
const OF_SERVICES: ReadonlySet<string> = new Set(
  serviceDetectors.map(({ id }) => id).filter((id) => !detectors.some((detector) => detector.id === id)),
);

type RowColumn<Row> = Omit<Column<Row>, 'value'> & {
  readonly value: (row: Row, of: RowSource, analysis: Analysis) => Cell;
};

const keys: readonly RowColumn<{ readonly id: number }>[] = [
  { name: 'source', type: 'text', description: 'the tap; with id the key of a row', value: (_, { source }) => source },
  { name: 'id', type: 'integer', description: 'number of the connection at this tap', value: ({ id }) => id },
];

const places: readonly RowColumn<Pick<Connection, 'firstFrame' | 'lastFrame'>>[] = [
  {
    name: 'file', type: 'text', description: 'file of its first packet',
    value: ({ firstFrame }, { placeOf }) => placeOf(firstFrame)?.file ?? null,
  },
  {
    name: 'frame', type: 'integer', description: 'number of that packet in its file',
    value: ({ firstFrame }, { placeOf }) => placeOf(firstFrame)?.frame ?? null,
  },
  {
    name: 'last_file', type: 'text', description: 'file of its last packet',
    value: ({ lastFrame }, { placeOf }) => placeOf(lastFrame)?.file ?? null,
  },
  {
    name: 'last_file_frame', type: 'integer', description: 'number of that packet in its file',
    value: ({ lastFrame }, { placeOf }) => placeOf(lastFrame)?.frame ?? null,
  },
];

const names: readonly RowColumn<Connection>[] = [
  {
    name: 'client_isn', type: 'integer', description: 'initial sequence number of the client',
    value: ({ isn }) => isn?.client ?? null,
  },
  {
    name: 'server_isn', type: 'integer', description: 'initial sequence number of the server',
    value: ({ isn }) => isn?.server ?? null,
  },
  {
    name: 'community_id', type: 'text', description: 'Community ID, version 1',
    value: ({ client, server }) => communityId(client, server),
  },
];

/** Cells of a flow: keys, places and names, and all that the table of flows has. */
const flowColumns: readonly RowColumn<Connection>[] = [
  ...keys,
  ...places,
  ...names,
  ...taken(flows.columns, ['flow', 'first_frame', 'last_frame']),
];

const findingColumns: readonly RowColumn<Finding>[] = [
  ...keys.map((column) => ({
    ...column,
    value: ({ flow }: Finding, of: RowSource, analysis: Analysis) => column.value({ id: flow }, of, analysis),
  })),
  {
    name: 'file',
    type: 'text',
    description: 'file of the first frame that shows it',
    value: ({ frames: [first] }, { placeOf }) => (first === undefined ? null : (placeOf(first)?.file ?? null)),
  },
  {
    name: 'frame',
    type: 'integer',
    description: 'number of that frame in its file',
    value: ({ frames: [first] }, { placeOf }) => (first === undefined ? null : (placeOf(first)?.frame ?? null)),
  },
  {
    name: 'frames',
    type: 'text',
    description: 'frames that show it, each as file:frame, separated by blanks',
    value: ({ frames }, of) => frames.map((frame) => placeText(frame, of)).join(' '),
  },
  ...taken(findings.columns, ['flow', 'frames', 'message', 'filter']),
  {
    name: 'message',
    type: 'text',
    description: 'one or two plain sentences; frames are those of the file',
    value: ({ message, frames: [first] }, of) => localized(message, first, of),
  },
];

/** A step as it is told: what was read, and what is missing. */
export interface StepRow extends StepReading {
  readonly step: number;
  readonly file: string;
  readonly size: number;
  readonly told: number;
  readonly open: number;
}

const stepColumns: readonly (Omit<Column<StepRow>, 'value'> & { readonly value: (row: StepRow) => Cell })[] = [
  {
    name: 'step', type: 'integer', description: 'number of the file at this tap, from 1 on',
    value: ({ step }) => step,
  },
  { name: 'file', type: 'text', description: 'its name', value: ({ file }) => file },
  { name: 'size', type: 'integer', unit: 'B', description: 'on disk', value: ({ size }) => size },
  { name: 'packets', type: 'integer', description: 'taken in', value: ({ packets }) => packets },
  {
    name: 'tcp_packets', type: 'integer', description: 'of these, those with TCP',
    value: ({ tcpPackets }) => tcpPackets,
  },
  { name: 'bytes', type: 'integer', unit: 'B', description: 'on the wire', value: ({ bytes }) => bytes },
  { name: 'first', type: 'time', description: 'earliest packet', value: ({ first }) => first },
  { name: 'last', type: 'time', description: 'latest packet', value: ({ last }) => last },
  { name: 'told', type: 'integer', description: 'connections that were final and told', value: ({ told }) => told },
  { name: 'open', type: 'integer', description: 'connections that were not told yet', value: ({ open }) => open },
  {
    name: 'holes', type: 'text', description: 'what is missing or out of order between files',
    value: ({ holes }) => holes.join('; ') || null,
  },
  {
    name: 'damage', type: 'text', description: 'what could not be read of it',
    value: ({ damage }) => damage.map(({ offset, what }) => `byte ${offset}: ${what}`).join('; ') || null,
  },
];

/** Connections of a step that ended at one service in one way. */
interface TallyRow {
  readonly step: number;
  readonly service: Connection['server'];
  readonly ending: string;
  flows: number;
  found: number;
  first: Time;
  last: Time;
}

const tallyColumns: readonly (Omit<Column<TallyRow>, 'value'> & { readonly value: (row: TallyRow) => Cell })[] = [
  {
    name: 'step', type: 'integer', description: 'number of the file at this tap, from 1 on',
    value: ({ step }) => step,
  },
  { name: 'service_address', type: 'text', description: 'the server', value: ({ service }) => service.address },
  { name: 'service_port', type: 'integer', description: 'its port', value: ({ service }) => service.port },
  { name: 'ending', type: 'text', description: 'how they ended', value: ({ ending }) => ending },
  { name: 'flows', type: 'integer', description: 'connections', value: ({ flows: count }) => count },
  {
    name: 'with_findings', type: 'integer', description: 'of these, those with a finding',
    value: ({ found }) => found,
  },
  { name: 'first', type: 'time', description: 'when the first began', value: ({ first }) => first },
  { name: 'last', type: 'time', description: 'when the last began', value: ({ last }) => last },
];

/** Tables of rows, each a folder or a suffix of its own. */
export const ROW_TABLES = ['flows', 'findings', 'tallies', 'steps'] as const;
export type RowTable = (typeof ROW_TABLES)[number];

/** The rows of one step. `all`: flows without a finding, too. */
export function rowsOf(table: RowTable, whole: Analysis, step: StepRow, of: RowSource, all: boolean): Cells {
  const analysis = ofSingleConnections(whole);
  switch (table) {
    case 'flows': {
      const rows = all
        ? analysis.connections()
        : [...analysis.connections()].filter(({ id }) => analysis.findingsOf(id).length > 0);
      return cells(flowColumns, rows, of, analysis);
    }
    case 'findings':
      return cells(
        findingColumns,
        analysis.findings.filter(({ id }) => !OF_SERVICES.has(id)),
        of,
        analysis,
      );
    case 'tallies':
      return cells(withSource(tallyColumns), tallies(analysis, step.step), of, analysis);
    default:
      return cells(withSource(stepColumns), [step], of, analysis);
  }
}

function placeText(frame: number, { placeOf }: RowSource): string {
  const place = placeOf(frame);
  return place === null ? '' : `${place.file}:${place.frame}`;
}

/**
 * A message names frames by their numbers in the whole chain: here by those in their file, and by the file where it
 * is not that of `first`.
 */
function localized(message: string, first: number | undefined, { placeOf }: RowSource): string {
  const home = first === undefined ? null : placeOf(first);
  return message.replace(/\bframe (\d+)/g, (text, digits: string) => {
    const place = placeOf(Number(digits));
    if (place === null) return text;
    return place.file === home?.file ? `frame ${place.frame}` : `frame ${place.frame} of ${place.file}`;
  });
}

/** Each row as one JSON object in a line, by the names of its columns. */
export function* jsonLines({ columns, rows }: Cells, clock: Clock): IterableIterator<string> {
  const names = columns.map(({ name }, at) => `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  const timestamp = timestamps(clock);
  for (const row of rows) {
    let line = '';
    for (let at = 0; at < columns.length; at++) line += names[at]! + json(row[at]!, columns[at]!.type, timestamp);
    yield `${line}}\n`;
  }
}

/** Times as text, which no JSON reader rounds; durations as seconds. */
function json(cell: Cell, type: Column<never>['type'], timestamp: (time: Time) => string): string {
  if (typeof cell !== 'number') return cell === null ? 'null' : JSON.stringify(cell);
  if (!Number.isFinite(cell)) return 'null';
  if (type === 'duration') return String(cell / 1e9);
  return type === 'time' ? timestamp(cell) : String(cell);
}

/**
 * Writes `"2026-11-20 10:04:01.218147000"`: as DuckDB and ClickHouse read it, UTC. Times of one second share its text.
 */
function timestamps({ epoch }: Clock): (time: Time) => string {
  let [known, text] = [NaN, ''];
  return (time) => {
    const seconds = Math.floor(time / 1e9);
    if (seconds !== known) text = textOfSecond(epoch + seconds);
    known = seconds;
    return `"${text}.${String(Math.round(time - seconds * 1e9) + 1e9).slice(1)}"`;
  };
}

/** A capture may claim any second: one that no calendar has is told by its number. */
function textOfSecond(second: number): string {
  const date = new Date(second * 1000);
  return Number.isNaN(date.getTime()) ? String(second) : date.toISOString().slice(0, -5).replace('T', ' ');
}

/** `analysis`, in which a connection has only the findings that its own packets show. */
function ofSingleConnections(analysis: Analysis): Analysis {
  const findingsOf = (flow: ConnectionId): readonly Finding[] =>
    analysis.findingsOf(flow).filter(({ id }) => !OF_SERVICES.has(id));
  // Not spread: diagnoses are made when they are read.
  return Object.create(analysis, { findingsOf: { value: findingsOf } }) as Analysis;
}

function tallies(analysis: Analysis, step: number): Iterable<TallyRow> {
  const rows = new Map<string, TallyRow>();
  for (const { id, server, ending, start } of analysis.connections()) {
    const key = `${server.address} ${server.port} ${ending}`;
    const row = rows.get(key) ?? {
      step,
      service: server,
      ending,
      flows: 0,
      found: 0,
      first: Infinity,
      last: -Infinity,
    };
    rows.set(key, row);
    row.flows++;
    if (analysis.findingsOf(id).length > 0) row.found++;
    row.first = Math.min(row.first, start);
    row.last = Math.max(row.last, start);
  }
  return rows.values();
}

/** Columns of a table for reports, without some. */
function taken<Row>(columns: readonly Column<Row>[], without: readonly string[]): RowColumn<Row>[] {
  return columns
    .filter(({ name }) => !without.includes(name))
    .map((column) => ({
      ...column,
      value: (row: Row, _: RowSource, analysis: Analysis) => column.value(row, analysis),
    }));
}

function withSource<Row>(
  columns: readonly (Omit<Column<Row>, 'value'> & { readonly value: (row: Row) => Cell })[],
): RowColumn<Row>[] {
  return [{ name: 'source', type: 'text', description: 'the tap', value: (_, { source }) => source }, ...columns];
}

function cells<Row>(columns: readonly RowColumn<Row>[], rows: Iterable<Row>, of: RowSource, analysis: Analysis): Cells {
  function* made(): IterableIterator<readonly Cell[]> {
    for (const row of rows) yield columns.map(({ value }) => value(row, of, analysis));
  }
  return { columns, rows: made() };
}
