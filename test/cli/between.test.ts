import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { scratch } from '../capture/read.js';

const files = scratch();
const both = (name: string): string[] => [
  `captures/between/${name}.client.pcapng`,
  `captures/between/${name}.server.pcapng`,
];

function run(args: readonly string[], input?: Uint8Array): { status: number | null; out: string; words: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', 'between', ...args], {
    encoding: 'utf8',
    ...(input && { input }),
  });
  return { status, out: stdout, words: stderr };
}

it('tells by its exit status whether something is wrong between the ends', () => {
  expect([
    run(both('nat-expired')).status,
    run(both('healthy-lossy')).status,
    run([...both('nat-expired'), '--fail-on', 'never']).status,
  ]).toEqual([1, 0, 0]);
});

it('takes several captures of a side, and one from a pipe', () => {
  const [client, server] = both('one-way') as [string, string];
  const whole = run([client, server]).out;
  expect(run(['-', server], readFileSync(client)).out.split('\n').slice(1)).toEqual(whole.split('\n').slice(1));
  const [other, otherServer] = both('healthy-lossy') as [string, string];
  const { out } = run(['--client', client, '--client', other, '--server', server, '--server', otherServer]);
  expect(out).toContain('and 1 more');
});

it('draws one connection at both taps', () => {
  const { status, out } = run([...both('fin-dropped'), '--ladder', '4']);
  expect(status).toBe(0);
  expect(out).toMatch(/x─+ F\. \d+:\d+\(0\).* 52\s+lost on the way/);
});

it('writes what did not pass as two captures, with comments that say so', async () => {
  const path = files.path('proof');
  const { words } = run([...both('fin-dropped'), '--extract', path]);
  expect(words).toBe(`lastack: ${path}.client.pcapng: 1 connection\nlastack: ${path}.server.pcapng: 1 connection\n`);
  expect((await analyze([`${path}.client.pcapng`])).connectionCount).toBe(1);
  expect(readFileSync(`${path}.server.pcapng`, 'latin1')).toContain(
    'both ends: error: fin-lost: The server closed (FIN in frame 52)',
  );
  expect(run([`${path}.client.pcapng`, `${path}.server.pcapng`]).out).toContain('fin-lost');
});

it.each([
  [['a.pcap'], "write the client's capture and the server's, or --client and --server before each of several"],
  [['--client', 'a.pcap'], "there is no capture of the server's side: write --server before one"],
  [['-', '-'], 'stdin can be read once: name a file for one of the two'],
  [
    ['captures/unread-data.pcapng', 'captures/forgotten-close.pcapng'],
    'no connection was seen at both taps: are these captures of one time, and of one road?',
  ],
  [[...both('one-way'), '--ladder', '99'], "stream 99 of the client's capture was not found in the server's"],
  [[...both('healthy-lossy'), '--extract', 'x'], 'every connection passed as sent; nothing is extracted'],
])('%s', (args, words) => {
  expect(run(args)).toMatchObject({ status: 2, words: `lastack: ${words}\n` });
});
