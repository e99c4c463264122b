import { execFileSync } from 'node:child_process';
import { createReadStream, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, AnalysisOptions, Damage, LadderRow } from '../../src/analysis/model.js';
import { openCapture, reopenCapture } from '../../src/capture/capture.js';
import type { Capture } from '../../src/capture/model.js';
import { Spool } from '../../src/capture/source/spool.js';
import { extract } from '../../src/extract/extract.js';
import { readLadders } from '../../src/reread/ladder.js';
import { readPacketsAround } from '../../src/reread/packets-around.js';
import { bytes, netmonWriter, packet, pcapngWriter } from './build.js';
import { scratch } from './read.js';

// What comes through a pipe and does not fit its copy any more: what is read again is the end of it, with the same
// frames, and nobody's packets are told for another's.

const files = scratch();
const spools: string[] = [];
afterEach(() => {
  for (const path of spools.splice(0)) Spool.at(path)?.remove();
});

/** Small, so that the copy is looked after often. */
const piece = 4096;

/** A capture as it comes through a pipe, with a copy of so many bytes. */
async function piped(content: Uint8Array, spoolLimit: number, options: AnalysisOptions = {}): Promise<Analysis> {
  const analysis = await analyze(['-'], {
    stdin: inPieces(content), spool: true, spoolLimit, block: piece, ...options,
  });
  spools.push(analysis.capture.files[0]!.spool!);
  return analysis;
}

function inPieces(content: Uint8Array): Readable {
  return Readable.from(
    Array.from({ length: Math.ceil(content.length / piece) }, (_, index) =>
      content.subarray(index * piece, (index + 1) * piece),
    ),
  );
}

/** Connections, many of them one after another on the same ports, of all kinds. */
function generated(): string {
  const path = files.path('generated.pcap');
  execFileSync(process.execPath, [
    'bench/generate.mjs', path, '--packets', '5250', '--flows', '700', '--bytes', '546k', '--rate', '50',
  ]);
  return path;
}

const idsOf = (analysis: Analysis): number[] => Array.from(analysis.connections(), ({ id }) => id);
const shapeOf = ({ frame, time, by, flags, length, states }: LadderRow): unknown[] => [
  frame, time, by, flags, length, states.client, states.server,
];
const everything = { keepConnections: 1e6 };

describe.each([
  ['showcase', 'captures/showcase.pcapng', [60_000, 100_000, 300_000, 500_000], {}],
  ['a collision in TIME-WAIT', 'captures/time-wait-collision.pcapng', [2000, 4000, 20_000, 60_000, 100_000], {}],
  ['a classic capture', generated(), [10_000, 40_000, 100_000, 300_000], {}],
  ['a classic capture, by pcap-parser', generated(), [40_000], { reader: 'pcap-parser' }],
  ['a long watch that forgets', generated(), [40_000, 100_000], { keepConnections: 400, timeWait: 1e9 }],
] as const)('%s', (_, path, limits, options) => {
  it.each(limits)('has in a copy of %d bytes of every flow the packets of its last frames', async (limit) => {
    const content = readFileSync(path);
    const [whole, some] = [
      await analyze([path], { ...options, keepConnections: 1e6, block: piece }),
      await piped(content, limit, { ...everything, ...options }),
    ];
    const { spoolLost } = some.capture.files[0]!;
    expect(spoolLost).toBeGreaterThan(0);
    expect(spoolLost).toBeLessThan(some.capture.packets);
    const ids = idsOf(some);
    const [all, kept] = [await readLadders(whole, ids), await readLadders(some, ids)];
    // Each told as it is in the whole; of one alone, that a connection before it may have sent the same, it may be
    // withheld.
    for (const [at, rows] of all.entries())
      expect([[], rows.filter(({ frame }) => frame > spoolLost!).map(shapeOf)]).toContainEqual(kept[at]!.map(shapeOf));
    const seen = kept.reduce((sum, rows) => sum + rows.length, 0);
    const there = all.reduce((sum, rows) => sum + rows.filter(({ frame }) => frame > spoolLost!).length, 0);
    expect(seen).toBeGreaterThan(there * 0.99);
    expect(kept.some((rows, at) => rows.length > 0 && rows.length < all[at]!.length)).toBe(true);
  });
});

