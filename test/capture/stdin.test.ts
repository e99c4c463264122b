import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';

import { CaptureError, openCapture, reopenCapture } from '../../src/capture/capture.js';
import { bytes, packet, pcapWriter } from './build.js';
import { readAll, scratch, told } from './read.js';

const files = scratch();
const { header, record } = pcapWriter();
const one = record({ data: packet(4) });
const real = Object.getOwnPropertyDescriptor(process, 'stdin')!;
const endings: (() => void)[] = [];

/**
 * Puts a process in front of stdin that writes each part when it reads a line, and the last ones at once if `slowly` is
 * false.
 */
function pipe(parts: Uint8Array[], slowly = false): { next: () => void } {
  const writer = `
    process.stdout.on('error', () => process.exit());
    const parts = ${JSON.stringify(parts.map((part) => Buffer.from(part).toString('base64')))}.map((part) => Buffer.from(part, 'base64'));
    if (${slowly}) process.stdin.on('data', () => { process.stdout.write(parts.shift()); if (parts.length === 0) process.exit(); });
    else for (const part of parts) process.stdout.write(part);
  `;
  const child = spawn(process.execPath, ['-e', writer], { stdio: ['pipe', 'pipe', 'inherit'] });
  endings.push(() => child.kill());
  Object.defineProperty(process, 'stdin', { value: child.stdout, configurable: true });
  return { next: () => void child.stdin.write('\n') };
}

afterEach(() => {
  Object.defineProperty(process, 'stdin', real);
  for (const end of endings.splice(0)) end();
});

it('hands out packets as soon as they are whole', async () => {
  const whole = bytes(one, one);
  const slow = pipe(
    [
      bytes(header, one.subarray(0, 7)), bytes(one.subarray(7), one), whole.subarray(0, 25), whole.subarray(25),
      one.subarray(0, 3),
    ],
    true,
  );
  slow.next();
  const capture = await openCapture(['-']);
  const batches = capture.batches()[Symbol.asyncIterator]();
  slow.next();
  expect((await batches.next()).value?.count).toBe(2);
  slow.next();
  expect((await batches.next()).value?.count).toBe(1);
  slow.next();
  expect((await batches.next()).value?.count).toBe(1);
  slow.next();
  expect((await batches.next()).done).toBe(true);
  expect(capture.files).toEqual([
    { path: '-', format: 'pcap', compression: null, size: null, spool: null, frames: { first: 1, last: 4, count: 4 } },
  ]);
  expect(capture.damage).toEqual([
    { file: '-', offset: 104, what: 'packet record at byte 104: the file ends 3 bytes into its 16-byte header' },
  ]);
});

/** A capture of one packet. */
function at(seconds: number): Uint8Array {
  return bytes(header, record({ seconds, data: packet(4) }));
}

it('stays where it stands among files, and when it is opened again, too', async () => {
  const [late, early, first] = [
    files.write('late.pcap', at(400)), files.write('early.pcap', at(300)), files.write('first.pcap', at(200)),
  ];
  pipe([at(100)]);
  const capture = await openCapture([late, early, '-', first], { spool: true });
  const times: number[] = [];
  for await (const batch of capture.batches()) times.push(...batch.time.subarray(0, batch.count));
  expect(times.map((time) => capture.clock.epoch + time / 1e9)).toEqual([300, 400, 100, 200]);
  const again = await reopenCapture(capture);
  for await (const batch of again.batches()) expect(batch.time[0]).toBe(times.shift());
  expect(times).toEqual([]);
  capture.close();
});

it('reads compressed captures', async () => {
  const path = 'test/vectors/x_download_abort.pcap';
  const { packets } = await readAll(path);
  for (const compressed of [
    gzipSync(readFileSync(path)),
    ...['zst', 'lz4'].map((name) => readFileSync(`test/capture/compressed/frames.pcap.${name}`)),
  ]) {
    pipe([compressed.subarray(0, 500), compressed.subarray(500)]);
    expect((await readAll('-')).packets).toEqual(packets);
  }
});

it('keeps a private copy that can be read again, until it is closed', async () => {
  pipe([header, one, one, one.subarray(0, 9)]);
  const capture = await openCapture(['-'], { spool: true });
  let count = 0;
  for await (const batch of capture.batches()) count += batch.count;
  expect(count).toBe(2);
  const spool = capture.files[0]!.spool!;
  expect(readFileSync(spool)).toEqual(Buffer.from(bytes(header, one, one, one.subarray(0, 9))));
  expect([statSync(dirname(spool)).mode & 0o777, statSync(spool).mode & 0o777]).toEqual([0o700, 0o600]);
  expect((await readAll(spool)).packets.length).toBe(2);
  capture.close();
  expect(existsSync(dirname(spool))).toBe(false);
});

it('keeps the copy of compressed input decompressed, so that it can be read from any packet on', async () => {
  pipe([gzipSync(bytes(header, one))]);
  const capture = await openCapture(['-'], { spool: true });
  for await (const batch of capture.batches()) expect(batch.count).toBe(1);
  expect(readFileSync(capture.files[0]!.spool!)).toEqual(Buffer.from(bytes(header, one)));
  capture.close();
});

it('removes the copy when the process ends without closing', async () => {
  pipe([header, one]);
  const before = process.listeners('exit');
  const capture = await openCapture(['-'], { spool: true });
  const spool = capture.files[0]!.spool!;
  const added = process.listeners('exit').filter((listener) => !before.includes(listener));
  expect([existsSync(spool), added.length]).toEqual([true, 1]);
  added[0]!(0);
  expect(existsSync(dirname(spool))).toBe(false);
  capture.close();
});

it('leaves no copy of what is no capture', async () => {
  pipe([new TextEncoder().encode('Hello')]);
  const before = process.listeners('exit').length;
  await expect(openCapture(['-'], { spool: true })).rejects.toThrow(
    new CaptureError('-: not a capture: begins with 48 65 6c 6c'),
  );
  expect(process.listeners('exit').length).toBe(before);
});

it('stops waiting when it is told to', async () => {
  const slow = pipe([bytes(header, one), one], true);
  slow.next();
  const abort = new AbortController();
  const capture = await openCapture(['-'], { signal: abort.signal });
  const batches = capture.batches()[Symbol.asyncIterator]();
  expect((await batches.next()).value?.count).toBe(1);
  const waiting = batches.next();
  abort.abort();
  expect((await waiting).done).toBe(true);
  expect(capture.damage).toEqual([]);
});

it('applies maxBytes to what a compressed pipe holds, not to its own bytes', async () => {
  const compressed = gzipSync(
    bytes(
      header,
      ...Array.from({ length: 1000 }, (_, i) => record({ fraction: (i * 7919) % 1_000_000, data: packet(4, i) })),
    ),
  );
  expect(compressed.length).toBeGreaterThan(2000);
  pipe([compressed]);
  const reading = await readAll('-', { maxBytes: 44 });
  expect(reading.packets.length).toBe(1);
  expect(told(reading)).toEqual(['44: input is longer than the limit of 44 bytes']);
});

it('reads no more than maxBytes, and tells it', async () => {
  pipe([header, one, one]);
  const reading = await readAll('-', { maxBytes: 50 });
  expect(reading.packets.length).toBe(1);
  expect(told(reading)).toEqual([
    '44: packet record at byte 44: the file ends 6 bytes into its 16-byte header',
    '50: input is longer than the limit of 50 bytes',
  ]);
});
