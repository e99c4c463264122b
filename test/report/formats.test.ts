import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/model.js';
import { analyze } from '../../src/analysis/analyze.js';
import { usualChoices } from '../../src/report/choices.js';
import { cellsOf, tables, type TableName } from '../../src/report/columns.js';
import { csv } from '../../src/report/csv.js';
import { reports } from '../../src/report/index.js';
import { analysis, connection, finding } from './analysis-fixture.js';

const look = { color: false, width: 100 };
const recordings = ['../../captures/', '../vectors/'].flatMap((folder) => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => ({ name, path: fileURLToPath(new URL(name, url)) }));
});

/** The cells of a CSV text: a reader of RFC 4180 that knows nothing of the writer. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  expect(rows.pop()).toEqual(['']);
  return rows;
}

describe.each(recordings)('$name', ({ path }) => {
  test.each(Object.keys(tables) as TableName[])('CSV of %s has a cell for each column in each row', async (table) => {
    const of = await analyze([path]);
    const [header = [], ...rows] = readCsv([...csv(of, look, { ...usualChoices, table })].join(''));
    expect(header).toEqual(tables[table].columns.map(({ name }) => name));
    expect(rows).toHaveLength([...cellsOf(of, table).rows].length);
    for (const row of rows) expect(row).toHaveLength(header.length);
  });
});

/** Every format that is written at once; HTML draws ladders from files, and has tests of its own. */
const formats = (['text', 'ndjson', 'json', 'csv', 'markdown', 'junit', 'sarif', 'openmetrics'] as const).map(
  (name) => ({ name, load: reports[name] }),
);

describe('text of others acts nowhere', () => {
  const evil = 'evil\u001B[2J\u0007\u202E\u2028\u0000';
  const hostile: Analysis = {
    ...analysis({
      connections: [connection()],
      findings: [finding({ message: evil, advice: [evil], filter: evil, evidence: { [evil]: evil } })],
      capture: {
        files: [
          {
            path: evil, format: 'pcap', compression: null, size: 1, spool: null,
            frames: { first: 1, last: 9, count: 9 },
          },
        ],
        interfaces: [{ file: 0, linkType: 1, snapLength: 0, resolution: 6, name: evil }],
        damage: [{ file: evil, offset: 1, what: evil }],
      },
    }),
    view: { filter: `host "${evil}"`, of: 2 },
  };

  test.each(formats)('$name', async ({ load }) => {
    const write = await load();
    const written = [...write(hostile, look, { ...usualChoices, table: 'findings' })].join('');
    expect(written.replace(/\r?\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(written).not.toBe('');
  });
});
