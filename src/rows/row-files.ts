import { createReadStream, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ROW_TABLES, type RowTable } from '../collect/rows.js';
import { SOURCE_NAME } from '../collect/source-folder.js';
import { inert } from '../report/inert.js';

/** What is wrong with a folder of rows. */
export class RowsError extends Error {
  override readonly name = 'RowsError';
}

/** What a cell may hold when it has been read; times are text in NDJSON, and in Parquet nanoseconds since 1970. */
export type RowValue = string | number | bigint | boolean | null;

/** A row as it lies there: nobody vouches for what it holds. */
export type RawRow = Readonly<Record<string, RowValue>>;

/** Whether a folder is one of `lastack collect --to`. */
export function isRowFolder(path: string): boolean {
  return (['tallies', 'steps'] satisfies RowTable[]).every((table) => existsSync(join(path, table)));
}

/** Every file of a folder of rows; none where it holds no rows. */
export function rowFilesIn(folder: string): string[] {
  if (!isRowFolder(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** The sources whose rows lie in a folder, by name. @throws RowsError where it holds no rows */
export function sourcesIn(folder: string): string[] {
  if (!isRowFolder(folder))
    throw new RowsError(
      `${inert(folder)} holds no rows: name the folder of lastack collect --to, with ${ROW_TABLES.join(', ')}`,
    );
  return readdirSync(join(folder, 'steps'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && SOURCE_NAME.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
}

/**
 * The rows of one table of a source, step by step; of a step that lies there in both forms its NDJSON. None where it
 * has no such table.
 *
 * @throws RowsError where a file is no table
 */
export async function* rowsIn(
  folder: string, table: RowTable, source: string,
): AsyncGenerator<RawRow, void, undefined> {
  const place = join(folder, table, source);
  const names = existsSync(place) ? readdirSync(place) : [];
  const steps = new Set(names.flatMap((name) => STEP.exec(name)?.[1] ?? []));
  // Numbers before letters: the end comes last.
  for (const step of [...steps].toSorted()) {
    const path = join(place, `${step}.ndjson`);
    yield* names.includes(`${step}.ndjson`) ? lines(path) : records(join(place, `${step}.parquet`));
  }
}

const STEP = /^(\d{8}|final)\.(?:ndjson|parquet)$/;

async function* lines(path: string): AsyncGenerator<RawRow, void, undefined> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number++;
    if (line !== '') yield checked(parsed(line), path, number);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

async function* records(path: string): AsyncGenerator<RawRow, void, undefined> {
  const { parquetReadObjects } = await import('hyparquet');
  const bytes = readFileSync(path);
  const file = new Uint8Array(bytes).buffer;
  let rows: readonly unknown[];
  try {
    rows = await parquetReadObjects({
      file, parsers: { timestampFromNanoseconds: asItIs, timestampFromMicroseconds: (value) => value * 1000n },
    });
  } catch (error) {
    throw new RowsError(`${inert(path)}: no Parquet that can be read: ${error instanceof Error ? error.message : ''}`);
  }
  for (const [index, row] of rows.entries()) yield checked(row, path, index + 1);
}

function asItIs(value: bigint): bigint {
  return value;
}

function checked(row: unknown, path: string, number: number): RawRow {
  const isRow = typeof row === 'object' && row !== null && !Array.isArray(row) && Object.values(row).every(isValue);
  if (!isRow) throw new RowsError(`${inert(path)}: row ${number} is none`);
  return row as RawRow;
}

function isValue(value: unknown): boolean {
  return value === null || value === undefined || typeof value !== 'object';
}
