import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

import { CaptureError, openCapture } from '../../src/capture/capture.js';
import type { Progress } from '../../src/capture/model.js';
import { bytes, packet, pcapngWriter, pcapWriter } from './build.js';
import { readAll, scratch } from './read.js';

const files = scratch();
const { header, record } = pcapWriter();
const capture = (seconds: number) => bytes(header, record({ seconds, data: packet(4) }));
const failure = (path: string) => openCapture([path]).then(() => null, (error: unknown) => error);

it.each([
  ['missing.pcap', null, 'no such file'],
  ['empty.pcap', '', 'empty file'],
  ['letter.txt', 'Hello, world', 'not a capture: begins with 48 65 6c 6c'],
  ['short.txt', 'Hi', 'not a capture: begins with 48 69'],
  ['letter.gz', gzipSync('Hello, world'), 'not a capture: begins with 48 65 6c 6c'],
  ['empty.gz', gzipSync(''), 'empty file'],
  ['cut.gz', gzipSync('Hello, world').subarray(0, 12), 'gzip data is cut off'],
])('%s cannot be opened', async (name, content, reason) => {
  const path = content === null ? files.path(name) : files.write(name, content);
  expect(await failure(path)).toEqual(new CaptureError(`${path}: ${reason}`));
});

it('reads files in order of their first packets, on one clock', async () => {
  const w = pcapngWriter();
  const a = files.write('a.pcap', capture(100));
  const b = files.write(
    'b.pcapng',
    bytes(w.section(), w.interface({ linkType: 101 }), w.enhanced({ ticks: 102_000_001n, data: packet(2) })),
  );
  const c = files.write('c.pcap', capture(99));
  const { packets, capture: read } = await readAll([a, b, c]);
  expect(packets).toMatchObject([
    { file: 0, time: '99.000000', linkType: 1, interface: 0 },
    { file: 1, time: '100.000000', linkType: 1, interface: 1 },
    { file: 2, time: '102.000001', linkType: 101, interface: 2 },
  ]);
  expect(read.files.map(({ path, format }) => [path, format])).toEqual([[c, 'pcap'], [a, 'pcap'], [b, 'pcapng']]);
  expect(read.clock).toMatchObject({ epoch: 100, digits: 6 });
});

it('notes what cannot be read among other files', async () => {
  const good = files.write('good.pcap', capture(1));
  const { packets, capture: read } = await readAll([
    files.path('missing.pcap'), good, files.write('b.txt', 'Hello'), good,
  ]);
  expect(packets.map(({ file }) => file)).toEqual([0, 1]);
  expect(read.damage).toEqual([
    { file: files.path('missing.pcap'), offset: 0, what: 'no such file' },
    { file: files.path('b.txt'), offset: 0, what: 'not a capture: begins with 48 65 6c 6c' },
  ]);
});

it('tells the first failure if nothing can be read', async () => {
  await expect(openCapture([files.path('x.pcap'), files.write('b.txt', 'Hello')])).rejects.toThrow(
    new CaptureError(`${files.path('x.pcap')}: no such file`),
  );
  await expect(openCapture([])).rejects.toThrow(new CaptureError('no capture was named'));
});

it('reads the captures of a folder by name, and passes over what is none', async () => {
  const folder = files.path('folder');
  mkdirSync(`${folder}/inner`, { recursive: true });
  for (const [name, content] of [
    ['2.pcap', capture(2)], ['1.pcap.gz', gzipSync(capture(1))], ['README.txt', 'Hello'], ['3.dat', capture(3)],
    ['empty', ''], ['inner/4.pcap', capture(4)],
  ] as const) {
    writeFileSync(`${folder}/${name}`, content);
  }
  const { packets, capture: read } = await readAll(folder);
  expect(packets.map(({ time }) => time)).toEqual(['1.000000', '2.000000', '3.000000']);
  expect(read.files.map(({ path }) => path)).toEqual([`${folder}/1.pcap.gz`, `${folder}/2.pcap`, `${folder}/3.dat`]);
  expect(read.damage).toEqual([]);
});

it('tells of everything in a folder that looks like a capture and cannot be read', async () => {
  const folder = files.path('broken');
  mkdirSync(folder);
  const broken = {
    'a.pcap.gz': gzipSync(capture(1)).fill(0x78, 12, 30), 'b.lz4': bytes(0x04, 0x22, 0x4d, 0x18, 0, 0, 0, 0),
    'c.zst': bytes(0x28, 0xb5, 0x2f, 0xfd, 0, 0x50, 0xff, 0xff, 0xff), 'd.pcap': '', 'e.pcap0': 'Hello',
    'f.pcap.xz': 'Hello',
  };
  const silent = {
    '.hidden': '', README: 'Hello', 'access.log': '', 'access.log.gz': gzipSync('Hello').fill(0x78, 12),
    'notes.txt': 'Hi', empty: '',
  };
  for (const [name, content] of Object.entries({ ...broken, ...silent, 'z.pcap': capture(1) }))
    writeFileSync(`${folder}/${name}`, content);
  symlinkSync('nowhere', `${folder}/dangling`);
  symlinkSync('nowhere', `${folder}/dangling.md`);
  spawnSync('mkfifo', [`${folder}/pipe.pcap`]);
  const { capture: read } = await readAll(folder);
  expect(read.files.map(({ path }) => path)).toEqual([`${folder}/z.pcap`]);
  expect(read.damage.map(({ file, what }) => `${basename(file)}: ${what}`)).toEqual([
    expect.stringMatching(/^a\.pcap\.gz: gzip data is corrupt/), 'b.lz4: lz4 data is corrupt: frame version 0',
    'c.zst: zstd data is corrupt', 'd.pcap: empty file', 'dangling: no such file',
    'e.pcap0: not a capture: begins with 48 65 6c 6c', 'f.pcap.xz: not a capture: begins with 48 65 6c 6c',
    'pipe.pcap: a pipe or a device, which is read where it is named itself',
  ]);
});

