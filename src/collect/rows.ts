import type { FramePlace } from '../capture/frame-places.js';
import { detectors, serviceDetectors } from '../findings/index.js';
import type { ConnectionId } from '../base/numbers.js';
import type { Analysis, Connection, Diagnosis, Finding, Time } from '../analysis/model.js';
import { type Cell, type Cells, type Column, diagnoses, findings, flows } from '../report/columns.js';
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
export const OF_SERVICES: ReadonlySet<string> = new Set(
  serviceDetectors.map(({ id }) => id).filter((id) => !detectors.some((detector) => detector.id === id)),
);

const NO_FINDINGS: readonly Finding[] = [];
const NO_CONNECTION_YET = -1;

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
  ...taken(findings.columns, ['flow', 'frames', 'message', 'filter', 'explained_by']),
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

/** A diagnosis, and which one it is of its source. */
interface DiagnosisRow {
  readonly number: number;
  readonly diagnosis: Diagnosis;
}

const diagnosisColumns: readonly RowColumn<DiagnosisRow>[] = [
  { name: 'source', type: 'text', description: 'the tap; with number the key', value: (_, { source }) => source },
  {
    name: 'number', type: 'integer', description: 'of the diagnosis, from 1 on: the gravest first',
    value: ({ number }) => number,
  },
  ...diagnoses.columns.map((column) => ({
    ...column,
    value: ({ diagnosis }: DiagnosisRow, _: RowSource, analysis: Analysis) => column.value(diagnosis, analysis),
  })),
];

/** A connection that a diagnosis tells of, and a finding of it that this explains; null where it explains none. */
interface ExplanationRow extends DiagnosisRow {
  readonly flow: ConnectionId;
  readonly isMember: boolean;
  readonly finding: Finding | null;
}

const explanationColumns: readonly RowColumn<ExplanationRow>[] = [
  { name: 'source', type: 'text', description: 'the tap', value: (_, { source }) => source },
  { name: 'id', type: 'integer', description: 'number of the connection at this tap', value: ({ flow }) => flow },
  {
    name: 'number', type: 'integer', description: 'of the diagnosis, in the table of these',
    value: ({ number }) => number,
  },
  { name: 'diagnosis', type: 'text', description: 'its id', value: ({ diagnosis }) => diagnosis.id },
  {
    name: 'shows', type: 'boolean', description: 'whether the connection shows it; else it only follows from it',
    value: ({ isMember }) => isMember,
  },
  {
    name: 'finding', type: 'text', description: 'what it explains of the connection; empty where that is nothing',
    value: ({ finding }) => finding?.id ?? null,
  },
  { name: 'cause', type: 'text', description: 'leak, slow…', value: ({ finding }) => finding?.cause ?? null },
  {
    name: 'severity', type: 'text',
    description: 'of that finding, when its diagnosis is known: what only informs explains nothing graver',
    value: ({ finding, diagnosis }) =>
      finding === null ? null : diagnosis.severity === 'info' ? 'info' : finding.severity,
  },
];

/** Tables of rows, each a folder or a suffix of its own. */
export const ROW_TABLES = ['flows', 'findings', 'tallies', 'diagnoses', 'explanations', 'steps'] as const;
export type RowTable = (typeof ROW_TABLES)[number];

/** Those that are told when the source has ended. */
export const OF_THE_END: readonly RowTable[] = ['diagnoses', 'explanations'];

/** The rows of one step. Its connections are folded once: tallies are known when the rows of all flows were read. */
export class StepRows {
  private readonly analysis: Analysis;
  private readonly step: StepRow;
  private readonly source: RowSource;
  private readonly all: boolean;
  private readonly before: readonly Finding[];
  private readonly tallies: TallyRow[] = [];
  /** By address, ending and port. A text of all three would be made, and hashed, for each connection. */
  private readonly tallyOf = new Map<string, Map<string, Map<number, TallyRow>>>();

