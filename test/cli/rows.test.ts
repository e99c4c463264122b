import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import { run } from '../../src/cli/cli.js';
import { scratch } from '../capture/read.js';
import { type FakeHost, fakeHost } from './fake-host.js';

const files = scratch();
const rows = files.path('rows');

async function lastack(...args: string[]): Promise<FakeHost> {
  const host = fakeHost();
  await run(args, host);
  return host;
}

function collect(source: string, ...args: string[]): Promise<FakeHost> {
  return lastack('collect', '--source', source, '--state', files.path('state'), '--to', rows, '--quiet', ...args);
}

beforeAll(async () => {
  await collect('web1', 'captures/showcase.pcapng', '--final');
  await collect('web2', 'captures/linger-zero-idle.pcapng', '--rows', 'parquet', '--final');
}, 60_000);

describe('rows of many taps', () => {
  test('are reported as one, with their sources, and fail by the rules of a report', async () => {
    const { stdout, exitCode } = await lastack('report', '--rows', rows);
    expect(stdout.text).toContain('2 sources, 2 files');
    expect(stdout.text).toMatch(/^error +half-closed +leak +198\.51\.100\.20:8000 +30 .* web1$/m);
    expect(stdout.text).toMatch(/^info +linger-reset +abort +198\.51\.100\.20:8080 +5 .* web2$/m);
    expect(exitCode).toBe(1);
    expect((await lastack('report', '--rows', rows, '--fail-on', 'never')).exitCode).toBe(0);
  });

  test('as NDJSON go into a file, which is none of theirs', async () => {
    const output = files.path('report.ndjson');
    expect((await lastack('report', '--rows', rows, '-f', 'ndjson', '-o', output)).stdout.text).toBe('');
    const inside = join(rows, 'steps', 'web1', '00000001.ndjson');
    expect((await lastack('report', '--rows', inside, '-o', inside)).exitCode).toBe(2);
  });

  test('are compared with a capture, and with each other', async () => {
    const { stdout, exitCode } = await lastack('diff', 'captures/showcase.pcapng', rows);
    expect(stdout.text).toContain('532 connections');
    expect(stdout.text).toMatch(/new +info +linger-reset \(abort\)/);
    expect(stdout.text).not.toMatch(/gone/);
    expect(exitCode).toBe(0);
    expect((await lastack('diff', rows, rows)).stdout.text).not.toMatch(/new|gone|worse|better/);
  });

  test('take no option of packets, no format of packets, and no captures beside them', async () => {
    for (const [args, reason] of [
      [['--rows', rows, '--filter', 'leak'], '--filter needs captures: rows are told as they were collected'],
      [['--rows', rows, '-f', 'html'], 'rows are told as text, ndjson, json; html needs captures'],
      [['--rows', rows, 'x.pcap'], '--rows takes the place of captures'],
      [[], 'name a capture, or rows by --rows'],
      [['--rows', 'captures'], 'captures holds no rows'],
    ] as const) {
      const { stderr, exitCode } = await lastack('report', ...args);
      expect(stderr.text).toContain(reason);
      expect(exitCode).toBe(2);
    }
  });
});
