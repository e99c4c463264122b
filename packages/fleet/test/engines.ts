import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { answers, hasDuckdb } from '../../../test/report/duckdb.js';

export type View =
  'connections' | 'leaks' | 'findings_by_service' | 'buildup' | 'diagnoses' | 'explained_findings';

/** What reads rows by one of the two files of questions. */
export interface Engine {
  readonly name: string;
  readonly isHere: boolean;
  /** All rows that a question has of the rows in `folder`; `since` is UTC, as `2026-11-20 10:48:00`. */
  readonly ask: (folder: string, view: View, since?: string) => Promise<Record<string, unknown>[]>;
}

const BEGINNING = '1970-01-01 00:00:00';
const HAVE_MOMENT: readonly View[] = ['leaks', 'findings_by_service', 'diagnoses'];

const statementsOf = (file: string): string[] =>
  readFileSync(`packages/fleet/sql/${file}`, 'utf8').split(/;\s*$/m).filter((one) => one.trim() !== '');

const duckdb: Engine = {
  name: 'DuckDB',
  isHere: hasDuckdb,
  ask: async (folder, view, since = BEGINNING) => {
    const moment = HAVE_MOMENT.includes(view) ? `, since := timestamp_ns '${since}'` : '';
    return answers(...statementsOf('fleet.sql'), `from ${view}('${folder}'${moment})`);
  },
};

interface Chdb {
  readonly Session: new (folder: string) => { query: (text: string, format?: string) => string; cleanup: () => void };
}

const chdb = ((): Chdb | null => {
  // Half a gigabyte, so that it is no dependency: `npm install chdb` in any folder brings it, CHDB_FOLDER names that.
  const folder = process.env['CHDB_FOLDER'];
  if (folder === undefined) {
    console.warn('CHDB_FOLDER names no folder with chdb in it, so that ClickHouse is not asked');
    return null;
  }
  return createRequire(join(resolve(folder), 'node_modules', 'x'))('chdb') as Chdb;
})();

const clickhouse: Engine = {
  name: 'ClickHouse',
  isHere: chdb !== null,
  ask: async (folder, view, since = BEGINNING) => {
    const own = mkdtempSync(join(tmpdir(), 'lastack-'));
    const session = new chdb!.Session(own);
    try {
      for (const statement of statementsOf('fleet.clickhouse.sql'))
        session.query(statement.replaceAll("'rows/", `'${folder}/`));
      const moment = HAVE_MOMENT.includes(view) ? `(since = '${since}')` : '';
      return session.query(`select * from ${view}${moment}`, 'JSONEachRow')
        .split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
    } finally {
      session.cleanup();
      rmSync(own, { recursive: true, force: true });
    }
  },
};

export const engines: readonly Engine[] = [duckdb, clickhouse];
