import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { Interrupted } from '../../src/cli/failure.js';
import { type Terminal, wantsColor } from '../../src/cli/host.js';
import { keeping, openOutput } from '../../src/cli/output.js';
import { fakeHost } from './fake-host.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
afterAll(() => rmSync(folder, { recursive: true }));

function whole(output: string, pieces: Iterable<string>): Promise<void> {
  const out = openOutput({ output, color: true }, [], fakeHost());
  return keeping(out, async () => {
    await out.write(pieces);
    return [];
  });
}

test('a report goes to a file as it is', async () => {
  const output = join(folder, 'report.txt');
  await whole(output, ['a\n', 'ü\n']);
  expect(readFileSync(output, 'utf8')).toBe('a\nü\n');
});

test('the capture is never written over, under no name', () => {
  const capture = join(folder, 'trace.pcap');
  writeFileSync(capture, 'precious');
  symlinkSync(capture, join(folder, 'alias'));
  for (const output of [capture, join(folder, 'alias')]) {
    expect(() => openOutput({ output, color: true }, ['-', capture], fakeHost())).toThrow(
      `${output} is the capture itself; write to another file`,
    );
  }
  expect(readFileSync(capture, 'utf8')).toBe('precious');
});

test('a folder that does not exist is told before the work', () => {
  const output = join(folder, 'nowhere', 'report.txt');
  expect(() => openOutput({ output, color: true }, [], fakeHost())).toThrow(
    `${output} cannot be written: there is no folder ${join(folder, 'nowhere')}; make it with mkdir -p, or write ` +
      `elsewhere`,
  );
  expect(existsSync(output)).toBe(false);
});

test('a slow reader is waited for', async () => {
  let waiting = 0;
  let most = 0;
  const stdout: Terminal = new Writable({
    write(_chunk, _encoding, done) {
      waiting += 1;
      most = Math.max(most, waiting);
      setImmediate(() => {
        waiting -= 1;
        done();
      });
    },
  });
  await openOutput({ color: true }, [], { ...fakeHost(), stdout }).write(
    Array.from({ length: 500 }, () => 'x'.repeat(1024)),
  );
  expect(most).toBe(1);
  expect(stdout.writableLength).toBe(0);
});

test('a reader that has seen enough ends the report, and no more of it is made', async () => {
  let made = 0;
  function* pieces(): IterableIterator<string> {
    for (; made < 10_000; made++) yield 'x'.repeat(1024);
  }
  const stdout: Terminal = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  stdout.on('error', () => {});
  await openOutput({ color: true }, [], { ...fakeHost(), stdout }).write(pieces());
  expect(made).toBeLessThan(100);
});

test('any other fault of the stream is told', async () => {
  const stdout: Terminal = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
  });
  stdout.on('error', () => {});
  await expect(openOutput({ color: true }, [], { ...fakeHost(), stdout }).write(['x'])).rejects.toThrow(
    'no space left',
  );
});

const long = Array.from({ length: 500 }, () => `${'x'.repeat(1023)}\n`);

test('a long report to a file is there as a whole', async () => {
  const output = join(folder, 'long.txt');
  await whole(output, long);
  expect(readFileSync(output, 'utf8')).toBe(long.join(''));
});

test.skipIf(!existsSync('/dev/full'))(
  'a disk that is full is told, and so is a report that fails while it is written',
  async () => {
  await expect(openOutput({ output: '/dev/full', color: true }, [], fakeHost()).write(long)).rejects.toThrow('ENOSPC');
  function* failing(): IterableIterator<string> {
    yield* long;
    throw new Error('cannot go on');
  }
  await expect(
    openOutput({ output: join(folder, 'half.txt'), color: true }, [], fakeHost()).write(failing()),
  ).rejects.toThrow('cannot go on');
},
);

/** A report that fails with the word of a stream. */
function* destroyed(): IterableIterator<string> {
  yield 'x';
  throw Object.assign(new Error('of the report'), { code: 'ERR_STREAM_DESTROYED' });
}

test('only a write tells that its reader has seen enough', async () => {
  await expect(openOutput({ color: true }, [], fakeHost()).write(destroyed())).rejects.toThrow('of the report');
});

test('Ctrl-C ends a long report between two chunks', async () => {
  const controller = new AbortController();
  controller.abort();
  const host = fakeHost();
  await expect(openOutput({ color: true }, [], host).write(['x'], controller.signal)).rejects.toThrow(Interrupted);
  expect(host.stdout.text).toBe('');
});

test.each([
  ['a terminal', { isTTY: true }, {}, true, true],
  ['a pipe', { isTTY: false }, {}, true, false],
  ['--no-color', { isTTY: true }, { FORCE_COLOR: '1' }, false, false],
  ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true, true],
  ['FORCE_COLOR on a pipe', { isTTY: false }, { FORCE_COLOR: '1' }, true, true],
  ['FORCE_COLOR=0 on a terminal', { isTTY: true }, { FORCE_COLOR: '0' }, true, false],
  ['a terminal that cannot', { isTTY: true }, { TERM: 'dumb' }, true, false],
])('colour: %s', (_name, stream, env, allowed, expected) => {
  expect(wantsColor(Object.assign(new Writable(), stream), env, allowed)).toBe(expected);
});
