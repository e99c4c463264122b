import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WatchMetrics } from '../../src/cli/watch-metrics.js';
import { parseMetricsAddress } from '../../src/cli/metrics-address.js';
import { analysis, connection } from '../report/analysis-fixture.js';

const SHOWCASE = resolve('captures/showcase.pcapng');
/** Bytes of the showcase that end where a packet does. */
const WHOLE_BLOCKS = 199_964;

interface Watch {
  readonly child: ChildProcessByStdio<Writable, null, Readable>;
  readonly url: string;
  readonly stderr: () => string;
}

let folder: string;
let running: Watch['child'][] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastack-metrics-'));
});
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  running = [];
  rmSync(folder, { recursive: true });
});

/** A watch whose port is free; answers once it says where its metrics are. */
async function watch(args: readonly string[], env: Record<string, string> = {}): Promise<Watch> {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'watch', '--metrics', ':0', ...args], {
    stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, ...env },
  });
  running.push(child);
  child.stdin.on('error', () => {});
  let stderr = '';
  child.stderr.setEncoding('utf8');
  for await (const text of child.stderr.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    stderr += text;
    if (stderr.includes('\n')) break;
  }
  child.stderr.on('data', (text: string) => (stderr += text));
  const [, url = ''] = /^lastack: metrics at (http:\S+)\n/.exec(stderr) ?? [];
  expect({ url, stderr }).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/), stderr });
  return { child, url, stderr: () => stderr };
}