describe('a copy that has reached its limit', () => {
  const path = 'captures/showcase.pcapng';
  const limit = 100_000;

  it('lies in files that only their owner can read, none of them older than the limit allows', async () => {
    const analysis = await piped(readFileSync(path), limit);
    const folder = dirname(analysis.capture.files[0]!.spool!);
    const stats = readdirSync(folder).map((name) => lstatSync(join(folder, name)));
    expect(stats.every((file) => file.isFile() && (file.mode & 0o777) === 0o600)).toBe(true);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    const size = stats.reduce((sum, file) => sum + file.size, 0);
    expect(size).toBeGreaterThan(limit * 0.8);
    expect(size).toBeLessThanOrEqual(limit + piece);
  });

  it('is one file, byte for byte, as long as it is short', async () => {
    const analysis = await piped(readFileSync(path), 1e9);
    expect(analysis.capture.files[0]).not.toHaveProperty('spoolLost', expect.anything());
    expect(readFileSync(analysis.capture.files[0]!.spool!)).toEqual(readFileSync(path));
  });

  it('gives extracts of what is there', async () => {
    const whole = await analyze([path], everything);
    const some = await piped(readFileSync(path), limit, everything);
    const { spoolLost } = some.capture.files[0]!;
    const chosen = new Set(idsOf(some).slice(-20));
    const pieces: Uint8Array[] = [];
    for await (const block of extract(some, ({ id }) => chosen.has(id))) pieces.push(block);
    const [ladders] = [await readLadders(whole, [...chosen])];
    const extracted = await analyze([files.write('extract.pcapng', Buffer.concat(pieces))]);
    expect(extracted.capture.packets).toBe(ladders.flat().filter(({ frame }) => frame > spoolLost!).length);
    expect(Array.from(extracted.connections(), ({ client, server }) => [client, server])).toEqual(
      [...chosen].map((id) => [whole.connection(id).client, whole.connection(id).server]),
    );
  });

  it('shows the packets of a moment under their own frames, and says how many came before', async () => {
    const [whole, some] = [await analyze([path]), await piped(readFileSync(path), limit)];
    const { packets, missing, frames, hasBegin } = await readPacketsAround(some, some.capture.last!, { side: 1e4 });
    expect({ missing, frames, hasBegin }).toEqual({
      missing: some.capture.files[0]!.spoolLost, frames: 7290, hasBegin: true,
    });
    const all = await readPacketsAround(whole, whole.capture.last!, { side: 1e4 });
    expect(packets).toEqual(all.packets.filter(({ frame }) => frame > missing));
  });

  it('of compressed packets holds the last ones, too', async () => {
    const some = await piped(gzipSync(readFileSync(path)), limit, everything);
    const whole = await analyze([path], everything);
    const { spoolLost, compression } = some.capture.files[0]!;
    expect(compression).toBe('gzip');
    expect(spoolLost).toBeGreaterThan(1000);
    const last = idsOf(some).slice(-5);
    expect(await readLadders(some, last)).toEqual(await readLadders(whole, last));
  });

  it('can be read to its end while it goes on and the files that are read are removed', async () => {
    const capture = await openCapture(['-'], {
      stdin: inPieces(readFileSync(path)), spool: true, spoolLimit: limit, block: piece,
    });
    spools.push(capture.files[0]!.spool!);
    const [before, after]: number[][] = [[], []];
    let again: Capture | null = null;
    let reading: AsyncIterator<{ count: number; missing: number }> | null = null;
    for await (const { count } of capture.batches()) {
      before!.push(count);
      if (again !== null || capture.files[0]!.spoolLost === undefined || capture.files[0]!.spoolLost < 2000) continue;
      again = await reopenCapture(capture);
      reading = again.batches()[Symbol.asyncIterator]();
      const first = await reading.next();
      after!.push(first.value.missing + first.value.count, before!.reduce((sum, each) => sum + each, 0));
    }
    // All that had come when it was opened, though by now none of it is in the folder any more.
    let [frames, there] = [after![0]!, after![1]!];
    for (let next = await reading!.next(); next.done !== true; next = await reading!.next()) frames += next.value.count;
    again!.close();
    expect(frames).toBeGreaterThanOrEqual(there);
    expect(capture.files[0]!.spoolLost).toBeGreaterThan(there);
    capture.close();
  });

  it('goes with all of its files', async () => {
    const capture = await openCapture(['-'], { stdin: createReadStream(path), spool: true, spoolLimit: limit });
    for await (const { count } of capture.batches()) expect(count).toBeGreaterThan(0);
    const folder = dirname(capture.files[0]!.spool!);
    expect(readdirSync(folder).length).toBeGreaterThan(1);
    capture.close();
    expect(() => lstatSync(folder)).toThrow('ENOENT');
  });
});

