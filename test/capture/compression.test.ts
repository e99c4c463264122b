import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { CaptureError } from '../../src/capture/capture.js';
import { bytes, packet, pcapWriter } from './build.js';
import { type Packet, readAll, scratch, told } from './read.js';

const files = scratch();
const original = 'test/vectors/x_download_abort.pcap';
const fixture = (name: string) => `test/capture/compressed/${name}`;
const plain = readFileSync(original);
const packets = (await readAll(original)).packets;
const half = 60_000;

/** Packets that end before a byte of the decompressed file. */
const before = (end: number): Packet[] => packets.filter(({ position, captured }) => position + 16 + captured <= end);

describe('compressed captures', () => {
  it.each(readdirSync('test/capture/compressed'))('%s', async (name) => {
    const reading = await readAll(fixture(name));
    expect(reading.packets).toEqual(packets);
    expect(told(reading)).toEqual([]);
    const compression = { gz: 'gzip', zst: 'zstd', lz4: 'lz4' }[name.split('.').at(-1)!];
    expect(reading.capture.files).toEqual([
      {
        path: fixture(name), format: 'pcap', compression, size: readFileSync(fixture(name)).length, spool: null,
        frames: { first: 1, last: packets.length, count: packets.length },
      },
    ]);
  });

  it('gzip of several members', async () => {
    const path = files.write('members.gz', bytes(gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half))));
    const reading = await readAll(path);
    expect(reading.packets).toEqual(packets);
    expect(told(reading)).toEqual([]);
  });

  it('recognizes compression by its bytes, not by its name', async () => {
    expect((await readAll(files.write('renamed.pcap', readFileSync(fixture('whole.pcap.zst'))))).packets).toEqual(
      packets,
    );
  });

  it.each([
    [7, 'gzip data is corrupt: incorrect header check'],
    [0, 'gzip data is followed by 50 or more other bytes'],
  ])('gzip that bytes of %i follow: gives all packets, and tells it', async (value, what) => {
    const reading = await readAll(files.write('tail.gz', bytes(gzipSync(plain), packet(50, value))));
    expect(reading.packets).toEqual(packets);
    expect(told(reading)).toEqual([`${plain.length}: ${what}`]);
  });

  it('gzip that is corrupt in its last bytes: gives all packets', async () => {
    const compressed = gzipSync(plain);
    compressed.fill(0xff, compressed.length - 8);
    const reading = await readAll(files.write('checksum.gz', compressed));
    expect(reading.packets).toEqual(packets);
    expect(told(reading)).toEqual([`${plain.length}: gzip data is corrupt: incorrect data check`]);
  });
});

describe.each([
  ['gzip', 'whole.pcap.gz'],
  ['zstd', 'frames.pcap.zst'],
  ['lz4', 'linked.pcap.lz4'],
])('damaged %s', (name, file) => {
  const compressed = readFileSync(fixture(file));

  it.each([0.02, 0.1])('cut off in its first block, at %f: cannot be opened', async (part) => {
    const path = files.write(`cut.${name}`, compressed.subarray(0, Math.floor(compressed.length * part)));
    await expect(readAll(path)).rejects.toThrow(new CaptureError(`${path}: ${name} data is cut off`));
  });

  it.each([0.9, 0.999])('cut off at %f: gives the packets before, and tells it', async (part) => {
    const reading = await readAll(
      files.write(`cut.${name}`, compressed.subarray(0, Math.floor(compressed.length * part))),
    );
    const { offset, what } = reading.capture.damage.at(-1)!;
    expect(what).toBe(`${name} data is cut off`);
    expect(offset).toBeGreaterThan(0);
    expect(reading.packets).toEqual(before(offset));
  });
});

it('ends at a zstd frame that its decoder would turn round in for ever', async () => {
  const compressed = Uint8Array.from(readFileSync(fixture('frames.pcap.zst')));
  const second = compressed.findIndex(
    (byte, i) => i > 100 && byte === 0xb5 && compressed[i - 1] === 0x28 && compressed[i + 1] === 0x2f,
  );
  compressed.fill(0xff, second + 8, second + 40);
  const reading = await readAll(files.write('endless.zst', compressed));
  expect(reading.packets).toEqual(before(half));
  expect(reading.capture.damage.at(-1)).toMatchObject({ offset: half, what: 'zstd data is corrupt' });
});

it.each([
  ['gzip', ['-c']],
  ['zstd', ['-q', '-c']],
  ['lz4', ['-q', '-c']],
])('what the system’s %s writes of ten megabytes', async (tool, options) => {
  const { header, record } = pcapWriter();
  const noise = new Uint8Array(1400).map((_, i) => (i * 2_654_435_761) >>> 24);
  const capture = bytes(
    header,
    ...Array.from({ length: 7000 }, (_, i) =>
      record({ fraction: i, data: bytes(noise.subarray(i % 1400), noise.subarray(0, i % 1400)) }),
    ),
  );
  const { stdout, error } = spawnSync(tool, [...options, files.write('large.pcap', capture)], { maxBuffer: 1 << 26 });
  if (error !== undefined) return; // the tool is not there: the fixtures above have to do
  const reading = await readAll(files.write(`large.${tool}`, stdout));
  expect(reading.packets.length).toBe(7000);
  expect(reading.packets).toEqual((await readAll(files.path('large.pcap'))).packets);
  expect(told(reading)).toEqual([]);
});

it('stops a decompressed input at maxBytes, and tells it', async () => {
  const reading = await readAll(fixture('whole.pcap.gz'), { maxBytes: 1000 });
  expect(reading.packets).toEqual(before(1000));
  expect(told(reading).at(-1)).toBe('1000: input is longer than the limit of 1000 bytes');
  expect(told(await readAll(fixture('whole.pcap.gz'), { maxBytes: plain.length }))).toEqual([]);
});
