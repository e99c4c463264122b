import { stateAt } from '../analysis/state-at.js';
import type { Analysis, Connection, Diagnosis, Finding, Group, Role } from '../analysis/model.js';
import { doerOf } from './explained.js';
import { SEVERITIES } from '../findings/finding.js';

/**
 * What the cells of a column are, and what each format makes of them: `text`; `integer`; `boolean`; `time`: a `Time`,
 * written as seconds since the Unix epoch or a timestamp; `duration`: a `Duration`, written in seconds.
 */
export type ColumnType = 'text' | 'integer' | 'boolean' | 'time' | 'duration';
export type Cell = string | number | boolean | null;

/** One column of a table. CSV, Markdown and Parquet are written from the same ones: a new column is one entry here. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit of the written value: `s`, `B`; none for counts, names and times. */
  readonly unit?: string;
  /** For the documentation of the columns. */
  readonly description: string;
  /** Null where there is none. */
  readonly value: (row: Row, analysis: Analysis) => Cell;
}

export interface Table<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: (analysis: Analysis) => Iterable<Row>;
}

export const flows: Table<Connection> = {
  rows: (analysis) => analysis.connections(),
  columns: [
    { name: 'flow', type: 'integer', description: 'number of the connection in this capture', value: ({ id }) => id },
    {
      name: 'stream', type: 'integer', description: "Wireshark's tcp.stream of its first frame",
      value: ({ stream }) => stream,
    },
    {
      name: 'client_address', type: 'text', description: 'the side that opened it',
      value: ({ client }) => client.address,
    },
    { name: 'client_port', type: 'integer', description: 'its port', value: ({ client }) => client.port },
    {
      name: 'server_address', type: 'text', description: 'the side that was asked',
      value: ({ server }) => server.address,
    },
    { name: 'server_port', type: 'integer', description: 'its port', value: ({ server }) => server.port },
    {
      name: 'roles', type: 'text', description: 'handshake, or guessed where no SYN was seen',
      value: ({ roles }) => roles,
    },
    { name: 'start', type: 'time', description: 'first packet', value: ({ start }) => start },
    { name: 'end', type: 'time', description: 'last packet', value: ({ end }) => end },
    {
      name: 'duration', type: 'duration', unit: 's', description: 'from the first packet to the last',
      value: ({ start, end }) => end - start,
    },
    { name: 'first_frame', type: 'integer', description: 'counted from 1', value: ({ firstFrame }) => firstFrame },
    { name: 'last_frame', type: 'integer', description: 'counted from 1', value: ({ lastFrame }) => lastFrame },
    {
      name: 'client_packets', type: 'integer', description: 'TCP packets from the client',
      value: ({ packets }) => packets.client,
    },
    {
      name: 'server_packets', type: 'integer', description: 'TCP packets from the server',
      value: ({ packets }) => packets.server,
    },
    {
      name: 'client_bytes', type: 'integer', unit: 'B',
      description: 'payload from the client, retransmissions counted once', value: ({ bytes }) => bytes.client,
    },
    {
      name: 'server_bytes', type: 'integer', unit: 'B',
      description: 'payload from the server, retransmissions counted once', value: ({ bytes }) => bytes.server,
    },
    {
      name: 'client_state', type: 'text', description: 'state of the client when the capture ends',
      value: (flow) => finalState(flow, 'client'),
    },
    {
      name: 'server_state', type: 'text', description: 'state of the server when the capture ends',
      value: (flow) => finalState(flow, 'server'),
    },
    {
      name: 'ending', type: 'text',
      description: 'closed, reset, refused, half-closed, half-open, open, unanswered or unknown',
      value: ({ ending }) => ending,
    },
    { name: 'verdict', type: 'text', description: 'clean, open, found or unknown', value: ({ verdict }) => verdict },
    {
      name: 'doubt', type: 'text',
      description:
        'why it is unknown: unanswered, refused, reset, half-open, half-closed, handshake, one-way, silent or ' +
        'fragment',
      value: ({ doubt }) => doubt,
    },
    {
      name: 'closer', type: 'text', description: 'client, server or both: who closed first',
      value: ({ closer }) => closer,
    },
    {
      name: 'reset_by', type: 'text', description: 'who sent the first RST',
      value: ({ resets }) => resets[0]?.by ?? null,
    },
    { name: 'reset_cause', type: 'text', description: 'why', value: ({ resets }) => resets[0]?.cause ?? null },
    {
      name: 'reset_confidence', type: 'text', description: 'certain, likely or possible',
      value: ({ resets }) => resets[0]?.confidence ?? null,
    },
    {
      name: 'lost_bytes', type: 'integer', unit: 'B',
      description: 'not acknowledged when the first RST came, of both sides',
      value: ({ resets }) => lostBytes(resets[0]),
    },
    {
      name: 'findings', type: 'text', description: 'ids and causes: half-closed/leak, separated by blanks',
      value: ({ id }, analysis) => analysis.findingsOf(id).map(nameOf).join(' ') || null,
    },
    {
      name: 'severity', type: 'text', description: 'of the worst finding',
      value: ({ id }, analysis) => worst(analysis.findingsOf(id))?.severity ?? null,
    },
    {
      name: 'by', type: 'text', description: 'whose doing that was: client or server',
      value: ({ id }, analysis) => worst(analysis.findingsOf(id))?.role ?? null,
    },
    { name: 'zeek_conn_state', type: 'text', description: "Zeek's conn_state", value: ({ zeek }) => zeek.connState },
    { name: 'zeek_history', type: 'text', description: "Zeek's history", value: ({ zeek }) => zeek.history },
    {
      name: 'completeness', type: 'integer', description: "Wireshark's tcp.completeness",
      value: ({ completeness }) => completeness,
    },
  ],
};

