import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync,
  statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const program = join(process.cwd(), 'dist/cli/main.js');
const capture = join(process.cwd(), 'captures/forgotten-close.pcapng');
const root = mkdtempSync(join(tmpdir(), 'lastack-whole-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
  copyFileSync(capture, join(folder, 'trace.pcapng'));
  mkdirSync(join(folder, 'day'));
  copyFileSync(capture, join(folder, 'day', 'one.pcapng'));
});

function lastack(args: readonly string[], stdin: 'ignore' | number = 'ignore'): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8', cwd: folder, stdio: [stdin, 'pipe', 'pipe'], timeout: 60_000,
  });
}

const content = (name: string): string => readFileSync(join(folder, name), 'latin1');
const mode = (name: string): number => statSync(join(folder, name)).mode & 0o777;
/** What a command leaves behind in the folder, the parts of unfinished files too. */
const names = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

describe('what a command reads, it does not write over', () => {
  test.each([
    ['a capture that was found in a folder', ['report', 'day', '-o', 'day/one.pcapng'], 'day/one.pcapng'],
    ['the same as an extract', ['extract', 'day', '-o', 'day/one.pcapng', '--force'], 'day/one.pcapng'],
    ['one of a glob', ['report', '*.pcapng', '-f', 'json', '-o', 'trace.pcapng'], 'trace.pcapng'],
    ['of diff', ['diff', 'trace.pcapng', 'day', '-o', 'day/one.pcapng'], 'day/one.pcapng'],
    ['of netstat', ['netstat', 'trace.pcapng', '-o', './day/../trace.pcapng'], 'trace.pcapng'],
    ['of flow', ['flow', 'trace.pcapng', '0', '-o', 'trace.pcapng'], 'trace.pcapng'],
    ['sockets', ['report', 'trace.pcapng', '--sockets', 'ss.txt', '-o', 'ss.txt'], 'ss.txt'],
    ['a config file', ['report', 'trace.pcapng', '--config', 'config.json', '-o', 'config.json'], 'config.json'],
    [
      'the config file of an extract',
      ['extract', 'trace.pcapng', '--config', 'config.json', '--force', '-o', 'config.json'], 'config.json',
    ],
    [
      'a baseline', ['report', 'trace.pcapng', '--baseline', 'main.ndjson', '-f', 'ndjson', '-o', 'main.ndjson'],
      'main.ndjson',
    ],
    ['under another name', ['report', 'trace.pcapng', '-o', 'hard-link'], 'trace.pcapng'],
    ['behind a link', ['report', 'trace.pcapng', '-o', 'link'], 'trace.pcapng'],
    ['in the name of a table', ['report', 'day', '-f', 'parquet', '-o', 'day/x.parquet'], 'day/x.flows.parquet'],
  ])('%s', (_name, args, precious) => {
    writeFileSync(
      join(folder, 'ss.txt'), 'ESTAB 0 0 198.51.100.20:80 198.51.100.7:40000 users:(("nginx",pid=12,fd=5))\n',
    );
    writeFileSync(join(folder, 'config.json'), '{"quiet": true}');
    expect(lastack(['report', 'trace.pcapng', '-f', 'ndjson', '--fail-on', 'never', '-o', 'main.ndjson']).status).toBe(
      0,
    );
    linkSync(join(folder, 'trace.pcapng'), join(folder, 'hard-link'));
    symlinkSync('trace.pcapng', join(folder, 'link'));
    copyFileSync(capture, join(folder, 'day', 'x.flows.parquet'));
    const [before, there] = [content(precious), names()];
    const { status, stderr } = lastack(args);
    expect([status, stderr]).toEqual([
      2, expect.stringMatching(/^lastack: .+ is (the capture itself|the file of --\w+); write to another file\n$/),
    ]);
    expect([content(precious) === before, names()]).toEqual([true, there]);
  });

  test.each([
    ['of a report', ['report', '--rows', 'rows', '-f', 'ndjson', '--fail-on', 'never']],
    ['of diff', ['diff', 'trace.pcapng', 'rows']],
  ])('rows %s', (_name, args) => {
    expect(
      lastack(['collect', '--source', 'web1', '--state', 'state', '--to', 'rows', 'trace.pcapng', '--final', '-q'])
        .status,
    ).toBe(0);
    for (const precious of ['rows/findings/web1/00000001.ndjson', 'rows/steps/web1/final.parquet']) {
      const [before, there] = [content(precious), names()];
      const { status, stderr } = lastack([...args, '-o', precious]);
      expect([status, stderr]).toEqual([2, `lastack: ${precious} is a file of these rows; write to another file\n`]);
      expect([content(precious) === before, names()]).toEqual([true, there]);
    }
  });

  test('stdin that was redirected from a file', () => {
    const before = content('trace.pcapng');
    const { status, stderr } = lastack(
      ['report', '-', '-o', 'trace.pcapng'], openSync(join(folder, 'trace.pcapng'), 'r'),
    );
    expect([status, stderr]).toEqual([2, 'lastack: trace.pcapng is the capture itself; write to another file\n']);
    expect(content('trace.pcapng')).toBe(before);
  });
});

