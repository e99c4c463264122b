import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { openCapture, reopenCapture } from '../../src/capture/capture.js';
import { MOST_OPEN } from '../../src/capture/merge.js';
import { bytes, packet, pcapngWriter, pcapWriter } from './build.js';
import { type Reading, readAll, scratch } from './read.js';

const files = scratch();
const { header, record } = pcapWriter();
const w = pcapngWriter();
const BEGIN = 1_795_169_000;

/** A capture with a packet at each of these seconds; its length is `size`, so that it can be told from others. */
function tap(name: string, seconds: readonly number[], size = 10): string {
  return files.write(
    name,
    bytes(
      header,
      ...seconds.map((at) =>
        record({ seconds: BEGIN + Math.floor(at), fraction: Math.round((at % 1) * 1e6), data: packet(size) }),
      ),
    ),
  );
}

/** `a0 b0.5 a1`: the letters that name the files, in the order of analysis, with the seconds. */
function order({ capture, packets }: Reading): string {
  const letter = (file: number): string => /([^/])\.\w+$/.exec(capture.files[file]!.path)![1]!;
  return packets
    .map(
      ({ interface: from, time }) =>
        `${letter(capture.interfaces[from]!.file)}${time === null ? '' : Number(time) - BEGIN}`,
    )
    .join(' ');
}

describe('files that overlap', () => {
  it('are mixed by time, each in its own order', async () => {
    const reading = await readAll([tap('b.pcap', [0.5, 2, 2.5, 9]), tap('a.pcap', [0, 1, 1, 3, 4])]);
    expect(order(reading)).toBe('a0 b0.5 a1 a1 b2 b2.5 a3 a4 b9');
    expect(reading.capture.files.map(({ frames }) => frames)).toEqual([
      { first: 1, last: 8, count: 5 }, { first: 2, last: 9, count: 4 },
    ]);
    expect(
      reading.packets.every(
        ({ file, interface: from }) => file === -1 || file === reading.capture.interfaces[from]!.file,
      ),
    ).toBe(true);
  });

  it('keep their own order where their clocks stepped back', async () => {
    expect(order(await readAll([tap('a.pcap', [0, 5, 1, 6]), tap('b.pcap', [2, 3])]))).toBe('a0 b2 b3 a5 a1 a6');
  });

  it('of equal times begin with the file that began first, then the one named first', async () => {
    expect(order(await readAll([tap('c.pcap', [1, 2]), tap('b.pcap', [1, 2]), tap('a.pcap', [0, 1, 2])]))).toBe(
      'a0 a1 c1 b1 a2 c2 b2',
    );
  });

  it('keep packets, lengths and positions, of every format and compression', async () => {
    const a = files.write(
      'a.pcapng',
      bytes(
        w.section(), w.interface({ linkType: 101 }),
        ...[0, 2, 4].map((at) =>
          w.enhanced({ ticks: BigInt(BEGIN + at) * 1_000_000n, data: packet(at + 1, at), original: 99 }),
        ),
      ),
    );
    const b = files.write(
      'b.gz', gzipSync(bytes(header, ...[1, 3].map((at) => record({ seconds: BEGIN + at, data: packet(at + 1, at) })))),
    );
    const { packets } = await readAll([a, b]);
    const alone = [...(await readAll(a)).packets, ...(await readAll(b)).packets].sort(
      (one, other) => Number(one.time) - Number(other.time),
    );
    const common = ({ time, captured, original, linkType, position, data }: (typeof packets)[number]): unknown => ({
      time, captured, original, linkType, position, data,
    });
    expect(packets.map(common)).toEqual(alone.map(common));
  });

  it('mix packets larger than any buffer', async () => {
    const w = pcapWriter({ linkType: 249, snapLength: 0 });
    const big = (name: string, second: number): string =>
      files.write(
        name,
        bytes(
          w.header,
          ...[0, 2].map((at) => w.record({ seconds: BEGIN + second + at, data: packet(3_000_000, second + at) })),
        ),
      );
    const { packets } = await readAll([big('a.pcap', 0), big('b.pcap', 1)]);
    expect(packets.map(({ captured, data }) => [captured, data.slice(0, 2)])).toEqual([
      [3_000_000, '00'], [3_000_000, '01'], [3_000_000, '02'], [3_000_000, '03'],
    ]);
  });

  it('in long captures: nothing is lost between batches', async () => {
    const [even, odd] = [0, 1].map((from) =>
      Array.from({ length: 20_000 }, (_, index) => (from + index * 2) / 1000),
    ) as [number[], number[]];
    const { packets } = await readAll([tap('a.pcap', even, 70), tap('b.pcap', odd, 71)]);
    expect(packets.length).toBe(40_000);
    expect(packets.every(({ captured }, index) => captured === 70 + (index % 2))).toBe(true);
  });

  it('more than can be open at once: all are read, and those that came late are told', async () => {
    const folder = files.path('crowd');
    mkdirSync(folder);
    for (let index = 0; index < MOST_OPEN + 2; index++) {
      const data = packet(4);
      writeFileSync(
        `${folder}/${String(index).padStart(3, '0')}.pcap`,
        bytes(header, record({ seconds: BEGIN, fraction: index, data }), record({ seconds: BEGIN + 10 + index, data })),
      );
    }
    const { packets, capture } = await readAll(folder);
    expect(packets.length).toBe(2 * (MOST_OPEN + 2));
    expect(capture.damage).toEqual(
      [256, 257].map((index) => ({
        file: `${folder}/${index}.pcap`, offset: 0,
        what: 'it begins while 256 other files are being read, and its first packets stand behind later ones of theirs',
      })),
    );
  });
});

