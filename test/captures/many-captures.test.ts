import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';
import { readLadder } from '../../src/reread/ladder.js';
import { scratch } from '../capture/read.js';
import { evenly, splitPcap, splitPcapng } from '../capture/splitter.js';

const files = scratch();
let folders = 0;

/** Writes pieces into a new folder, by names whose order is another one than theirs, as `tcpdump -C -W` leaves them. */
function folderOf(pieces: readonly Uint8Array[], compress = false): string {
  const folder = files.path(`pieces-${folders++}`);
  mkdirSync(folder);
  pieces.forEach((piece, index) => {
    const turned = (index + 3) % pieces.length;
    writeFileSync(join(folder, `trace.pcap${String(turned).padStart(3, '0')}`), compress ? gzipSync(piece) : piece);
  });
  return folder;
}

/** All that is told of flows and findings. */
function told(analysis: Analysis): unknown {
  return {
    clock: analysis.clock.digits, connections: [...analysis.connections()], findings: analysis.findings,
    groups: analysis.groups, hosts: analysis.hosts,
  };
}

const captures = [
  'forgotten-close', 'time-wait-collision', 'write-to-closed-peer', 'linger-zero-unsent', 'simultaneous-close',
  'host-gone-keepalive',
];

test.each(captures)('%s, cut between any two packets, is one capture', async (name) => {
  const path = `captures/${name}.pcapng`;
  const whole = readFileSync(path);
  const analysis = await analyze([path]);
  const { packets } = analysis.capture;
  for (let cut = 1; cut < packets; cut += Math.ceil(packets / 60)) {
    const [before, behind] = splitPcapng(whole, [cut]).map((piece, index) =>
      files.write(`${name}-${index}.pcapng`, piece),
    );
    const parts = await analyze([behind!, before!]);
    expect(parts.capture.damage).toEqual([]);
    expect(parts.capture.files.map(({ path, frames }) => [path, frames])).toEqual([
      [before, { first: 1, last: cut, count: cut }],
      [behind, { first: cut + 1, last: packets, count: packets - cut }],
    ]);
    expect(onOneClock(parts, analysis)).toEqual(told(analysis));
  }
});

test('the showcase, cut into 2 to 50 files in a folder, gives the same flows and findings', async () => {
  const path = 'captures/showcase.pcapng';
  const whole = readFileSync(path);
  const analysis = await analyze([path]);
  const { packets } = analysis.capture;
  for (const parts of [2, 3, 7, 20, 50]) {
    const cut = await analyze([folderOf(splitPcapng(whole, evenly(packets, parts)), parts === 7)]);
    expect(cut.capture.files.length).toBe(parts);
    expect(onOneClock(cut, analysis)).toEqual(told(analysis));
  }
});

test('classic captures, cut into 2 to 50 files', async () => {
  for (const name of [
    'x_simul_close', 'backlog_overflow', 'tw_syn_lower_tsnewer', 'y_halfclose_stream', 'x_close_linger5_timeout',
  ]) {
    const path = `test/vectors/${name}.pcap`;
    const whole = readFileSync(path);
    const analysis = await analyze([path]);
    for (let parts = 2; parts <= Math.min(50, analysis.capture.packets); parts++) {
      const cut = await analyze([folderOf(splitPcap(whole, evenly(analysis.capture.packets, parts)))]);
      expect(onOneClock(cut, analysis)).toEqual(told(analysis));
    }
  }
});

test('the ladder of a flow goes on from file to file', async () => {
  const path = 'captures/forgotten-close.pcapng';
  const analysis = await analyze([path]);
  const cut = await analyze([folderOf(splitPcapng(readFileSync(path), evenly(analysis.capture.packets, 9)))]);
  const epochs = cut.clock.epoch - analysis.clock.epoch;
  expect(shifted(await readLadder(cut, 3), epochs * 1e9)).toEqual(await readLadder(analysis, 3));
});

test('a file that cannot be read does not stop the others', async () => {
  const pieces = splitPcapng(readFileSync('captures/forgotten-close.pcapng'), [40, 80]);
  const folder = folderOf(pieces);
  const missing = join(folder, 'missing.pcap');
  const cut = files.write('cut.pcapng', pieces[1]!.subarray(0, pieces[1]!.length - 5));
  const analysis = await analyze([
    missing, files.write('last.pcapng', pieces[2]!), cut, files.write('first.pcapng', pieces[0]!),
  ]);
  expect(analysis.capture.files.map(({ path }) => path)).toEqual([
    files.path('first.pcapng'), cut, files.path('last.pcapng'),
  ]);
  expect(analysis.capture.damage.map(({ file, what }) => [file, what.replace(/\d+/g, 'n')])).toEqual([
    [missing, 'no such file'],
    [cut, 'Enhanced Packet Block at byte n: the file ends n bytes into its n'],
  ]);
});

/** What is told, with the times of `other`'s clock: pieces in another order have another epoch. */
function onOneClock(analysis: Analysis, other: Analysis): unknown {
  return shifted(told(analysis), (analysis.clock.epoch - other.clock.epoch) * 1e9);
}

const TIMES = new Set(['start', 'end', 'time', 'first', 'last', 'observedUntil']);

function shifted(value: unknown, shift: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shifted(item, shift));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key, TIMES.has(key) && typeof item === 'number' ? item + shift : shifted(item, shift),
    ]),
  );
}
