import { expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { csv, safe } from '../../src/report/csv.js';
import { usualChoices } from '../../src/report/choices.js';
import type { TableName } from '../../src/report/columns.js';
import { analysis, connection, finding } from './analysis-fixture.js';
import { ask, hasDuckdb } from './duckdb.js';

const look = { color: false, width: 100 };
const lines = (of: ReturnType<typeof analysis>, table: TableName): string[] =>
  [...csv(of, look, { ...usualChoices, table })].join('').split('\r\n');

test('flows, a line each, with every digit of the capture', () => {
  expect(lines(analysis({ connections: [connection()], findings: [finding()] }), 'flows')).toEqual([
    'flow,stream,client_address,client_port,server_address,server_port,roles,start,end,duration,first_frame,last_frame,client_packets,server_packets,' +
      'client_bytes,server_bytes,client_state,server_state,ending,verdict,doubt,closer,reset_by,reset_cause,reset_confidence,lost_bytes,findings,severity,by,' +
      'zeek_conn_state,zeek_history,completeness',
    '0,0,10.77.1.2,20007,10.77.2.2,10007,handshake,1795170241.250000,1795170242.500000,1.25,1,9,5,4,517,20000,TIME-WAIT,CLOSED,closed,clean,,client,,,,0,' +
      'half-closed/leak,error,server,SF,ShADadFf,31',
    '',
  ]);
});

test('findings: quotes where RFC 4180 wants them, nothing where nothing is', () => {
  expect(lines(analysis({ findings: [finding({ message: 'He said "no", and closed.' })] }), 'findings')[1]).toBe(
    'error,half-closed,leak,likely,slow,0,0,server,10.77.2.2,10007,10.77.2.2,10007,1795170242.100000,,58.25,40 ' +
      '41,"He said ""no"", and closed.",tcp.stream eq 0,' +
      '"{""finFrame"":40,""probes"":[""frame 44"",""frame 51""],""answered"":false,""lastData"":null}",',
  );
});

test('groups', () => {
  expect(lines(analysis({ findings: [finding()] }), 'groups')).toEqual([
    'severity,finding,cause,service_address,service_port,by,flows,first,last,shortest,median,longest,streams',
    'error,half-closed,leak,10.77.2.2,10007,server,1,1795170242.100000,1795170242.100000,58.25,58.25,58.25,0',
    '',
  ]);
});

test('without rows there is a header', () => {
  expect(lines(analysis(), 'findings')).toHaveLength(2);
});

test.each([
  ['=1+1', "'=1+1"], ['+1', "'+1"], ['-1', "'-1"], ['@SUM(A1)', "'@SUM(A1)"], ['\t=1', String.raw`'\x09=1`],
  ['\r=1', String.raw`'\x0d=1`], ['a=1', 'a=1'], ['', ''], ['\u001B[31mred\u202E', String.raw`\x1b[31mred\u{202e}`],
])('%j acts on no spreadsheet and no terminal', (text, written) => {
  expect(safe(text)).toBe(written);
});

test.skipIf(!hasDuckdb)('DuckDB reads what was meant', async () => {
  const of = await analyze(['captures/showcase.pcapng']);
  const text = [...csv(of, look, { ...usualChoices, table: 'findings' })].join('');
  const rows = await ask(
    text, (file) => `select message, evidence, "end" is null as lasts from read_csv(${file}, strict_mode = true)`,
  );
  expect(rows).toEqual(
    of.findings.map(({ message, evidence, end }) => ({
      message, evidence: JSON.stringify(evidence), lasts: end === null,
    })),
  );
});