/** Asks until the metrics are as wanted. */
async function until(url: string, wanted: RegExp): Promise<string> {
  const deadline = Date.now() + 8000;
  for (;;) {
    // Where too many have asked, the connection is reset.
    const text = await fetch(url).then((response) => response.text(), (error: Error) => error.message);
    if (wanted.test(text)) return text;
    if (Date.now() > deadline) throw new Error(`waited for ${String(wanted)}, but there is\n${text}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

/** What node's own client makes of it, with any header. */
const ask = (
  url: string, method: string, headers: Record<string, string> = {}, body?: string,
): Promise<{ status: number | undefined; type: string | undefined; text: string }> =>
  new Promise((resume, reject) => {
    const asking = request(url, { method, headers }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (more: string) => (text += more))
        .on('end', () => resume({ status: response.statusCode, type: response.headers['content-type'], text }));
    });
    asking.on('error', reject).end(body);
  });

/** How a watch that cannot be ends, and what it says. */
const say = async (...args: string[]): Promise<[number, string]> => {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'watch', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: folder },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = await once(child, 'close') as [number];
  return [status, stderr];
};

const sample = (text: string, name: string): number =>
  Number(new RegExp(`^${name.replaceAll(/[{}"[\].]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);

test('a capture that grows: its metrics grow with it', async () => {
  writeFileSync(
    join(folder, 'tcpdump'),
    `#!/bin/sh\n/usr/bin/head -c ${WHOLE_BLOCKS} ${SHOWCASE}\nwhile [ ! -e ${folder}/go-on ]; do /bin/sleep 0.05; ` +
      `done\n/usr/bin/tail -c +${WHOLE_BLOCKS + 1} ${SHOWCASE}\nexec /bin/sleep 60\n`,
  );
  chmodSync(join(folder, 'tcpdump'), 0o755);
  const { child, url } = await watch(['-i', 'eth0', 'tcp'], { PATH: folder });
  const before = await until(url, /^lastack_watched_connections_total [1-9]/m);
  writeFileSync(join(folder, 'go-on'), '');
  const after = await until(url, /^lastack_watched_connections_total 527$/m);
  expect(sample(before, 'lastack_watched_packets_total')).toBeLessThan(sample(after, 'lastack_watched_packets_total'));
  expect(sample(after, 'lastack_watched_packets_total')).toBe(7290);
  expect(after).toMatch(/^lastack_sockets\{service="198\.51\.100\.20:8000",role="server",state="CLOSE-WAIT"\} 48$/m);
  expect(after).toMatch(
    /^lastack_findings\{finding="half-closed",cause="leak",severity="error",service="198\.51\.100\.20:8000",by="server"\} 30$/m,
  );
  expect(after).toMatch(/^lastack_diagnosis_connections\{diagnosis="leak",.*\} 48$/m);
  expect(after.endsWith('# EOF\n')).toBe(true);
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
});

test('a pipe, as curl sees it; the end of the pipe is the end', async () => {
  const { child, url } = await watch(['-r', '-']);
  expect(await (await fetch(url)).text()).toMatch(
    /^# TYPE lastack_watch_start_timestamp_seconds gauge\n[^]*\n# EOF\n$/,
  );
  child.stdin.write(readFileSync(SHOWCASE));
  await until(url, /^lastack_watched_connections_total 527$/m);
  const said = execFileSync('curl', ['-sS', '-i', url], { encoding: 'utf8', maxBuffer: 1e7 });
  expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(said).toMatch(/^content-type: application\/openmetrics-text; version=1\.0\.0; charset=utf-8\r$/im);
  child.stdin.end();
  expect(await once(child, 'close')).toEqual([0, null]);
});

describe('over HTTP', () => {
  test('only metrics, only to be read, only for this host', async () => {
    const { url } = await watch(['-r', '-']);
    expect(await ask(url, 'GET', { accept: 'text/plain;version=0.0.4' })).toMatchObject({
      status: 200, type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect(await ask(url, 'HEAD')).toMatchObject({ status: 200, text: '' });
    expect((await ask(url, 'POST', {}, 'x'.repeat(100_000)).catch(() => ({ status: 405 }))).status).toBe(405);
    expect((await ask(url.replace('/metrics', '/etc/passwd'), 'GET')).status).toBe(404);
    expect((await ask(url.replace('/metrics', '/'), 'GET')).text).toBe('lastack: /metrics\n');
    // A page whose name was made to mean this host.
    expect(await ask(url, 'GET', { host: 'evil.example' })).toMatchObject({
      status: 403, text: 'this is for its own host alone\n',
    });
    expect((await ask(url, 'GET', { host: 'localhost:9464' })).status).toBe(200);
    expect((await ask(url, 'GET', { 'x-long': 'x'.repeat(20_000) })).status).toBe(431);
  });

  test('many idle connections do not keep others out for long, nor the program alive', async () => {
    const { child, url } = await watch(['-r', '-']);
    const { port } = new URL(url);
    const idle = Array.from({ length: 60 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
    await new Promise((resume) => setTimeout(resume, 200));
    for (const socket of idle) socket.destroy();
    await until(url, /lastack_watch_start/);
    child.stdin.end(readFileSync(SHOWCASE));
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});

describe('what cannot be', () => {
  test('a port that is taken', async () => {
    const { url } = await watch(['-r', '-']);
    const { port } = new URL(url);
    expect(await say('--metrics', `:${port}`, '-r', '-')).toEqual([
      2, `lastack: --metrics: 127.0.0.1:${port} is taken by another program\n`,
    ]);
  });

  test('no sniffer', async () => {
    expect(await say('--metrics', ':0')).toEqual([
      2, expect.stringMatching(/^lastack: neither dumpcap nor tcpdump is installed/),
    ]);
  });

  test.each([
    [['--metrics', 'nowhere'], /Write :9464 for this host alone/], [['--metrics', ':99999'], /Write :9464/],
    [['--metrics', ':0', '-r', '-', 'tcp'], /-i and a filter are for that program/],
    [['-r', '-'], /-r is for --metrics/], [[], /watch needs a terminal, or --metrics/],
  ])('%j', async (args, words) => {
    expect(await say(...args)).toEqual([2, expect.stringMatching(words)]);
  });
});

test.each([
  [':9464', '127.0.0.1', 9464], ['9464', '127.0.0.1', 9464], ['localhost:80', '127.0.0.1', 80],
  ['0.0.0.0:9464', '0.0.0.0', 9464], ['[::]:9464', '::', 9464], ['10.0.0.1:1', '10.0.0.1', 1],
])('%s is %s port %i', (text, host, port) => {
  expect(parseMetricsAddress(text)).toEqual({ host, port });
});

test('metrics are written as often as they cost little, and when packets have come', () => {
  let now = 0;
  let written = 0;
  const costly = (connections: number): ReturnType<typeof analysis> => {
    const some = analysis({ connections: Array.from({ length: connections }, (_, id) => connection({ id })) });
    return { ...some, connections() {
      written += 1;
      now += 50;
      return some.connections();
    } };
  };
  const metrics = new WatchMetrics(1_000_000, () => now);
  const count = (): number => sample(metrics.text(), 'lastack_watched_connections_total');
  metrics.show(costly(1));
  const once = written;
  expect([count(), count(), written]).toEqual([1, 1, once]);
  metrics.show(costly(2));
  expect(count()).toBe(1);
  now += 10_000;
  expect(count()).toBe(2);
});

test('what was forgotten since does not take the metrics away', () => {
  const metrics = new WatchMetrics();
  metrics.show(analysis({ connections: [connection()] }));
  const text = metrics.text();
  metrics.show({ ...analysis({ connections: [] }), connections() {
    throw new RangeError('connection 7 is not known: it was forgotten, or never was');
  } });
  expect(metrics.text()).toBe(text);
});