  /** `all`: flows without a finding, too; `before`: what was found in earlier steps. */
  constructor(
    analysis: Analysis, step: StepRow, source: RowSource, all: boolean, before: readonly Finding[] = [],
  ) {
    this.before = before;
    this.analysis = ofSingleConnections(analysis);
    this.step = step;
    this.source = source;
    this.all = all;
  }

  /** To be read in the order of `ROW_TABLES`. */
  of(table: RowTable): Cells {
    const { analysis, source } = this;
    switch (table) {
      case 'flows':
        return cells(flowColumns, this.flows(), source, analysis);
      case 'findings':
        return cells(findingColumns, analysis.findings.filter(({ id }) => !OF_SERVICES.has(id)), source, analysis);
      case 'tallies':
        return cells(withSource(tallyColumns), this.tallies, source, analysis);
      case 'diagnoses':
        return cells(diagnosisColumns, numbered(analysis.diagnoses), source, analysis);
      case 'explanations':
        return cells(explanationColumns, this.explanations(), source, analysis);
      default:
        return cells(withSource(stepColumns), [this.step], source, analysis);
    }
  }

  private *flows(): IterableIterator<Connection> {
    for (const connection of this.analysis.connections()) {
      const isFound = this.analysis.findingsOf(connection.id).length > 0;
      this.count(connection, isFound);
      if (this.all || isFound) yield connection;
    }
  }

  private *explanations(): IterableIterator<ExplanationRow> {
    const { analysis } = this;
    const members = analysis.diagnoses.map(({ connections }) => new Set(connections));
    const numbers = new Map(analysis.diagnoses.map((diagnosis, place) => [diagnosis, place + 1]));
    const explained = analysis.diagnoses.map(() => new Set<ConnectionId>());
    for (const finding of [...this.before, ...analysis.findings.filter(({ id }) => !OF_SERVICES.has(id))]) {
      const diagnosis = analysis.explanationOf(finding);
      if (diagnosis === null) continue;
      const number = numbers.get(diagnosis)!;
      const { flow } = finding;
      explained[number - 1]!.add(flow);
      yield { finding, flow, diagnosis, number, isMember: members[number - 1]!.has(flow) };
    }
    for (const { diagnosis, number } of numbered(analysis.diagnoses))
      for (const flow of members[number - 1]!)
        if (!explained[number - 1]!.has(flow)) yield { finding: null, flow, diagnosis, number, isMember: true };
  }

  private count({ server, ending, start }: Connection, isFound: boolean): void {
    let endings = this.tallyOf.get(server.address);
    if (endings === undefined) this.tallyOf.set(server.address, endings = new Map());
    let ports = endings.get(ending);
    if (ports === undefined) endings.set(ending, ports = new Map());
    let row = ports.get(server.port);
    if (row === undefined) {
      row = { step: this.step.step, service: server, ending, flows: 0, found: 0, first: Infinity, last: -Infinity };
      ports.set(server.port, row);
      this.tallies.push(row);
    }
    row.flows++;
    if (isFound) row.found++;
    row.first = Math.min(row.first, start);
    row.last = Math.max(row.last, start);
  }
}

function numbered(of: readonly Diagnosis[]): DiagnosisRow[] {
  return of.map((diagnosis, place) => ({ diagnosis, number: place + 1 }));
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

/** `analysis`, in which a connection has only the findings that its own packets show. */
function ofSingleConnections(analysis: Analysis): Analysis {
  let [known, its] = [NO_CONNECTION_YET, NO_FINDINGS];
  // Several columns of a row ask for the same ones.
  const findingsOf = (flow: ConnectionId): readonly Finding[] => {
    if (flow === known) return its;
    known = flow;
    its = analysis.findingsOf(flow);
    return (its = its.length === 0 ? NO_FINDINGS : its.filter(({ id }) => !OF_SERVICES.has(id)));
  };
  // Not spread: diagnoses are made when they are read.
  return Object.create(analysis, { findingsOf: { value: findingsOf } }) as Analysis;
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
