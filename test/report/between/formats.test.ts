import { beforeAll, describe, expect, it, test } from 'vitest';

import { type TwoTaps, between, readPairLadder, readPairLadders } from '../../../src/between/between.js';
import { adviceOf } from '../../../src/report/between/advice.js';
import { betweenReports } from '../../../src/report/between/index.js';
import { pairLadder } from '../../../src/report/between/ladder.js';
import { bothEnds, healthy } from '../../between/two-tapes.js';
import { ourFaults } from '../schema.js';
import { inOnePiece, recordsOf } from '../written.js';

const look = { color: false, width: 100 };
const names = [
  'fin-dropped',
  'healthy-lossy',
  'nat-expired',
  'one-way',
  'renumbered',
  'reset-injected',
  'tuple-shared',
];
const read = (name: string): Promise<TwoTaps> =>
  between([`captures/between/${name}.client.pcapng`], [`captures/between/${name}.server.pcapng`]);

describe.each(names)('%s', (name) => {
  let taps: TwoTaps;
  beforeAll(async () => {
    taps = await read(name);
  });

  it('as lines and as a document is as the schema has it', () => {
    const lines = recordsOf(betweenReports.ndjson(taps));
    expect(lines.map(({ type }) => type)).toEqual(['between', ...taps.pairs.map(() => 'taps')]);
    for (const line of lines) expect(ourFaults(line.type, line)).toEqual([]);
    const document = JSON.parse(inOnePiece(betweenReports.json(taps)));
    expect(ourFaults('betweenReport', document)).toEqual([]);
    expect([document.between, ...document.taps]).toEqual(lines);
  });

  it('names every fact, and what to change, in each format for people', async () => {
    const html = [...(await betweenReports.html(taps, look, (pairs) => readPairLadders(taps, pairs)))].join('');
    for (const page of [
      [...betweenReports.text(taps, look)].join(''),
      [...betweenReports.markdown(taps)].join(''),
      html,
    ]) {
      const words = page.replaceAll(/\s+/g, ' ');
      for (const { facts } of taps.pairs)
        for (const { id } of facts) {
          expect(words).toContain(id);
          expect(words).toContain(adviceOf(id).slice(0, 25));
        }
      expect(page).not.toMatch(/undefined|NaN|null|\[object/);
    }
    expect(html).not.toMatch(/<script|src=|https?:/);
  });

  it('draws every connection, each frame of both captures once', async () => {
    for (const pair of taps.pairs) {
      const rows = await readPairLadder(taps, pair);
      for (const tap of ['client', 'server'] as const) {
        const frames = rows.flatMap((row) => (row[tap] === null ? [] : [row[tap].frame]));
        const packets = pair.flows[tap]
          .map((id) => taps[tap].connection(id).packets)
          .reduce((sum, { client, server }) => sum + client + server, 0);
        expect([new Set(frames).size, frames.length]).toEqual([packets, packets]);
      }
      for (const line of [...pairLadder(taps, pair, rows, look)].join('').split('\n'))
        expect(line.length).toBeLessThanOrEqual(130);
    }
  });
});

test('a ladder of both ends shows what was lost, and what nobody sent', async () => {
  const taps = await read('reset-injected');
  const pair = taps.pairs.find(({ facts }) => facts.length === 1)!;
  const page = [...pairLadder(taps, pair, await readPairLadder(taps, pair), { color: false, width: 140 })].join('');
  expect(page).toMatch(/^ +\d\.\d{6} +65 .*<─+ R\. .* +not in the server's own capture/m);
  expect(page).toMatch(/^reset-injected|warning {2}reset-injected {2}certain$/m);
});

test('text of others acts nowhere', async () => {
  const one = healthy(0, 40_000);
  const taps = await bothEnds([one.client], [one.server]);
  const hostile = {
    ...taps,
    client: {
      ...taps.client,
      capture: {
        ...taps.client.capture,
        files: [{ ...taps.client.capture.files[0]!, path: 'evil\u001B[2J\u202E<b>|' }],
      },
    },
  };
  for (const format of ['text', 'ndjson', 'json', 'markdown'] as const) {
    const page = inOnePiece(betweenReports[format](hostile, look));
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  const html = [...(await betweenReports.html(hostile, look, () => Promise.resolve([])))].join('');
  expect(html).not.toContain('<b>');
});
