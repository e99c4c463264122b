import { spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { unzstd } from '../../src/capture/compression/zstd.js';
import { Xxh64 } from '../../src/capture/compression/zstd/xxh64.js';
import { bytes, packet, pcapWriter } from './build.js';
import { readAll, scratch } from './read.js';

const files = scratch();
const hasTool = spawnSync('zstd', ['--version']).error === undefined;

/** Numbers that look random and are the same in each run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => ((state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8) % below;
}

/** Text that compresses well, noise that does not, runs, and repetitions from afar. */
function mixed(size: number, seed: number): Uint8Array {
  const next = random(seed);
  const words = Array.from({ length: 300 }, () =>
    Buffer.from(Array.from({ length: 2 + next(9) }, () => 97 + next(26))),
  );
  const parts: Uint8Array[] = [];
  for (let length = 0; length < size;) {
    const kind = next(10);
    const part =
      kind < 6
        ? Buffer.concat(Array.from({ length: 50 }, () => words[next(300)]!))
        : kind < 8
          ? Uint8Array.from({ length: 200 }, () => next(256))
          : kind < 9
            ? Buffer.alloc(next(5000), next(256))
            : (parts[next(Math.max(parts.length, 1))] ?? new Uint8Array(1));
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts);
}

function packed(plain: Uint8Array, ...options: string[]): Buffer {
  return spawnSync('zstd', ['-q', '-c', ...options], { input: plain, maxBuffer: 1 << 28 }).stdout;
}

/** Bytes at the beginning that are the same. */
function alike(one: Uint8Array, other: Uint8Array): number {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count++;
  return count;
}

/** What comes of compressed bytes, in pieces of `size`, and what was said in the end. */
async function unpacked(compressed: Uint8Array, size = 16_384): Promise<{ plain: Buffer; fault: string | null }> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < compressed.length; at += size) yield compressed.subarray(at, at + size);
  }
  const parts: Uint8Array[] = [];
  try {
    for await (const part of unzstd(pieces())) parts.push(part.slice());
    return { plain: Buffer.concat(parts), fault: null };
  } catch (error) {
    return { plain: Buffer.concat(parts), fault: (error as Error).message };
  }
}