export const findings: Table<Finding> = {
  rows: (analysis) => analysis.findings,
  columns: [
    { name: 'severity', type: 'text', description: 'error, warning or info', value: ({ severity }) => severity },
    { name: 'finding', type: 'text', description: 'half-closed, linger-reset…', value: ({ id }) => id },
    { name: 'cause', type: 'text', description: 'leak, slow…', value: ({ cause }) => cause },
    {
      name: 'confidence', type: 'text', description: 'certain, likely or possible',
      value: ({ confidence }) => confidence,
    },
    {
      name: 'alternatives', type: 'text', description: 'other causes it may have, separated by blanks',
      value: ({ alternatives }) => alternatives.join(' ') || null,
    },
    {
      name: 'flow', type: 'integer', description: 'number of the connection in this capture', value: ({ flow }) => flow,
    },
    { name: 'stream', type: 'integer', description: "Wireshark's tcp.stream", value: ({ stream }) => stream },
    { name: 'role', type: 'text', description: 'whose doing it was: client or server', value: ({ role }) => role },
    {
      name: 'endpoint_address', type: 'text', description: 'the endpoint whose doing it was',
      value: ({ endpoint }) => endpoint.address,
    },
    { name: 'endpoint_port', type: 'integer', description: 'its port', value: ({ endpoint }) => endpoint.port },
    { name: 'service_address', type: 'text', description: 'the server', value: ({ service }) => service.address },
    { name: 'service_port', type: 'integer', description: 'its port', value: ({ service }) => service.port },
    { name: 'start', type: 'time', description: 'when it began', value: ({ start }) => start },
    {
      name: 'end', type: 'time', description: 'when it ended; empty if it still lasted when the capture ended',
      value: ({ end }) => end,
    },
    {
      name: 'duration', type: 'duration', unit: 's', description: 'how long it lasted',
      value: ({ duration }) => duration,
    },
    {
      name: 'frames', type: 'text', description: 'frames that show it, separated by blanks',
      value: ({ frames }) => frames.join(' '),
    },
    { name: 'message', type: 'text', description: 'one or two plain sentences', value: ({ message }) => message },
    {
      name: 'filter', type: 'text', description: 'a Wireshark display filter that shows it',
      value: ({ filter }) => filter,
    },
    {
      name: 'evidence', type: 'text', description: 'named numbers and words, a JSON object',
      value: ({ evidence }) => JSON.stringify(evidence),
    },
    {
      name: 'explained_by', type: 'text', description: 'the diagnosis that explains it',
      value: (finding, analysis) => analysis.explanationOf(finding)?.id ?? null,
    },
  ],
};

const groups: Table<Group> = {
  rows: (analysis) => analysis.groups,
  columns: [
    { name: 'severity', type: 'text', description: 'error, warning or info', value: ({ severity }) => severity },
    { name: 'finding', type: 'text', description: 'half-closed, linger-reset…', value: ({ finding }) => finding },
    { name: 'cause', type: 'text', description: 'leak, slow…', value: ({ cause }) => cause },
    { name: 'service_address', type: 'text', description: 'the server', value: ({ service }) => service.address },
    { name: 'service_port', type: 'integer', description: 'its port', value: ({ service }) => service.port },
    {
      name: 'by', type: 'text', description: 'whose doing it was: client, server or both',
      value: (group, analysis) => doerOf(analysis, group),
    },
    { name: 'flows', type: 'integer', description: 'connections concerned', value: ({ flows: number }) => number },
    { name: 'first', type: 'time', description: 'when the first began', value: ({ first }) => first },
    { name: 'last', type: 'time', description: 'when the last began', value: ({ last }) => last },
    {
      name: 'shortest', type: 'duration', unit: 's', description: 'shortest duration',
      value: ({ durations }) => durations.shortest,
    },
    {
      name: 'median', type: 'duration', unit: 's', description: 'middle duration',
      value: ({ durations }) => durations.median,
    },
    {
      name: 'longest', type: 'duration', unit: 's', description: 'longest duration',
      value: ({ durations }) => durations.longest,
    },
    {
      name: 'streams', type: 'text', description: 'up to 20 streams, separated by blanks',
      value: ({ streams }) => streams.join(' '),
    },
  ],
};

