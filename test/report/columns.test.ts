import { expect, test } from 'vitest';
import { cellsOf, tables } from '../../src/report/columns.js';
import { analysis, at, connection, finding, reset, stateEntry } from './analysis-fixture.js';

/** The only row of a table, by the names of its columns. */
function row(of: ReturnType<typeof analysis>, name: keyof typeof tables): Record<string, unknown> {
  const { columns, rows } = cellsOf(of, name);
  const [only, ...more] = [...rows];
  expect(more).toEqual([]);
  return Object.fromEntries(columns.map((column, index) => [column.name, only?.[index]]));
}

const aborted = connection({
  id: 7, stream: 9, ending: 'reset', closer: null, resets: [reset(), reset({ cause: 'echo' })],
  states: {
    client: [stateEntry('ESTABLISHED', 0.25, 2), stateEntry('CLOSED', 1.25, 70)],
    server: [stateEntry('CLOSE-WAIT', 1.1, 7), stateEntry('CLOSED', 99, null, false)],
  },
});
const one = analysis({
  connections: [aborted],
  findings: [
    finding({ flow: 7, stream: 9 }), finding({ flow: 7, stream: 9, id: 'refused', cause: null, severity: 'warning' }),
  ],
});

test('a flow in cells: states as they are when the capture ends, the first RST, the worst finding', () => {
  expect(row(one, 'flows')).toEqual({
    flow: 7, stream: 9, client_address: '10.77.1.2', client_port: 20_007, server_address: '10.77.2.2',
    server_port: 10_007, roles: 'handshake', start: at(0.25), end: at(1.5), duration: at(1.25), first_frame: 1,
    last_frame: 9, client_packets: 5, server_packets: 4, client_bytes: 517, server_bytes: 20_000,
    client_state: 'CLOSED', server_state: 'CLOSE-WAIT', ending: 'reset', verdict: 'unknown', doubt: 'reset',
    closer: null, reset_by: 'client', reset_cause: 'abort', reset_confidence: 'likely', lost_bytes: 400,
    findings: 'half-closed/leak refused', severity: 'error', by: 'server', zeek_conn_state: 'SF',
    zeek_history: 'ShADadFf', completeness: 31,
  });
});

test('a finding in cells', () => {
  expect(row(analysis({ findings: [finding()] }), 'findings')).toEqual({
    severity: 'error', finding: 'half-closed', cause: 'leak', confidence: 'likely', alternatives: 'slow', flow: 0,
    stream: 0, role: 'server', endpoint_address: '10.77.2.2', endpoint_port: 10_007, service_address: '10.77.2.2',
    service_port: 10_007, start: at(1.1), end: null, duration: at(58.25), frames: '40 41',
    message: 'The server acknowledged the FIN of frame 40 and has not closed for 58.25 s.', filter: 'tcp.stream eq 0',
    evidence: '{"finFrame":40,"probes":["frame 44","frame 51"],"answered":false,"lastData":null}', explained_by: null,
  });
});

test('a group in cells', () => {
  expect(
    row(analysis({ findings: [finding(), finding({ flow: 1, stream: 1, start: at(3), duration: at(2) })] }), 'groups'),
  ).toEqual({
    severity: 'error', finding: 'half-closed', cause: 'leak', service_address: '10.77.2.2', service_port: 10_007,
    by: 'server', flows: 2, first: at(1.1), last: at(3), shortest: at(2), median: at(58.25), longest: at(58.25),
    streams: '0 1',
  });
});

test('every column says what it holds, under a name of its own, and a length of time has a unit', () => {
  for (const table of Object.values(tables)) {
    const names = table.columns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, description, type, unit } of table.columns) {
      expect(name).toMatch(/^[a-z][a-z_]*$/);
      expect(description).not.toBe('');
      expect(unit === 's').toBe(type === 'duration');
    }
  }
});

/** The documentation of all columns, made from them. */
function page(): string {
  const sections = Object.entries(tables).map(([name, { columns }]) => {
    const rows = columns.map(
      ({ name: column, type, unit, description }) =>
        `| \`${column}\` | ${type}${unit === undefined ? '' : `, ${unit}`} | ${description} |\n`,
    );
    return `\n## ${name}\n\n| column | type | what it holds |\n| --- | --- | --- |\n${rows.join('')}`;
  });
  return `# Columns of CSV and Parquet

| type | in CSV | in Parquet |
| --- | --- | --- |
| text | as it is; quoted where it must be, with a \`'\` before what a spreadsheet would take for a formula | BYTE_ARRAY, UTF8 |
| integer | digits | INT64 |
| time | seconds since 1970-01-01 UTC, with every digit of the capture | INT64, TIMESTAMP in UTC without a zone: microseconds, or nanoseconds where the capture has them |
| duration | seconds | DOUBLE, seconds |

Nothing is an empty cell in CSV and null in Parquet.
${sections.join('')}`;
}

test('the page in docs is made from the columns', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/columns.md');
});
