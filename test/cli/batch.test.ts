import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Analysis, AnalysisOptions } from '../../src/analysis/model.js';
import { run } from '../../src/cli/cli.js';
import { ndjson } from '../../src/report/ndjson.js';
import { analysis, at, client, connection, finding, server } from '../report/analysis-fixture.js';
import { type FakeHost, fakeHost } from './fake-host.js';
import { inOnePiece } from '../report/written.js';

const analyze = vi.hoisted(() => vi.fn<(paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>>());
vi.mock('../../src/analysis/analyze.js', () => ({ analyze }));
const showTui = vi.hoisted(() => vi.fn<() => Promise<number>>());
vi.mock('../../src/tui/main.js', () => ({ showTui }));
beforeEach(() => void analyze.mockResolvedValue(two));
afterEach(() => void vi.resetAllMocks());

const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const web = { address: '10.9.9.9', port: 80 };
/** A leak at one service, a linger reset at another. */
const two = analysis({
  connections: [connection(), connection({ id: 1, stream: 1, server: web })],
  findings: [
    finding(), finding({ id: 'linger-reset', cause: 'abort', severity: 'warning', flow: 1, stream: 1, service: web }),
  ],
  sockets: [
    {
      time: 0, local: server, remote: client, state: 'CLOSE-WAIT', since: at(1.2), expires: null, proven: true, flow: 0,
    },
  ],
});
const oneLeak = analysis({ connections: [connection()], findings: [finding()] });

async function lastack(args: readonly string[], host: FakeHost = fakeHost()): Promise<FakeHost> {
  await run(args, host);
  return host;
}

describe('--findings-only', () => {
  test.each(['html', 'junit', 'openmetrics'])('is not for %s, which tells of every connection', async (format) => {
    const host = await lastack(['report', 'x.pcap', '--findings-only', '-f', format]);
    expect([host.stderr.text, host.exitCode]).toEqual([
      `lastack: ${format} tells of every connection; --findings-only is for the other formats\n`, 2,
    ]);
  });

  test('means the report at a terminal too', async () => {
    await lastack(['x.pcap', '--findings-only'], fakeHost({ terminal: true }));
    expect(showTui).not.toHaveBeenCalled();
  });

  test.each(['ndjson', 'json'] as const)(
    'a %s report of it says so, and cannot be compared: rates need every connection',
    async (format) => {
    const report = path(`folded.${format}`);
    analyze.mockResolvedValue({ ...oneLeak, folded: { endings: new Map([['closed', 7]]), early: 0 } });
    await lastack(['report', 'x.pcap', '--findings-only', '-f', format, '-o', report]);
    expect(readFileSync(report, 'utf8')).toContain(',"folded":{"endings":{"closed":7},"early":0}}');
    const host = await lastack(['diff', report, 'x.pcap']);
    expect([host.stderr.text, host.exitCode]).toEqual([
      `lastack: ${report} was written with --findings-only or --keep-connections, and does not tell how many ` +
        `connections each service had\n`,
      2,
    ]);
  },
  );
});

describe('--filter', () => {
  test.each(['report', ''])('%s tells of the connections it lets through, and fails for them only', async (command) => {
    const host = await lastack([...(command === '' ? [] : [command]), 'x.pcap', '--filter', 'cause abort']);
    expect(host.stdout.text).toContain('filter       cause abort\nconnections  1 of 2: 1 closed\n');
    expect(host.stdout.text).not.toContain('half-closed');
    expect([host.stderr.text, host.exitCode]).toEqual(['', 0]);
  });

  test('records say which filter it was', async () => {
    const host = await lastack(['report', 'x.pcap', '-f', 'ndjson', '--filter', 'flow 7']);
    expect(
      host.stdout.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([expect.objectContaining({ type: 'capture', filter: 'flow 7' })]);
  });

  test('nothing passes', async () => {
    expect((await lastack(['report', 'x.pcap', '--filter', 'port 1'])).stdout.text).toMatch(
      /\n\nNo connection passes the filter\.\n$/,
    );
  });

  test('netstat', async () => {
    const sockets = vi.spyOn(two, 'sockets');
    await lastack(['netstat', 'x.pcap', '--at', '+1', '--filter', 'flow 1']);
    expect(sockets.mock.lastCall?.[1]).toEqual([1]);
  });

  test('opens the screen with it in place, at a terminal', async () => {
    await lastack(['x.pcap', '--filter', 'flow 1'], fakeHost({ terminal: true }));
    expect(showTui).toHaveBeenLastCalledWith(expect.objectContaining({ paths: ['x.pcap'], filter: 'flow 1' }));
    await lastack(['x.pcap', '--filter', 'flow 1', '-f', 'text'], fakeHost({ terminal: true }));
    expect(showTui).toHaveBeenCalledTimes(1);
  });

  test('a mistake is told before there is a screen', async () => {
    const host = await lastack(['x.pcap', '--filter', 'prot 81'], fakeHost({ terminal: true }));
    expect([host.stderr.text, host.exitCode]).toEqual([
      'lastack: --filter: at column 1: unknown field "prot"; did you mean "port"?\n', 2,
    ]);
    expect(showTui).not.toHaveBeenCalled();
  });

  test('a mistake is told before anything is read', async () => {
    const host = await lastack(['report', 'x.pcap', '--filter', 'port 80 and prot 81']);
    expect([host.stderr.text, host.exitCode]).toEqual([
      'lastack: --filter: at column 13: unknown field "prot"; did you mean "port"?\n', 2,
    ]);
    expect(analyze).not.toHaveBeenCalled();
  });

  test('the whole language is explained', async () => {
    const host = await lastack(['explain', 'filter']);
    expect(host.stdout.text).toMatch(/^# Filters\n\n {4}port 8000 and state CLOSE-WAIT and age > 30s\n/);
    expect(host.exitCode).toBe(0);
  });
});

describe('tables', () => {
  test('CSV is flows, or another table', async () => {
    expect((await lastack(['report', 'x.pcap', '-f', 'csv'])).stdout.text).toMatch(/^flow,stream,/);
    expect(
      (await lastack(['report', 'x.pcap', '-f', 'csv', '--table', 'groups'])).stdout.text.split('\r\n'),
    ).toHaveLength(4);
  });

  test('other formats have no table to choose', async () => {
    const host = await lastack(['report', 'x.pcap', '-f', 'markdown', '--table', 'flows']);
    expect([host.stderr.text, host.exitCode]).toEqual([
      'lastack: --table is for csv and parquet; markdown has all of them\n', 2,
    ]);
  });

  test('Parquet is two files beside each other', async () => {
    const host = await lastack(['report', 'x.pcap', '-f', 'parquet', '-o', path('day.parquet')]);
    expect([host.stderr.text, host.stdout.text, host.exitCode]).toEqual(['', '', 1]);
    for (const name of ['day.flows.parquet', 'day.findings.parquet']) {
      const bytes = readFileSync(path(name)).toString('latin1');
      expect([bytes.slice(0, 4), bytes.slice(-4)]).toEqual(['PAR1', 'PAR1']);
    }
    expect(existsSync(path('day.parquet'))).toBe(false);
  });

  test('one table of Parquet goes to a file or a pipe', async () => {
    await lastack(['report', 'x.pcap', '-f', 'parquet', '--table', 'groups', '-o', path('groups.parquet')]);
    expect(readFileSync(path('groups.parquet')).subarray(0, 4).toString()).toBe('PAR1');
    expect((await lastack(['report', 'x.pcap', '-f', 'parquet', '--table', 'flows'])).stdout.text.slice(0, 4)).toBe(
      'PAR1',
    );
  });

  test.each([
    [['--table', 'flows'], true, 'lastack: Parquet is no text for a terminal: name a file with -o\n'],
    [
      [], false,
      'lastack: -f parquet writes two files, flows and findings: name them with -o FILE.parquet, or choose one ' +
        'with --table\n',
    ],
  ])('but nowhere else: %j', async (args, terminal, message) => {
    const host = await lastack(['report', 'x.pcap', '-f', 'parquet', ...args], fakeHost({ terminal }));
    expect([host.stderr.text, host.stdout.text, host.exitCode]).toEqual([message, '', 2]);
  });
});

describe('--baseline', () => {
  const baseline = path('main.ndjson');
  writeFileSync(baseline, inOnePiece(ndjson(oneLeak)));

  test('only what is new fails, and it is said which', async () => {
    const host = await lastack(['report', 'x.pcap', '--fail-on', 'warning', '--baseline', baseline]);
    expect([host.stderr.text, host.exitCode]).toEqual([
      `lastack: new against ${baseline}: warning linger-reset (abort) at 10.9.9.9:80, 1 connection\n`, 1,
    ]);
    expect((await lastack(['report', 'x.pcap', '--baseline', baseline, '-q'])).exitCode).toBe(0);
  });

  test('nothing is new', async () => {
    analyze.mockResolvedValue(oneLeak);
    const host = await lastack(['report', 'x.pcap', '--fail-on', 'info', '--baseline', baseline]);
    expect([host.stderr.text, host.exitCode]).toEqual([`lastack: nothing new against ${baseline}\n`, 0]);
  });

  test('strictly, more of the same is new', async () => {
    analyze.mockResolvedValue(
      analysis({ connections: [connection(), connection({ id: 1 })], findings: [finding(), finding({ flow: 1 })] }),
    );
    expect((await lastack(['report', 'x.pcap', '--baseline', baseline])).exitCode).toBe(0);
    expect((await lastack(['report', 'x.pcap', '--baseline', baseline, '--strict'])).exitCode).toBe(1);
  });

  test('JUnit fails for what is new', async () => {
    const { stdout } = await lastack([
      'report', 'x.pcap', '-f', 'junit', '--fail-on', 'warning', '--baseline', baseline,
    ]);
    expect(stdout.text.match(/<failure [^>]*/g)).toEqual([
      '<failure type="linger-reset/abort" message="linger-reset/abort: 1 connection"',
    ]);
  });

  test.each([
    [['--strict'], 'lastack: --strict compares counts with a --baseline; name one\n'],
    [['--baseline', path('none.json')], `lastack: ${path('none.json')}: no such file\n`],
    [['--baseline', 'package.json'], 'lastack: package.json: no report of version 1 in it\n'],
  ])('%j: told before anything is read', async (args, message) => {
    const host = await lastack(['report', 'x.pcap', ...args]);
    expect([host.stderr.text, host.exitCode]).toEqual([message, 2]);
    expect(analyze).not.toHaveBeenCalled();
  });
});

describe('diff', () => {
  const before = path('before.ndjson');
  writeFileSync(before, inOnePiece(ndjson(oneLeak)));

  test('a report and a capture', async () => {
    const host = await lastack(['diff', before, 'after.pcap', '--fail-on', 'warning']);
    expect(analyze.mock.calls.map(([paths]) => paths)).toEqual([['after.pcap']]);
    expect(host.stdout.text).toBe(`before  ${before}, 1 connection
after   after.pcap, 2 connections

10.9.9.9:80, 0 connections before, 1 after
  outcome  severity  finding               before  per 1,000  after  per 1,000
  new      warning   linger-reset (abort)       0                 1       1000

10.77.2.2:10007, 1 connection before, 1 after
  outcome  severity  finding             before  per 1,000  after  per 1,000
  same     error     half-closed (leak)       1       1000      1       1000

1 new, 1 same
`);
    expect(host.exitCode).toBe(1);
  });

  test.each([
    [['--fail-on', 'error'], 0], [['--fail-on', 'never'], 0], [['--fail-on', 'info'], 1], [[], 0],
  ] as const)('%j: exit status %i', async (args, status) => {
    expect((await lastack(['diff', before, 'after.pcap', ...args])).exitCode).toBe(status);
  });

  test('for programs and for pull requests', async () => {
    expect(JSON.parse((await lastack(['diff', before, before, '-f', 'json'])).stdout.text)).toMatchObject({
      version: 1, before: { name: before, flows: 1 },
    });
    expect((await lastack(['diff', before, before, '-f', 'markdown'])).stdout.text).toMatch(
      /^## What changed: 1 same\n/,
    );
  });

  test('stdin is one capture, not two', async () => {
    const host = await lastack(['diff', '-', '-']);
    expect([host.stderr.text, host.exitCode]).toEqual([
      'lastack: stdin can be read once: name a file for one of the two\n', 2,
    ]);
  });

  test('captures may be filtered, reports may not', async () => {
    expect((await lastack(['diff', 'a.pcap', 'b.pcap', '--filter', 'port 80'])).stdout.text).toMatch(
      /^before {2}a\.pcap, 1 connection\nafter {3}b\.pcap, 1 connection\n/,
    );
    const host = await lastack(['diff', 'a.pcap', before, '--filter', 'port 80']);
    expect([host.stderr.text, host.exitCode]).toEqual([
      `lastack: --filter needs captures, and ${before} is a report\n`, 2,
    ]);
  });
});

describe('--sockets', () => {
  test('processes stand beside what was found', async () => {
    writeFileSync(
      path('ss.txt'),
      `CLOSE-WAIT 513 0 ${server.address}:${server.port} ${client.address}:${client.port} ` +
        `users:(("python3",pid=12,fd=5))\n`,
    );
    const host = await lastack(['report', 'x.pcap', '--sockets', path('ss.txt'), '--filter', 'cause leak']);
    expect(host.stdout.text).toContain(
      '    On the host of the server: python3 (pid 12), CLOSE-WAIT, 513 B not read, 0 B not acknowledged\n',
    );
  });

  test('a file of something else is told before anything is read', async () => {
    const host = await lastack(['report', 'x.pcap', '--sockets', 'package.json']);
    expect([host.stderr.text, host.exitCode]).toEqual([
      'lastack: package.json: there is no connected TCP socket in it; on the host: ss -tanpe > FILE (or netstat ' +
        '-nap, lsof -nPi)\n',
      2,
    ]);
    expect(analyze).not.toHaveBeenCalled();
  });
});
