import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/model.js';
import { analyze } from '../../src/analysis/analyze.js';
import { type TableName, cellsOf } from '../../src/report/columns.js';
import { parquet } from '../../src/report/parquet.js';
import { analysis, clock, connection, finding } from './analysis-fixture.js';
import { ask, hasDuckdb } from './duckdb.js';

function write(of: Analysis, table: TableName): Buffer {
  return Buffer.concat([...parquet(of, table)]);
}

const slice = (bytes: Buffer): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;

test('the columns with their types, their units and what they mean', () => {
  const {
    schema, key_value_metadata: notes = [], num_rows: rows,
  } = parquetMetadata(slice(write(analysis({ connections: [connection()] }), 'flows')));
  const types = Object.fromEntries(
    schema
      .slice(1)
      .map(({ name, type, converted_type: converted, logical_type: logical }) => [
        name, logical?.type ?? converted ?? type,
      ]),
  );
  expect(rows).toBe(1n);
  expect(types).toMatchObject({
    flow: 'INT64', client_address: 'UTF8', start: 'TIMESTAMP', duration: 'DOUBLE', closer: 'UTF8',
  });
  expect(notes).toContainEqual({ key: 'lastack.duration', value: 'from the first packet to the last; s' });
  expect(notes).toHaveLength(schema.length - 1);
});

test('a row as it was, read by hyparquet', async () => {
  const [row] = await parquetReadObjects({ file: slice(write(analysis({ connections: [connection()] }), 'flows')) });
  expect(row).toMatchObject({
    flow: 0n, client_address: '10.77.1.2', client_port: 20_007n, duration: 1.25, closer: 'client', reset_cause: null,
    lost_bytes: 0n, findings: null, start: new Date('2026-11-20T10:24:01.250Z'),
  });
});

test('a table without rows is a file too', async () => {
  expect(await parquetReadObjects({ file: slice(write(analysis(), 'findings')) })).toEqual([]);
});

test('many rows come in groups, and no more than one group is held', () => {
  let made = 0;
  const source = analysis();
  const many: Analysis = {
    ...source,
    *connections() {
      for (let id = 0; id < 120_000; id++) {
        made += 1;
        yield connection({ id });
      }
    },
  };
  const pieces: Uint8Array[] = [];
  const madeBefore: number[] = [];
  for (const piece of parquet(many, 'flows')) {
    pieces.push(piece);
    madeBefore.push(made);
  }
  expect(madeBefore).toEqual([50_000, 100_000, 120_000, 120_000]);
  const { row_groups: groups, num_rows: rows } = parquetMetadata(slice(Buffer.concat(pieces)));
  expect([rows, groups.map(({ num_rows: number }) => number)]).toEqual([120_000n, [50_000n, 50_000n, 20_000n]]);
});

describe.skipIf(!hasDuckdb)('a round trip through DuckDB', () => {
  test.each(['flows', 'findings', 'groups'] as const)('%s of the showcase, cell by cell', async (table) => {
    const of = await analyze(['captures/showcase.pcapng']);
    const { columns, rows } = cellsOf(of, table);
    const epochNanoseconds = BigInt(of.clock.epoch) * 1_000_000_000n;
    const expected = [...rows].map((row) => Object.fromEntries(columns.map(({ name, type }, index) => {
      const cell = row[index] ?? null;
      if (typeof cell !== 'number') return [name, cell];
      if (type === 'time') return [name, String((epochNanoseconds + BigInt(cell)) / 1000n)];
      return [name, type === 'duration' ? cell / 1e9 : String(cell)];
    })));
    const selected = columns
      .map(({ name, type }) => (type === 'time' ? `epoch_us("${name}") as "${name}"` : `"${name}"`))
      .join();
    expect(expected.length).toBeGreaterThan(10);
    expect(await ask(write(of, table), (file) => `select ${selected} from read_parquet(${file})`)).toEqual(expected);
  });

  test('the types that a database sees', async () => {
    const described = await ask(
      write(analysis({ findings: [finding()] }), 'findings'),
      (file) => `select column_name, column_type from (describe select * from read_parquet(${file}))`,
    );
    expect(Object.fromEntries(described.map((row) => [row['column_name'], row['column_type']]))).toMatchObject({
      severity: 'VARCHAR', flow: 'BIGINT', start: 'TIMESTAMP', end: 'TIMESTAMP', duration: 'DOUBLE', message: 'VARCHAR',
      evidence: 'VARCHAR',
    });
  });

  test('nanoseconds stay nanoseconds', async () => {
    const fine: Analysis = {
      ...analysis({ connections: [connection({ start: 123_456_789 })] }), clock: { ...clock, digits: 9 },
    };
    expect(
      await ask(write(fine, 'flows'), (file) => `select epoch_ns("start") as ns from read_parquet(${file})`),
    ).toEqual([{ ns: '1795170241123456789' }]);
  });

  test('a question as people ask it', async () => {
    const of = await analyze(['captures/showcase.pcapng']);
    const rows = await ask(
      write(of, 'findings'),
      (file) =>
        `select finding, cause, count(*)::int as n from read_parquet(${file}) where severity = 'error' group by all ` +
        `order by n desc limit 1`,
    );
    const first = of.groups
      .filter(({ severity }) => severity === 'error')
      .toSorted((a, b) => b.findings.length - a.findings.length)[0];
    expect(rows).toEqual([{ finding: first?.finding, cause: first?.cause, n: first?.findings.length }]);
  });
});
