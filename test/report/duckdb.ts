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
export async function ask(
  bytes: string | Uint8Array, query: (file: string) => string,
): Promise<Record<string, unknown>[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
  const path = join(folder, 'table');
  writeFileSync(path, bytes);
  try {
    return await answers(query(`'${path}'`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What DuckDB answers to the last of several statements. */
export async function answers(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  if (duckdb === null) throw new Error('no DuckDB');
  const database = await duckdb.DuckDBInstance.create(':memory:');
  const session = await database.connect();
  try {
    for (const statement of statements.slice(0, -1)) await session.run(statement);
    return (await session.runAndReadAll(statements.at(-1)!)).getRowObjectsJson();
  } finally {
    session.closeSync();
    database.closeSync();
  }
}
