import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Connection } from '../../src/analysis/model.js';
import { ndjson } from '../../src/report/ndjson.js';
import { recordsOf } from '../report/written.js';
import { readAll, scratch } from '../capture/read.js';

const files = scratch();
const names = readdirSync('test/vectors').filter((name) => name.startsWith('x_'));

/** What no clock changes. */
const gist = ({ client, server, packets, bytes, resets, zeek, completeness }: Connection): unknown => ({
  client, server, packets, bytes, resets: resets.map(({ by, frame }) => [by, frame]), zeek, completeness,
});

it.each([
  ['an hour back', (seconds: number) => seconds - 3600], ['to 1970', () => 0],
  ['to 2106, the last of the format', () => 0xffff_ffff],
])(
  'a clock that is set %s while a capture goes on: every segment is where it was, and every time can be written',
  async (_, setClock) => {
  for (const name of names) {
    const whole = readFileSync(`test/vectors/${name}`);
    const { packets } = await readAll(`test/vectors/${name}`);
    for (const { position } of packets.slice(packets.length >> 1))
      whole.writeUInt32LE(setClock(whole.readUInt32LE(position)), position);
    const analysis = await analyze([files.write(name, whole)]);
    expect([...analysis.connections()].map(gist)).toEqual(
      [...(await analyze([`test/vectors/${name}`])).connections()].map(gist),
    );
    for (const record of recordsOf(ndjson(analysis)))
      expect(JSON.stringify(record)).not.toMatch(/"(duration|shortest)":-/);
  }
},
);