describe('files that follow one another', () => {
  it('are handed on as they are', async () => {
    const reading = await readAll([tap('b.pcap', [2, 3]), tap('a.pcap', [0, 1, 2])]);
    expect(order(reading)).toBe('a0 a1 a2 b2 b3');
    expect(reading.packets.map(({ file }) => file)).toEqual([0, 0, 0, 1, 1]);
    expect(reading.capture.files.map(({ frames }) => frames)).toEqual([
      { first: 1, last: 3, count: 3 }, { first: 4, last: 5, count: 2 },
    ]);
  });

  it('and hold none, or none with a time, stand behind the one they were named behind', async () => {
    const simple = files.write('s.pcapng', bytes(w.section(), w.interface(), w.simple(3, packet(3))));
    expect(order(await readAll([tap('b.pcap', [5]), files.write('e.pcap', header), simple, tap('a.pcap', [0])]))).toBe(
      'a0 b5 s',
    );
  });
});

it('opened again, files are read in the same order and on the same clock', async () => {
  const first = await readAll([tap('b.pcap', [100, 300]), tap('a.pcap', [0, 200])]);
  const again = await reopenCapture(first.capture);
  const times: number[] = [];
  for await (const batch of again.batches()) times.push(...batch.time.subarray(0, batch.count));
  expect(again.files).toEqual(first.capture.files);
  expect([again.clock.epoch, times]).toEqual([BEGIN + 100, [-100e9, 0, 100e9, 200e9]]);
});

it('a reader that has seen enough leaves no file open', async () => {
  const capture = await openCapture([tap('a.pcap', [0, 2]), tap('b.pcap', [1, 3])]);
  for await (const batch of capture.batches()) expect(batch.count).toBe(4);
  const left = await openCapture([tap('a.pcap', [0, 2]), tap('b.pcap', [1, 3])]);
  for await (const batch of left.batches()) if (batch.count > 0) break;
  await expect(left.batches()[Symbol.asyncIterator]().next()).rejects.toThrow('packets are handed out once');
});

const hasMergecap = spawnSync('mergecap', ['--version']).status === 0;

it.skipIf(!hasMergecap)('frames are those of mergecap, which gives equal times to the last file', async () => {
  const paths = [31, 17, 11].map((seed, tapped) => {
    const seconds = Array.from(
      { length: 500 }, (_, index) => (((index + 1) * seed) % 97) / 10 + index / 5 + seed / 1000,
    );
    return tap(`${tapped}.pcap`, [tapped, ...seconds], 60 + tapped);
  });
  const merged = files.path('merged.pcapng');
  expect(spawnSync('mergecap', ['-w', merged, ...paths]).status).toBe(0);
  const [ours, theirs] = [await readAll(paths), await readAll(merged)].map(({ packets }) =>
    packets.map(({ time, captured }) => [time, captured]),
  );
  expect(ours).toEqual(theirs);
});

function ticks(second: number): bigint {
  return BigInt(BEGIN + second) * 1_000_000n;
}

function words(second: number): Uint8Array {
  return bytes(w.u32(Number(ticks(second) >> 32n)), w.u32(Number(ticks(second) & 0xffff_ffffn)));
}

/** An Interface Statistics Block: capturing ended at `end`, with so many packets. */
function statistics(end: number, delivered: bigint): Uint8Array {
  return w.block(5, w.u32(0), words(end), w.option(3, words(end)), w.option(8, w.i64(delivered)), w.option(0, bytes()));
}

/** What is believed behind two packets. */
async function ending(...blocks: Uint8Array[]): Promise<number | null> {
  const packets = [0, 1].map((second) => w.enhanced({ ticks: ticks(second), data: packet(4) }));
  return (await readAll(files.write('statistics.pcapng', bytes(w.section(), w.interface(), ...packets, ...blocks))))
    .capture.end;
}

describe('until when was captured', () => {
  it('is believed where every packet that was delivered is there', async () => {
    expect(await ending(statistics(60, 2n))).toBe(60e9);
  });

  it('is not believed where packets were removed since', async () => {
    expect(await ending(statistics(60, 3n))).toBe(null);
  });

  it('is not told by a file that does not count its packets, or has no statistics', async () => {
    expect(await ending(w.block(5, w.u32(0), words(60), w.option(3, words(60))))).toBe(null);
    expect(await ending()).toBe(null);
  });

  it('of an interface that does not exist, or in a block that is too short, is nothing', async () => {
    expect(await ending(w.block(5, w.u32(7), words(60), w.option(3, words(60)), w.option(8, w.i64(2n))))).toBe(null);
    const { capture } = await readAll(
      files.write('short.pcapng', bytes(w.section(), w.interface(), w.block(5, w.u32(0)))),
    );
    expect(capture.damage.map(({ what }) => what.replace(/\d+/, 'n'))).toEqual([
      'Interface Statistics Block at byte n: block length 16 is smaller than 24',
    ]);
  });
});
