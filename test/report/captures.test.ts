import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/model.js';
import { analyze } from '../../src/analysis/analyze.js';
import { json } from '../../src/report/json.js';
import { ladder } from '../../src/report/ladder.js';
import { ndjson } from '../../src/report/ndjson.js';
import { netstats } from '../../src/report/netstat.js';
import { text } from '../../src/report/text.js';
import { readLadder } from '../../src/reread/ladder.js';
import { ourFaults } from './schema.js';
import { inOnePiece, recordsOf } from './written.js';

/** Every recording of the project, with the name that the tests give it. */
const recordings = ['../../captures/', '../vectors/'].flatMap((folder) => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => ({ name, path: fileURLToPath(new URL(name, url)) }));
});

const look = { color: false, width: 100 };

test('there are recordings', () => {
  expect(recordings.length).toBeGreaterThan(60);
});

describe.each(recordings)('$name', ({ path }) => {
  let memory: Promise<Analysis> | undefined;
  const read = (): Promise<Analysis> => (memory ??= analyze([path]));

  test('every line is as the schema has it', async () => {
    const lines = recordsOf(ndjson(await read()));
    expect(lines[0]?.type).toBe('capture');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(ourFaults(line.type, line)).toEqual([]);
  });

  test('the document is as the schema has it', async () => {
    expect(ourFaults('report', JSON.parse(inOnePiece(json(await read()))))).toEqual([]);
  });

  test('sockets are as the schema has them, and none is closed', async () => {
    const analysis = await read();
    const { first, last } = analysis.capture;
    if (first === null || last === null) throw new Error('a recording without packets');
    const moments = [0, 0.25, 0.5, 0.75, 1].map((part) => first + Math.round(part * (last - first)));
    const document = JSON.parse(inOnePiece(netstats.json(analysis, moments)));
    expect(ourFaults('netstat', document)).toEqual([]);
    expect(document.sockets).not.toContainEqual(expect.objectContaining({ state: 'CLOSED' }));
  });

  test('text for people holds no character that acts', async () => {
    const analysis = await read();
    const rungs = [...ladder(analysis, analysis.connection(0), await readLadder(analysis, 0), look)].join('');
    for (const page of [[...text(analysis, look)].join(''), rungs])
      expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(rungs).toContain(`stream ${analysis.connection(0).stream}`);
  });
});
