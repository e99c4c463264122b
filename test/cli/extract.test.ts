import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { run } from '../../src/cli/cli.js';
import { scratch } from '../capture/read.js';
import { type FakeHost, fakeHost } from './fake-host.js';

const files = scratch();
const SHOWCASE = 'captures/showcase.pcapng';

async function extract(...args: string[]): Promise<FakeHost> {
  const host = fakeHost();
  await run(['extract', ...args], host);
  return host;
}

/** Extracts to a new file; answers its streams as they are in the showcase. */
async function servers(...args: string[]): Promise<string[]> {
  const output = files.path('servers.pcapng');
  const host = await extract(SHOWCASE, '-o', output, '--force', ...args);
  expect([host.exitCode, host.stdout.text]).toEqual([0, '']);
  const analysis = await analyze([output]);
  return [...analysis.connections()].map(({ client, server }) => `${client.port} > ${server.port}`);
}

const showcase = await analyze([SHOWCASE]);
const chosen = (choose: (flow: number) => boolean): string[] =>
  [...showcase.connections()]
    .filter(({ id }) => choose(id))
    .map(({ client, server }) => `${client.port} > ${server.port}`);
const withFinding = (flow: number, id: string, cause?: string): boolean =>
  showcase.findings.some(
    (finding) => finding.flow === flow && finding.id === id && (cause === undefined || finding.cause === cause),
  );

test('the connections of a finding', async () => {
  expect(await servers('--finding', 'half-closed')).toEqual(chosen((flow) => withFinding(flow, 'half-closed')));
});

test('of one of its causes', async () => {
  expect(await servers('--finding', 'half-closed', '--cause', 'leak', '--cause', 'slow')).toEqual(
    chosen((flow) => withFinding(flow, 'half-closed', 'leak') || withFinding(flow, 'half-closed', 'slow')),
  );
});

test('of a group', async () => {
  const group = showcase.groups.find(({ finding }) => finding === 'linger-reset')!;
  const flows = new Set(group.findings.map((index) => showcase.findings[index]!.flow));
  const { address, port } = group.service;
  const service = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  expect(await servers('--finding', 'linger-reset', '--cause', group.cause!, '--service', service)).toEqual(
    chosen((flow) => flows.has(flow)),
  );
});

test('streams and flows by their numbers', async () => {
  const last = [...showcase.connections()].at(-1)!;
  expect(await servers('--stream', '7', '--stream', String(last.stream))).toEqual(
    chosen((flow) => [7, last.stream].includes(showcase.connection(flow).stream)),
  );
  expect(await servers('--flow', '7')).toEqual(chosen((flow) => flow === 7));
});

test('what a filter lets through', async () => {
  expect(await servers('--filter', 'server-port 8443')).toEqual(
    chosen((flow) => showcase.connection(flow).server.port === 8443),
  );
});

test('without a choice all connections', async () => {
  expect((await servers()).length).toBe(showcase.connectionCount);
});

test('how much it was is told, unless it should be quiet', async () => {
  const [told, quiet] = [
    await extract(SHOWCASE, '--stream', '0', '-o', files.path('told.pcapng')),
    await extract(SHOWCASE, '--stream', '0', '-o', files.path('quiet.pcapng'), '-q'),
  ];
  const { packets } = showcase.connection(0);
  expect(told.stderr.text).toBe(`lastack: 1 connection in ${packets.client + packets.server} packets\n`);
  expect(quiet.stderr.text).toBe('');
});

test('anonymized, with or without words for the key', async () => {
  const { address } = showcase.connection(0).client;
  const made: Buffer[] = [];
  for (const options of [
    ['--anonymize'], ['--anonymize-key', 'red door'], ['--anonymize-key', 'red door', '--anonymize'],
  ]) {
    const output = files.path(`anonymized-${made.length}.pcapng`);
    expect((await extract(SHOWCASE, '--stream', '0', ...options, '-o', output)).exitCode).toBe(0);
    expect([...(await analyze([output])).connections()].map(({ client }) => client.address)).not.toEqual([address]);
    made.push(readFileSync(output));
  }
  expect(made[0]!.equals(made[1]!)).toBe(false);
  expect(made[1]!.equals(made[2]!)).toBe(true);
});

