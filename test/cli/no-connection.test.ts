import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { run } from '../../src/cli/cli.js';
import { pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';
import { type FakeHost, fakeHost } from './fake-host.js';

const files = scratch();
const path = files.path('dns.pcap');
const WHY = 'There is no TCP connection in this capture. Its 2 packets are 2 UDP.';

/** Two datagrams to port 53. */
function writeUdp(): void {
  const datagram = Buffer.alloc(28);
  datagram.set([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17]);
  datagram.set([10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39, 0, 53, 0, 8], 12);
  const { header, record } = pcapWriter({ linkType: 101 });
  writeFileSync(
    path, Buffer.concat([header, ...[1, 2].map((seconds) => record({ seconds, data: datagram }))]),
  );
}

async function lastack(...args: string[]): Promise<FakeHost> {
  const host = fakeHost();
  await run(args, host);
  return host;
}

writeUdp();

test('every command says of a capture without TCP what it has in its place', async () => {
  const netstat = await lastack('netstat', path, '--quiet');
  expect([netstat.exitCode, netstat.stderr.text]).toEqual([0, `lastack: ${WHY}\n`]);
  const flow = await lastack('flow', path, '0');
  expect([flow.exitCode, flow.stderr.text]).toEqual([2, `lastack: the capture has no stream 0. ${WHY}\n`]);
  const output = files.path('none.pcapng');
  const extract = await lastack('extract', path, '-o', output);
  expect([extract.exitCode, extract.stderr.text]).toEqual([2, `lastack: ${WHY} Nothing is written\n`]);
  expect(existsSync(output)).toBe(false);
});

test('no connection after a change proves nothing of the change, and is no pass', async () => {
  const before = 'captures/showcase.pcapng';
  const { exitCode, stderr } = await lastack('diff', before, path);
  expect([exitCode, stderr.text]).toEqual([
    1, `lastack: ${path}: ${WHY}\nlastack: ${path} has no connection to compare. That proves nothing\n`,
  ]);
  expect((await lastack('diff', before, path, '--fail-on', 'never')).exitCode).toBe(0);
  expect((await lastack('diff', before, before)).exitCode).toBe(0);
});

test('a filter that lets no connection through is told as that', async () => {
  const { stderr } = await lastack('netstat', 'captures/showcase.pcapng', '--filter', 'port 1', '--quiet');
  expect(stderr.text).toBe('lastack: No connection passes the filter.\n');
});
