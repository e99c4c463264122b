import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { type Analysis, CaptureError, analyze, follow, readLadder } from '../../src/index.js';

const showcase = 'captures/showcase.pcapng';
const bytes = readFileSync(showcase);

test('a file: its complete analysis is the last', async () => {
  const whole = await analyze([showcase]);
  let last: Analysis | undefined;
  for await (const analysis of follow([showcase])) last = analysis;
  expect([last?.connectionCount, last?.groups, last?.capture.partial]).toEqual([
    whole.connectionCount, whole.groups, undefined,
  ]);
});

test('a pipe that goes on: what is known so far, then more, then all', async () => {
  const pipe = new PassThrough();
  pipe.write(bytes.subarray(0, 200_000));
  const counts: number[] = [];
  for await (const { connectionCount } of follow(['-'], { stdin: pipe, snapshotInterval: 10 })) {
    counts.push(connectionCount);
    if (counts.length === 1) pipe.end(bytes.subarray(200_000));
  }
  expect(counts[0]).toBeGreaterThan(0);
  expect(counts[0]).toBeLessThan(527);
  expect(counts.at(-1)).toBe(527);
});

test('leaving the loop ends the reading of a pipe that is silent', async () => {
  const pipe = new PassThrough();
  pipe.write(bytes.subarray(0, 200_000));
  for await (const { connectionCount } of follow(['-'], { stdin: pipe, snapshotInterval: 10 })) {
    expect(connectionCount).toBeGreaterThan(0);
    break;
  }
  expect(pipe.destroyed).toBe(true);
});

test('what goes wrong is thrown into the loop', async () => {
  await expect(follow(['captures/none.pcap']).next()).rejects.toThrow(
    new CaptureError('captures/none.pcap: no such file'),
  );
});

test('aborted while it reads, an analysis says that it is not all', async () => {
  const pipe = new PassThrough();
  const stop = new AbortController();
  pipe.write(bytes.subarray(0, 200_000));
  const analysis = await analyze(['-'], {
    stdin: pipe, signal: stop.signal, snapshotInterval: 10, onSnapshot: () => stop.abort(),
  });
  expect(analysis.capture.partial).toBe(true);
  expect(analysis.connectionCount).toBeGreaterThan(0);
});

test('aborted before there is anything, there is only the reason', async () => {
  await expect(analyze([showcase], { signal: AbortSignal.abort(new Error('not now')) })).rejects.toThrow('not now');
  const stop = new AbortController();
  const silent = analyze(['-'], { stdin: new PassThrough(), signal: stop.signal });
  setTimeout(() => stop.abort(new Error('long enough')), 20);
  await expect(silent).rejects.toThrow('long enough');
});

test('a ladder can be aborted', async () => {
  const analysis = await analyze([showcase]);
  await expect(readLadder(analysis, 0, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});
