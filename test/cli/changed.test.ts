import { spawnSync } from 'node:child_process';
import {
  appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync,
  utimesSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { openCapture } from '../../src/capture/capture.js';
import { extract } from '../../src/extract/extract.js';
import { readLadder } from '../../src/reread/ladder.js';
import { readPacketsAround } from '../../src/reread/packets-around.js';

const program = join(process.cwd(), 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'lastack-changed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'trace.pcapng');
const other = 'captures/forked-child-holds-descriptor.pcapng';

/** A capture that changes between two readings. */
const changes: readonly (readonly [string, () => void])[] = [
  ['another file takes its name', () => {
    copyFileSync(other, join(folder, 'new'));
    renameSync(join(folder, 'new'), path);
  }],
  ['it is written over', () => copyFileSync(other, path)],
  ['it grows', () => appendFileSync(path, readFileSync(other))],
  ['it is cut', () => truncateSync(path, 2000)],
  ['other bytes of the same length are written to it', () => {
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0, 2000, 2100));
    const { mtime } = statSync(path);
    utimesSync(path, mtime, new Date(mtime.getTime() + 1000));
  }],
  ['it is removed', () => rmSync(path)],
];

describe.each(changes)('a capture of which was told, and then %s', (_name, change) => {
  test.each(['alone', 'among others'])('%s: no other connection is shown for its own', async (where) => {
    copyFileSync('captures/forgotten-close.pcapng', path);
    const analysis = await analyze(where === 'alone' ? [path] : ['captures/slow-answer.pcapng', path]);
    change();
    const words = /trace\.pcapng: (was changed since it was read: |no such file)/;
    await expect(readLadder(analysis, 0)).rejects.toThrow(words);
    await expect(readPacketsAround(analysis, 0)).rejects.toThrow(words);
    await expect((async () => {
      for await (const piece of extract(analysis, () => true)) expect(piece.length).toBeGreaterThan(0);
    })()).rejects.toThrow(words);
  });
});

test('what does not change is read again', async () => {
  copyFileSync('captures/forgotten-close.pcapng', path);
  const analysis = await analyze([path]);
  expect((await readLadder(analysis, 0)).length).toBeGreaterThan(3);
});

test('a capture that changes while it is read first is told', async () => {
  copyFileSync('captures/showcase.pcapng', path);
  const capture = await openCapture([path], { block: 4096 });
  for await (const { count } of capture.batches())
    if (count > 0 && capture.damage.length === 0) utimesSync(path, new Date(), new Date(Date.now() + 5000));
  expect(capture.damage.map(({ what }) => what)).toEqual(['the file was changed while it was read: it was written to']);
});

test.skipIf(process.platform !== 'linux').each(['flow', 'extract'])(
  '%s of a pipe whose copy was cut ends in 2, and says that it is a part',
  (command) => {
  const temporary = join(folder, `tmp-${command}`);
  mkdirSync(temporary);
  const args =
    command === 'flow'
      ? ['flow', '-', '500']
      : ['extract', '-', '--stream', '500', '--force', '-o', join(folder, 'part.pcapng')];
  // A limit on the length of a file stands for a full disk: bash counts it in blocks of 1024 bytes.
  const { status, stderr } = spawnSync(
    'bash', ['-c', `trap '' XFSZ; ulimit -f 60; exec "$@"`, 'bash', process.execPath, program, ...args],
    {
      input: readFileSync('captures/showcase.pcapng'), encoding: 'utf8', env: { ...process.env, TMPDIR: temporary },
    },
  );
  expect([status, stderr]).toEqual([
    2, expect.stringMatching(/lastack: this is a part, [\d,]+ of [\d,]+ packets?: no copy is kept on disk: EFBIG/),
  ]);
},
);