it('tells why, where nothing in a folder can be read', async () => {
  const folder = files.path('all-broken');
  mkdirSync(folder);
  writeFileSync(`${folder}/a.pcap`, '');
  expect(await failure(folder)).toEqual(new CaptureError(`${folder}/a.pcap: empty file`));
});

it.skipIf(process.platform === 'win32' || process.getuid?.() !== 0)('tells what it may not read', () => {
  const folder = files.path('locked');
  mkdirSync(folder);
  for (const name of ['a.pcap', 'b', 'c.md', 'd.pcap'])
    writeFileSync(`${folder}/${name}`, capture(1), { mode: name === 'd.pcap' ? 0o644 : 0 });
  for (let at = folder; at !== '/'; at = dirname(at)) chmodSync(at, statSync(at).mode | 0o055);
  const { stderr } = spawnSync(
    process.execPath, [`${process.cwd()}/dist/cli/main.js`, 'report', folder, '--fail-on', 'never'],
    { encoding: 'utf8', uid: 65_534, gid: 65_534 },
  );
  expect(stderr.split('\n').slice(0, -1)).toEqual([
    `lastack: ${folder}/a.pcap: at byte 0: permission denied`, `lastack: ${folder}/b: at byte 0: permission denied`,
  ]);
});

it.skipIf(process.platform === 'win32')('reads any number of files, whatever the limit on open ones', () => {
  const folder = files.path('many');
  mkdirSync(folder);
  for (let index = 0; index < 600; index++) {
    const content = bytes(
      header, record({ seconds: 1000 + index, data: packet(4) }), record({ seconds: 900_000 + index, data: packet(4) }),
    );
    writeFileSync(
      `${folder}/${String(index).padStart(4, '0')}.pcap${index % 3 === 0 ? '.gz' : ''}`,
      index % 3 === 0 ? gzipSync(content) : content,
    );
  }
  const { stdout } = spawnSync(
    'bash',
    [
      '-c', 'ulimit -n 64; exec "$@"', 'bash', process.execPath, `${process.cwd()}/dist/cli/main.js`, 'report', folder,
      '-q', '-f', 'json', '--fail-on', 'never',
    ],
    { encoding: 'utf8', maxBuffer: 1e8 },
  );
  const { capture: read } = JSON.parse(stdout) as {
    capture: { packets: number; files: unknown[]; damage: { what: string }[] };
  };
  expect([
    read.packets, read.files.length,
    read.damage.filter(({ what }) => !what.startsWith('it begins while 256 other files')),
  ]).toEqual([1200, 600, []]);
}, 60_000);

it('tells a folder without captures', async () => {
  mkdirSync(files.path('bare'));
  expect(await failure(files.path('bare'))).toEqual(
    new CaptureError(`${files.path('bare')}: no capture in this folder`),
  );
});

it('tells progress after each block', async () => {
  const path = files.write(
    'long.pcap', bytes(header, ...Array.from({ length: 30 }, () => record({ data: packet(100_000) }))),
  );
  const told: Progress[] = [];
  await readAll([path, path], { onProgress: (progress) => told.push(progress) });
  const size = 24 + 30 * 100_016;
  expect(told.at(-1)).toEqual({ bytes: 2 * size, total: 2 * size, packets: 60 });
  expect(told.length).toBeGreaterThanOrEqual(6);
  expect(told.every(({ bytes }, i) => bytes >= (told[i - 1]?.bytes ?? 0))).toBe(true);
});

it('stops at the next block when it is told to', async () => {
  const path = files.write(
    'long.pcap', bytes(header, ...Array.from({ length: 30 }, () => record({ data: packet(100_000) }))),
  );
  const abort = new AbortController();
  const { packets } = await readAll(path, { signal: abort.signal, onProgress: () => abort.abort() });
  expect(packets.length).toBeGreaterThan(0);
  expect(packets.length).toBeLessThan(30);
});

it('hands packets out once', async () => {
  const read = await openCapture([files.write('a.pcap', capture(1))]);
  for await (const batch of read.batches()) expect(batch.count).toBe(1);
  await expect(read.batches()[Symbol.asyncIterator]().next()).rejects.toThrow(
    'Capture.batches: packets are handed out once; open the capture again to read them again',
  );
});