describe('an earlier report stays until the new one is whole', () => {
  beforeEach(() => writeFileSync(join(folder, 'report.json'), 'earlier'));

  test.each([
    ['a capture that is not there', ['report', 'nowhere.pcap', '-f', 'json', '-o', 'report.json']],
    ['a capture that is none', ['report', 'report.json', '-f', 'json', '-o', 'report.json']],
    ['a stream that is not there', ['flow', 'trace.pcapng', '4711', '-o', 'report.json']],
    ['a baseline that is none', ['report', 'trace.pcapng', '--baseline', 'trace.pcapng', '-o', 'report.json']],
    ['a capture of which nothing can be read', ['report', 'header-only.pcapng', '-f', 'json', '-o', 'report.json']],
    ['an extract of nothing', ['extract', 'trace.pcapng', '--stream', '4711', '--force', '-o', 'report.json']],
    ['a report that a diff cannot read', ['diff', 'trace.pcapng', 'broken.json', '-o', 'report.json']],
  ])('%s', (_name, args) => {
    writeFileSync(join(folder, 'header-only.pcapng'), readFileSync(capture).subarray(0, 20));
    writeFileSync(join(folder, 'broken.json'), '{"type":');
    const there = names();
    expect([lastack(args).status, content('report.json'), names()]).toEqual([2, 'earlier', there]);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGINT'] as const)('%s while it waits for more', async (signal) => {
    const there = names();
    const child = spawn(process.execPath, [program, 'report', '-', '-o', 'report.json', '-q'], {
      cwd: folder, stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const begun = Date.now();
    while (names().length === there.length && Date.now() < begun + 15_000)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(names().length).toBe(there.length + 1);
    child.kill(signal);
    await ended;
    expect([content('report.json'), names()]).toEqual(['earlier', there]);
  });

  test.skipIf(process.platform !== 'linux')('a disk that fills up', () => {
    // A limit on the length of a file stands for the disk: bash counts it in blocks of 1024 bytes.
    const { status, stderr } = spawnSync(
      'bash',
      [
        '-c', `trap '' XFSZ; ulimit -f 4; exec "$@"`, 'bash', process.execPath, program, 'report',
        join(process.cwd(), 'captures/showcase.pcapng'), '-f', 'json', '-o', 'report.json',
      ],
      { cwd: folder, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([
      2, expect.stringContaining('report.json is not written: the file would be larger than is allowed here'),
    ]);
    expect(content('report.json')).toBe('earlier');
    expect(names().some((name) => name.endsWith('.part'))).toBe(false);
  });

  test('then it is replaced, with its rights, behind a link too, and nothing else is left', () => {
    chmodSync(join(folder, 'report.json'), 0o640);
    symlinkSync('report.json', join(folder, 'latest.json'));
    const there = names();
    expect(lastack(['report', 'trace.pcapng', '-f', 'json', '--fail-on', 'never', '-o', 'latest.json']).status).toBe(0);
    expect(JSON.parse(content('report.json'))).toHaveProperty('version', 1);
    expect([readlinkSync(join(folder, 'latest.json')), mode('report.json'), names()]).toEqual([
      'report.json', 0o640, there,
    ]);
  });
});

test('an extract holds packets: nobody else may read it', () => {
  writeFileSync(join(folder, 'old.pcapng'), 'old', { mode: 0o644 });
  expect(lastack(['extract', 'trace.pcapng', '-o', 'new.pcapng']).status).toBe(0);
  expect(lastack(['extract', 'trace.pcapng', '--force', '-o', 'old.pcapng']).status).toBe(0);
  expect([mode('new.pcapng'), mode('old.pcapng')]).toEqual([0o600, 0o600]);
});

test('pipes and devices are written to as they are', () => {
  const { status, stdout } = lastack([
    'report', 'trace.pcapng', '-f', 'json', '--fail-on', 'never', '-o', '/dev/stdout',
  ]);
  expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ version: 1 })]);
  expect(lastack(['report', 'trace.pcapng', '--fail-on', 'never', '-o', '/dev/null']).status).toBe(0);
  const substituted = spawnSync(
    'bash',
    [
      '-c', '"$@" -o >(cat)', 'bash', process.execPath, program, 'report', 'trace.pcapng', '-f', 'json', '--fail-on',
      'never',
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  expect([substituted.status, JSON.parse(substituted.stdout)]).toEqual([0, expect.objectContaining({ version: 1 })]);
});

test.each([
  ['nowhere/report.txt', 'there is no folder nowhere; make it with mkdir -p'],
  ['trace.pcapng/report.txt', 'trace.pcapng is no folder'],
  ['day', 'day is a folder; name a file in it: -o day/NAME'],
  ['/proc/report.txt', 'cannot be written'],
  ['x'.repeat(300), 'the name is too long'],
])('where it cannot be written to %s, words say so before the work, and what to do', (output, words) => {
  const { status, stderr } = lastack(['report', 'nothing-was-read.pcap', '-o', output]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(words)]);
  expect(stderr).not.toMatch(/nothing-was-read|ENOENT|ENOTDIR|EISDIR|EACCES|ENAMETOOLONG|fault of lastack/);
});