export const diagnoses: Table<Diagnosis> = {
  rows: (analysis) => analysis.diagnoses,
  columns: [
    { name: 'severity', type: 'text', description: 'error, warning or info', value: ({ severity }) => severity },
    { name: 'diagnosis', type: 'text', description: 'idle-limit, restart…', value: ({ id }) => id },
    { name: 'confidence', type: 'text', description: 'likely or possible', value: ({ confidence }) => confidence },
    {
      name: 'by', type: 'text', description: 'who must act: client, server, proxy, or path for what is between them',
      value: ({ by }) => by.role,
    },
    { name: 'by_address', type: 'text', description: 'its address', value: ({ by }) => by.address },
    {
      name: 'service_address', type: 'text', description: 'the server; empty where many are concerned',
      value: ({ service }) => service?.address ?? null,
    },
    { name: 'service_port', type: 'integer', description: 'its port', value: ({ service }) => service?.port ?? null },
    { name: 'flows', type: 'integer', description: 'connections that show it', value: ({ flows: number }) => number },
    { name: 'first', type: 'time', description: 'when the first showed it', value: ({ first }) => first },
    { name: 'last', type: 'time', description: 'when the last did', value: ({ last }) => last },
    { name: 'message', type: 'text', description: 'one or two plain sentences', value: ({ message }) => message },
    {
      name: 'advice', type: 'text', description: 'what to change, a line each',
      value: ({ advice }) => advice.join('\n'),
    },
    {
      name: 'numbers', type: 'text', description: 'what it rests on, a JSON object',
      value: ({ numbers }) => JSON.stringify(numbers),
    },
    {
      name: 'refutes', type: 'text', description: 'what would show that it is something else',
      value: ({ refutes }) => refutes,
    },
    {
      name: 'explains', type: 'text', description: 'ids of findings that it explains, separated by blanks',
      value: ({ explains }) => explains.join(' ') || null,
    },
    {
      name: 'streams', type: 'text', description: 'up to 20 streams, separated by blanks',
      value: ({ streams }) => streams.join(' '),
    },
  ],
};

/** Every table by its name on the command line. */
export const tables = { flows, findings, groups, diagnoses } as const;
export type TableName = keyof typeof tables;

/** A table with its cells made, whatever its rows are. */
export interface Cells {
  readonly columns: readonly Pick<Column<never>, 'name' | 'type' | 'unit' | 'description'>[];
  readonly rows: IterableIterator<readonly Cell[]>;
}

export function cellsOf(analysis: Analysis, name: TableName): Cells {
  // A union of tables fits no row type; each goes through the same generic function.
  if (name === 'flows') return made(analysis, flows);
  if (name === 'diagnoses') return made(analysis, diagnoses);
  return name === 'findings' ? made(analysis, findings) : made(analysis, groups);
}

/** `names`: which columns, in which order. */
export function chosenCells<Row>(
  { columns }: Table<Row>, names: readonly string[], rows: Iterable<Row>, analysis: Analysis,
): Cells {
  return made(analysis, {
    columns: names.flatMap((name) => columns.find((column) => column.name === name) ?? []), rows: () => rows,
  });
}

export function made<Row>(analysis: Analysis, { columns, rows }: Table<Row>): Cells {
  function* cells(): IterableIterator<readonly Cell[]> {
    for (const row of rows(analysis)) yield columns.map(({ value }) => value(row, analysis));
  }
  return { columns, rows: cells() };
}

function finalState({ states, observedUntil }: Connection, role: Role): string | null {
  return stateAt(states[role], observedUntil)?.state ?? null;
}

function lostBytes(reset: Connection['resets'][number] | undefined): number {
  return reset === undefined ? 0 : reset.lostBytes.client + reset.lostBytes.server;
}

function nameOf({ id, cause }: Finding): string {
  return cause === null ? id : `${id}/${cause}`;
}

function worst(of: readonly Finding[]): Finding | undefined {
  if (of.length < 2) return of[0];
  return of.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))[0];
}