describe('sections and interfaces of a pcapng', () => {
  const { section, interface: describeInterface, enhanced, option } = pcapngWriter();
  const IF_NAME = 2;
  const named = (name: string): Uint8Array => describeInterface({ options: option(IF_NAME, Buffer.from(name)) });
  const many = (from: number, port: number): Uint8Array[] =>
    Array.from({ length: 200 }, (_, index) =>
      enhanced({ id: port, ticks: 1_795_169_041_000_000n + BigInt(from + index), data: packet(60, index) }),
    );

  it('are those of the packets that are left', async () => {
    const content = bytes(
      section(), named('one'), named('two'), ...many(0, 1), section(), named('three'), ...many(200, 0), named('four'),
      ...many(400, 1),
    );
    const capture = await openCapture(['-'], {
      stdin: inPieces(content), spool: true, spoolLimit: 30_000, block: piece,
    });
    const names: string[] = [];
    for await (const batch of capture.batches())
      for (let index = 0; index < batch.count; index++) names.push(capture.interfaces[batch.interface[index]!]!.name);
    const lost = capture.files[0]!.spoolLost!;
    expect([lost > 200, lost < 400]).toEqual([true, true]);
    const again = await reopenCapture(capture);
    const left: string[] = [];
    let missing = 0;
    for await (const batch of again.batches()) {
      missing += batch.missing;
      for (let index = 0; index < batch.count; index++) left.push(again.interfaces[batch.interface[index]!]!.name);
    }
    expect([missing, left]).toEqual([lost, names.slice(lost)]);
    expect(new Set(left)).toEqual(new Set(['three', 'four']));
    again.close();
    capture.close();
  });

  it('take no more memory than that many can be named, however many there are', async () => {
    const content = bytes(
      section(), ...Array.from({ length: 3000 }, (_, index) => named(String(index).repeat(100))), ...many(0, 0),
    );
    const capture = await openCapture(['-'], { stdin: inPieces(content), spool: true, spoolLimit: 1000, block: piece });
    let packets = 0;
    for await (const { count } of capture.batches()) packets += count;
    // What must stand before the packets is too much to be kept for each file, so that nothing can be removed.
    expect([packets, capture.files[0]!.spoolLost]).toEqual([200, 0]);
    const again = await reopenCapture(capture);
    let left = 0;
    for await (const { count } of again.batches()) left += count;
    expect(left).toBe(200);
    again.close();
    capture.close();
  });
});

describe('a format that can only be read from its beginning', () => {
  it('is copied up to the limit, and what is not is told', async () => {
    const { header, frame } = netmonWriter(1);
    const content = bytes(header(), ...Array.from({ length: 60_000 }, () => frame({ data: packet(60) })));
    const capture = await openCapture(['-'], { stdin: inPieces(content), spool: true, spoolLimit: 1000 });
    let packets = 0;
    for await (const { count } of capture.batches()) packets += count;
    const faults = capture.damage.filter(({ what }: Damage) => what.includes('the copy has reached its limit'));
    expect([packets, faults.length]).toEqual([60_000, 1]);
    capture.close();
  });
});