test('without comments there are packets only', async () => {
  const output = files.path('bare.pcapng');
  await extract(SHOWCASE, '--finding', 'half-closed', '--no-comments', '-o', output);
  expect(readFileSync(output).includes('CLOSE-WAIT')).toBe(false);
});

test('an existing file stays, unless it is to be replaced', async () => {
  const output = files.write('precious.pcapng', 'precious');
  const refused = await extract(SHOWCASE, '--stream', '0', '-o', output);
  expect([refused.exitCode, refused.stderr.text]).toEqual([2, `lastack: ${output} exists; --force replaces it\n`]);
  expect(readFileSync(output, 'utf8')).toBe('precious');
  expect((await extract(SHOWCASE, '--stream', '0', '-o', output, '--force')).exitCode).toBe(0);
  expect((await analyze([output])).connectionCount).toBe(1);
});

test('the capture is never written over, under no name, and in no folder that is read', async () => {
  const folder = files.path('folder');
  mkdirSync(folder);
  const capture = `${folder}/trace.pcapng`;
  copyFileSync('captures/forgotten-close.pcapng', capture);
  symlinkSync(capture, files.path('alias'));
  for (const [input, output] of [[capture, capture], [capture, files.path('alias')], [folder, capture]] as const) {
    const host = await extract(input, '-o', output, '--force');
    expect(host.exitCode).toBe(2);
    expect(host.stderr.text).toMatch(/^lastack: .* is the capture itself; write to another file\n$/);
  }
  expect(readFileSync(capture).equals(readFileSync('captures/forgotten-close.pcapng'))).toBe(true);
  expect(readdirSync(folder)).toEqual(['trace.pcapng']);
});

test('nothing is left of work that failed', async () => {
  const folder = files.path('failed');
  mkdirSync(folder);
  writeFileSync(`${folder}/noise`, 'noise');
  for (const input of [`${folder}/noise`, SHOWCASE]) {
    expect((await extract(input, '--finding', 'forged-reset', '-o', `${folder}/out.pcapng`)).exitCode).toBe(2);
    expect(readdirSync(folder)).toEqual(['noise']);
  }
});

test.each([
  [[SHOWCASE], "lastack: required option '-o, --output <file>' not specified\n"],
  [
    [SHOWCASE, '--finding', 'half-close', '-o', 'x.pcapng'],
    'lastack: there is no finding half-close. Did you mean half-closed?\n',
  ],
  [
    [SHOWCASE, '--stream', '-1', '-o', 'x.pcapng'],
    "lastack: option '--stream <number>' argument '-1' is invalid. Write a number: 0, 1, 2…\n",
  ],
  [
    [SHOWCASE, '--service', '10.0.0.1', '-o', 'x.pcapng'],
    "lastack: option '--service <address:port>' argument '10.0.0.1' is invalid. Write 10.0.0.1:80 or " +
      '[2001:db8::1]:80.\n',
  ],
  [
    [SHOWCASE, '--stream', '99999', '-o', files.path('none.pcapng')],
    'lastack: no connection fits; nothing is written\n',
  ],
  [[SHOWCASE, '-o', '/dev/null'], 'lastack: /dev/null is no file that can be replaced\n'],
])('%s: a clear error and status 2', async (args, message) => {
  const host = await extract(...args);
  expect([host.exitCode, host.stderr.text, host.stdout.text]).toEqual([2, message, '']);
  expect(existsSync('x.pcapng')).toBe(false);
});

test('help begins with examples', async () => {
  expect((await extract('--help')).stdout.text).toMatch(
    /^Examples:\n {2}lastack extract trace\.pcapng --finding half-closed/,
  );
});
