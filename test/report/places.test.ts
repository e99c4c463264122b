import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { FrameRuns } from '../../src/capture/frame-runs.js';
import { ladder } from '../../src/report/ladder.js';
import { ndjson } from '../../src/report/ndjson.js';
import { text } from '../../src/report/text.js';
import { readLadder } from '../../src/reread/ladder.js';
import { withOwnStreams } from '../../src/reread/own-streams.js';
import { bytes, pcapWriter } from '../capture/build.js';
import { readAll, scratch } from '../capture/read.js';
import { ourFaults } from './schema.js';
import { recordsOf } from './written.js';

// Files of one run: what is told by merged numbers is told by those of its file, too.

const files = scratch();
const look = { color: false, width: 100 };

/** A recording in pieces of so many packets, as tcpdump -C leaves it. */
async function rotated(name: string, size: number): Promise<string[]> {
  const { header, record } = pcapWriter({ magic: 0xa1b23c4d });
  const { packets } = await readAll(`captures/${name}.pcapng`);
  const records = packets.map(({ time, data, original }) => {
    const [seconds, fraction = ''] = time!.split('.');
    return record({
      seconds: Number(seconds),
      fraction: Number(fraction.padEnd(9, '0')),
      data: new Uint8Array(Buffer.from(data, 'hex')),
      original,
    });
  });
  const pieces = Array.from({ length: Math.ceil(records.length / size) }, (_, index) =>
    records.slice(index * size, (index + 1) * size),
  );
  return pieces.map((piece, index) => files.write(`${name}-${index}.pcap`, bytes(header, ...piece)));
}

/** Every connection and finding of a run of files, held against the files by themselves. */
async function check(paths: readonly string[]): Promise<number> {
  const analysis = await withOwnStreams(await analyze(paths));
  let told = 0;
  for (const path of paths) {
    const alone = await analyze([path]);
    /** By frame of the file: the stream that the file alone has there. */
    const streams = new Map<number, number>();
    for (const connection of alone.connections()) {
      for (const { frame } of await readLadder(alone, connection.id))
        if (connection.streams.length === 1) streams.set(frame, connection.stream);
    }
    for (const { firstFrame } of analysis.connections()) {
      const place = analysis.capture.placeOf!(firstFrame)!;
      if (place.file !== path || !streams.has(place.frame)) continue;
      expect(place.stream).toBe(streams.get(place.frame));
      told += 1;
    }
  }
  return told;
}

it('numbers frames and streams as each file alone has them: files that overlap', async () => {
  expect(
    await check(
      ['unread-data', 'forgotten-close', 'keep-alive-race', 'time-wait-collision'].map(
        (name) => `captures/${name}.pcapng`,
      ),
    ),
  ).toBeGreaterThan(20);
});

it('and rotated ones, that cut connections', async () => {
  expect(await check(await rotated('showcase', 700))).toBeGreaterThan(400);
});

it('every frame stands once, in the order of its file', async () => {
  const paths = ['unread-data', 'forgotten-close'].map((name) => `captures/${name}.pcapng`);
  const { capture } = await analyze(paths);
  const places = Array.from({ length: capture.packets }, (_, index) => capture.placeOf!(index + 1)!);
  for (const path of paths) {
    const own = places.filter(({ file }) => file === path).map(({ frame }) => frame);
    expect(own).toEqual(own.map((_, index) => index + 1));
  }
  expect(capture.placeOf!(0)).toBeNull();
  expect(capture.placeOf!(capture.packets + 1)).toBeNull();
});

test('records, text and ladder tell it, and nothing of it where there is one file', async () => {
  const paths = await rotated('forgotten-close', 40);
  const analysis = await withOwnStreams(await analyze(paths));
  const records = recordsOf(ndjson(analysis));
  for (const record of records) expect(ourFaults(record.type, record)).toEqual([]);
  const finding = records.find(({ type }) => type === 'finding');
  expect(finding.inFiles).toEqual([
    { file: paths[0], frames: finding.frames, streams: [0], filter: 'tcp.stream eq 0' },
  ]);
  expect([...text(analysis, { ...look, width: 400 })].join('')).toContain(`In ${paths[0]}: frame `);
  const connection = analysis.connection(analysis.connectionCount - 1);
  expect(
    [...ladder(analysis, connection, await readLadder(analysis, connection.id), { ...look, width: 400 })].join(''),
  ).toMatch(/forgotten-close-\d\.pcap, frame \d+ of stream \d/);
  const one = await analyze(['captures/forgotten-close.pcapng']);
  expect(one.capture.placeOf).toBeUndefined();
  expect(await withOwnStreams(one)).toBe(one);
  expect(recordsOf(ndjson(one)).some((record) => 'inFiles' in record)).toBe(false);
});

test('a pipe among them that nobody kept has frames of its own, and no streams', async () => {
  const [path] = await rotated('unread-data', 1000);
  const { stdout } = spawnSync(
    process.execPath,
    ['dist/cli/main.js', 'report', path!, '-', '-f', 'ndjson', '--fail-on', 'never'],
    { input: readFileSync('captures/forgotten-close.pcapng'), encoding: 'utf8' },
  );
  const flows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'flow');
  expect(flows.find(({ inFiles }) => inFiles[0].file === '-').inFiles[0]).toMatchObject({
    streams: [],
    filter: expect.stringMatching(/^frame\.number in \{\d+, \d+\}$/),
  });
});

test('runs that go on are one', () => {
  const runs = new FrameRuns();
  for (let frame = 1; frame <= 1000; frame += 10) runs.add(frame % 20 === 1 ? 0 : 1, frame, 10);
  expect([1, 10, 11, 21, 1000].map((frame) => runs.placeOf(frame))).toEqual([
    { file: 0, frame: 1 },
    { file: 0, frame: 10 },
    { file: 1, frame: 1 },
    { file: 0, frame: 11 },
    { file: 1, frame: 500 },
  ]);
});
