import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { type TwoTaps, between, readPairLadder, summarize } from '../../src/between/between.js';
import { CaptureError } from '../../src/capture/capture.js';
import { randomFrom } from '../captures/random.js';
import { scratch } from '../capture/read.js';

const files = scratch();
const names = ['nat-expired', 'reset-injected', 'tuple-shared', 'one-way'];

/** What is told of two files; null where one is no capture at all. */
async function read(client: string, server: string): Promise<TwoTaps | null> {
  try {
    return await between([client], [server]);
  } catch (error) {
    if (error instanceof CaptureError) return null;
    throw error;
  }
}

test.each(names)('%s, damaged at one end: read to its end, or refused in words', async (name) => {
  const random = randomFrom(20_261_129);
  const whole = ['client', 'server'].map((tap) => readFileSync(`captures/between/${name}.${tap}.pcapng`));
  for (let round = 0; round < 40; round++) {
    const damaged = whole.map((bytes) => Uint8Array.from(bytes));
    const victim = damaged[round % 2]!;
    for (let hit = 0; hit < 1 + (round % 6); hit++) victim[random(victim.length)]! ^= 1 + random(255);
    const cut = round % 5 === 0 ? victim.subarray(0, random(victim.length)) : victim;
    damaged[round % 2] = Uint8Array.from(cut);
    const [client, server] = damaged.map((bytes, index) => files.write(`${name}-${index}.pcapng`, bytes)) as [
      string,
      string,
    ];
    const taps = await read(client, server);
    if (taps === null) continue;
    expect(summarize(taps).pairs).toBe(taps.pairs.length);
    for (const pair of taps.pairs.slice(0, 2)) await readPairLadder(taps, pair);
  }
});

test('one capture twice is one road without a length', async () => {
  const path = 'captures/showcase.pcapng';
  const taps = await between([path], [path]);
  expect(taps.pairs).toHaveLength(taps.client.connectionCount);
  expect(taps.pairs.flatMap(({ facts }) => facts)).toEqual([]);
  expect(taps.pairs.every(({ legs: { client, server } }) => client.lost + server.lost === 0)).toBe(true);
  expect(Math.abs(taps.clocks.pieces[0]!.offset)).toBeLessThan(1);
});

test('captures that have nothing in common have no pair, and say nothing of each other', async () => {
  const taps = await between(['captures/unread-data.pcapng'], ['captures/forgotten-close.pcapng']);
  expect(taps).toMatchObject({ pairs: [], clocks: { pieces: [], segments: 0 } });
  expect(taps.unpaired.every(({ what }) => what === 'not-covered')).toBe(true);
});
