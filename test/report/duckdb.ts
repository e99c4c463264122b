import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const duckdb = await import('@duckdb/node-api').catch((error: unknown) => {
  console.warn(`DuckDB cannot be loaded, and what it would read goes unread: ${String(error)}`);
  return null;
});

/** Whether there is a build of DuckDB for this machine. */
export const hasDuckdb = duckdb !== null;

/** What DuckDB answers to a query over a file with these bytes: rows, numbers of 64 bits as text. */
export async function ask(bytes: string | Uint8Array, query: (file: string) => string): Promise<Record<string, unknown>[]> {
  if (duckdb === null) throw new Error('no DuckDB');
  const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
  const path = join(folder, 'table');
  writeFileSync(path, bytes);
  const database = await duckdb.DuckDBInstance.create(':memory:');
  const session = await database.connect();
  try {
    return (await session.runAndReadAll(query(`'${path}'`))).getRowObjectsJson();
  } finally {
    session.closeSync();
    database.closeSync();
    rmSync(folder, { recursive: true });
  }
}