describe.skipIf(!hasTool)('what zstd has written', () => {
  it.each([
    ['-1'], ['-3'], ['-9'], ['-19'], ['--ultra', '-22'], ['--fast=5'], ['--no-check'], ['--long=27'], ['-B50000'],
    ['-T2', '-B1000000'],
  ])('%s %s is read as it was', async (...options) => {
    for (const [size, seed] of [[0, 1], [1, 2], [300, 3], [100_000, 4], [3_000_000, 5]] as const) {
      const plain = mixed(size, seed).subarray(0, size);
      const read = await unpacked(packed(plain, ...options.filter((option) => option !== undefined)));
      expect([read.fault, read.plain.equals(plain)]).toEqual([null, true]);
    }
  });

  it('in one piece, or byte by byte, with skippable frames between', async () => {
    const plain = mixed(20_000, 7);
    const skippable = bytes(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    const compressed = bytes(skippable, packed(plain), skippable, packed(plain, '-19'));
    for (const size of [1, 7, compressed.length]) {
      const read = await unpacked(compressed, size);
      expect([read.fault, read.plain.equals(Buffer.concat([plain, plain]))]).toEqual([null, true]);
    }
  });

  it('with windows that are too long is told for what it is', async () => {
    const plain = mixed(200_000, 8);
    const read = await unpacked(spawnSync('zstd', ['-q', '-c', '--long=30'], { input: plain }).stdout);
    expect(read).toEqual({
      plain: Buffer.alloc(0),
      fault:
        'zstd data has a window of 2^30 bytes, more than the 2^27 that are kept: unpack it first, with zstd -d ' +
        '--long=30',
    });
  });

  it('of which a bit is another one: gives at least what zstd -dc gives, and tells it', async () => {
    const next = random(11);
    for (let round = 0; round < 60; round++) {
      const plain = mixed(400_000, round % 7);
      const compressed = packed(plain, round % 3 === 0 ? '-19' : '-3', ...(round % 4 === 0 ? ['--no-check'] : []));
      compressed[20 + next(compressed.length - 20)]! ^= 1 << next(8);
      const { stdout, status } = spawnSync('zstd', ['-d', '-q', '-c'], { input: compressed, maxBuffer: 1 << 28 });
      const read = await unpacked(compressed);
      expect(read.plain.length).toBeGreaterThanOrEqual(stdout.length);
      // Behind the fault either is noise.
      expect(alike(read.plain, plain)).toBeGreaterThanOrEqual(alike(stdout, plain));
      expect(status !== 0 && read.fault === null).toBe(false);
    }
  }, 60_000);

  it('and is not whole gives at least what zstd -dc gives', async () => {
    const compressed = packed(mixed(400_000, 3));
    for (const part of [0.3, 0.6, 0.9, 0.999]) {
      const cut = compressed.subarray(0, Math.floor(compressed.length * part));
      const { stdout } = spawnSync('zstd', ['-d', '-q', '-c'], { input: cut, maxBuffer: 1 << 28 });
      const read = await unpacked(cut);
      expect(read.plain.subarray(0, stdout.length).equals(stdout)).toBe(true);
      expect(read.fault).toBe('zstd data is cut off');
    }
  });
});

it('noise behind a magic number ends in words, and takes no more memory than there are bytes', async () => {
  const next = random(5);
  for (let round = 0; round < 3000; round++) {
    const noise = Uint8Array.from({ length: 3 + next(200) }, () => (next(3) === 0 ? next(256) : next(4)));
    const { fault } = await unpacked(bytes(0x28, 0xb5, 0x2f, 0xfd, noise));
    expect(fault === null || /^zstd data (is|has|needs) /.test(fault)).toBe(true);
  }
});

it('the checksum is the same in whatever pieces', () => {
  expect(new Xxh64().low()).toBe(0x51d8_e999);
  const text = mixed(1000, 1);
  for (const size of [1, 3, 31, 32, 33, 100]) {
    const [hash, whole] = [new Xxh64(), new Xxh64()];
    for (let at = 0; at < text.length; at += size) hash.update(text.subarray(at, at + size));
    whole.update(text);
    expect(hash.low()).toBe(whole.low());
  }
});

describe('damaged compressed files', () => {
  const { header, record } = pcapWriter();
  const plain = bytes(
    header,
    ...Array.from({ length: 20_000 }, (_, index) =>
      record({ fraction: index, data: packet(60 + (index % 40), index) }),
    ),
  );

  it('leave nothing behind: good ones are read after any number of them', async () => {
    const folder = files.path('poisoned');
    mkdirSync(folder);
    const corrupt = readFileSync('test/capture/compressed/frames.pcap.zst').fill(0xff, 30, 60);
    for (let index = 0; index < 400; index++) writeFileSync(`${folder}/a${index}.zst`, corrupt);
    writeFileSync(`${folder}/z.pcap.zst`, readFileSync('test/capture/compressed/whole.pcap.zst'));
    const { packets, capture } = await readAll(folder);
    const alone = await readAll('test/capture/compressed/whole.pcap.zst');
    expect(capture.files.find(({ path }) => path.endsWith('z.pcap.zst'))).toMatchObject({
      path: `${folder}/z.pcap.zst`, frames: { count: alone.packets.length },
    });
    expect(packets.length).toBeGreaterThanOrEqual(alone.packets.length);
  }, 60_000);

  it('give through a pipe what they give as a file', async () => {
    const next = random(23);
    for (const kind of ['gz', 'zst']) {
      if (kind === 'zst' && !hasTool) continue;
      for (let round = 0; round < 8; round++) {
        const compressed = Uint8Array.from(kind === 'gz' ? gzipSync(plain) : packed(plain));
        const at = 30 + next(compressed.length - 60);
        compressed.fill(next(256), at, at + 1 + next(40));
        const path = files.write(`damaged-${round}.${kind}`, compressed);
        const [file, piped] = [
          await readAll(path),
          await readAll('-', { stdin: createReadStream(path, { highWaterMark: 1000 + next(70_000) }) }),
        ];
        expect(piped.packets.length).toBe(file.packets.length);
        expect(piped.capture.damage.map(({ offset, what }) => [offset, what])).toEqual(
          file.capture.damage.map(({ offset, what }) => [offset, what]),
        );
      }
    }
  }, 60_000);
});
