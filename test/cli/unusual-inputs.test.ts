import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { expandCaptures } from '../../src/cli/captures.js';
import { readTally } from '../../src/compare/read-report.js';
import { Anonymizer } from '../../src/extract/anonymizer.js';
import { release } from '../../src/reread/reopen.js';
import { pcapWriter } from '../capture/build.js';
import { parseSockets } from '../../src/sockets/parse.js';

const program = join(process.cwd(), 'dist/cli/main.js');
const capture = join(process.cwd(), 'captures/forgotten-close.pcapng');
const folder = mkdtempSync(join(tmpdir(), 'lastack-unusual-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

function lastack(args: readonly string[], node: readonly string[] = []) {
  return spawnSync(process.execPath, [...node, program, ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000 });
}

/** The SYN of a connection, or the RST that answers it. */
function refused(index: number, isAnswer: boolean): Uint8Array {
  const packet = Buffer.alloc(40);
  packet.set([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6]);
  packet.set(isAnswer ? [10, 0, 0, 1] : [10, 1, index >> 14, (index >> 6) & 255], 12);
  packet.set(isAnswer ? [10, 1, index >> 14, (index >> 6) & 255] : [10, 0, 0, 1], 16);
  packet.writeUInt16BE(isAnswer ? 80 : 1024 + (index % 60_000), 20);
  packet.writeUInt16BE(isAnswer ? 1024 + (index % 60_000) : 80, 22);
  packet.writeUInt32BE(isAnswer ? 0 : 1, 24);
  packet.writeUInt32BE(isAnswer ? 2 : 0, 28);
  packet.set([0x50, isAnswer ? 0x14 : 2], 32);
  return packet;
}

const listeners = (): number[] =>
  ['exit', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'].map((event) => process.listenerCount(event));

describe('a baseline of any size and shape', () => {
  const earlier = lastack(['report', capture, '-f', 'json', '--fail-on', 'never']).stdout;
  const {
    capture: told, diagnoses, flows, groups,
  } = JSON.parse(earlier) as { capture: unknown; diagnoses: unknown[]; flows: unknown[]; groups: unknown[] };
  const records = [told, ...diagnoses, ...flows, ...groups];

  test.each([
    ['a document', earlier], ['without line ends', JSON.stringify(JSON.parse(earlier))],
    ['as an editor indents it', JSON.stringify(JSON.parse(earlier), null, 4)],
    [
      'with the lists first, and members of others',
      JSON.stringify({ groups, x: { flows: [{ type: 'flow' }] }, flows, diagnoses, capture: told, version: 1 }),
    ],
    ['NDJSON', records.map((record) => JSON.stringify(record)).join('\n')],
    ['NDJSON through jq', records.map((record) => JSON.stringify(record, null, 2)).join('\n')],
    ['NDJSON without line ends', records.map((record) => JSON.stringify(record)).join('')],
    ['behind a byte order mark', `\uFEFF${earlier}`],
    ['with a text of 40 MB', JSON.stringify({ x: 'é"\\'.repeat(1e7), ...(JSON.parse(earlier) as object) })],
  ])('%s', async (_name, content) => {
    const tally = await readTally(file('earlier.json', content));
    expect([...tally.services.values()]).toEqual([...(await readTally(file('plain.json', earlier))).services.values()]);
    expect(tally.services.size).toBeGreaterThan(0);
  });

  test.each([
    '{"type":"capture"', '{"type":"capture"}}', '{"type" "capture"}', '{"type":}', '[1,]', '{"a":tru}', '{"a":01}',
    '"\u0001', '{'.repeat(5), '['.repeat(5000), '{"a":"\\q"}', 'nonsense',
  ])('%s is told', async (content) => {
    await expect(readTally(file('none.json', content))).rejects.toMatchObject({ name: 'ReportError' });
  });
});

test.each([['an empty', ''], ['a blank', '  ']])('%s --anonymize-key is refused', (_name, key) => {
  const { status, stderr } = lastack(['extract', capture, '--anonymize-key', key, '-o', 'shared.pcapng']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('with an empty key everybody could go back')]);
  expect(existsSync(join(folder, 'shared.pcapng'))).toBe(false);
  expect(() => new Anonymizer(key)).toThrow(RangeError);
});

test('what a user hands over costs time in proportion to its length', () => {
  const blanks = ' '.repeat(9_000);
  const lines = [
    `tcp 0 0 1.2.3.4:5 1.2.3.4:6 ESTABLISHED 1/a${blanks}a`, `0 0 a b ${'("'.repeat(4_000)}`,
    `0 0 a b ${'("\\'.repeat(3_000)}`, `a 1 ${'TCP '.repeat(2_000)}`, `a 1 ${' TCP x->y'.repeat(1_000)}`,
    `a 1 ${blanks}b`, `ESTAB ${blanks}`,
  ];
  const begin = performance.now();
  expect(parseSockets(Array.from({ length: 200 }, () => lines).flat().join('\n')).length).toBeLessThan(2);
  expect(() => expandCaptures([join(folder, `${'*a'.repeat(100)}b`)])).toThrow('no file matches');
  file('a'.repeat(200), '');
  expect(() => expandCaptures([join(folder, `${'*a'.repeat(60)}*b`)])).toThrow('no file matches');
  expect(performance.now() - begin).toBeLessThan(5000);
});

test('a config file may begin with a byte order mark', () => {
  const { status, stderr } = lastack([
    'report', capture, '--config', file('config.json', '\uFEFF{"fail-on": "never", "quiet": true}'),
  ]);
  expect([status, stderr]).toEqual([0, '']);
});

test('a Node that is too old is told in one line, with the floor of the package', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  for (const version of ['12.22.0', '18.20.4', '20.18.3']) {
    const old = file('old.cjs', `Object.defineProperty(process.versions, 'node', { value: '${version}' });`);
    const { status, stdout, stderr } = lastack(['report', capture], ['-r', old]);
    expect([status, stdout, stderr]).toEqual([
      2, '', `lastack: needs Node ${engines.node.replace('>=', '')} or later, and this is Node ${version}\n`,
    ]);
  }
  // Older ones know no `??=`, no `?.` and no `await` outside of a function: they would tell of these.
  expect(readFileSync('dist/cli/main.cjs', 'utf8')).not.toMatch(/\?\?|\?\.|^\s*await |^import /m);
});

test('memory that runs out is told, with what can be done', () => {
  const { header, record } = pcapWriter({ linkType: 101 });
  const records = [header];
  for (let index = 0; index < 120_000; index++) {
    for (const isAnswer of [false, true])
      records.push(record({ seconds: 1_795_169_041 + index / 1000, data: refused(index, isAnswer) }));
  }
  writeFileSync(join(folder, 'refused.pcap'), Buffer.concat(records));
  const { status, stderr } = lastack(
    ['report', 'refused.pcap', '-f', 'json'], ['--max-old-space-size=60', '--max-semi-space-size=1'],
  );
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(
      /^lastack: memory is used up: \d+ MB of the \d+ MB that Node allows: read fewer captures .*--findings-only/,
    ),
  ]);
});

/** A segment of connection `index`, each of which has a service of its own. */
function segment(index: number, isAnswer: boolean, flags: number, seq: number, ack: number, payload = 0): Uint8Array {
  const packet = Buffer.alloc(40 + payload);
  const [client, server] = [[10, 1, index >> 14, (index >> 6) & 255], [10, 0, (index >> 8) & 255, index & 255]];
  packet.set([0x45, 0, 0, packet.length, 0, 0, 0, 0, 64, 6]);
  packet.set([...(isAnswer ? server : client), ...(isAnswer ? client : server)], 12);
  packet.writeUInt16BE(isAnswer ? 80 : 1024 + (index % 60_000), 20);
  packet.writeUInt16BE(isAnswer ? 1024 + (index % 60_000) : 80, 22);
  packet.writeUInt32BE(seq, 24);
  packet.writeUInt32BE(ack, 28);
  packet.set([0x50, flags, 0x10, 0], 32);
  return packet;
}

test('memory that runs out while connections are diagnosed is told, too', () => {
  const { header, record } = pcapWriter({ linkType: 101 });
  const records = [header];
  let seconds = 1_795_169_041;
  for (let index = 0; index < 16_000; index++) {
    const one = [
      segment(index, false, 0x02, 1, 0), segment(index, true, 0x12, 1, 2), segment(index, false, 0x10, 2, 2),
      segment(index, false, 0x18, 2, 2, 4), segment(index, true, 0x18, 2, 6, 4), segment(index, false, 0x10, 6, 6),
      segment(index, false, 0x11, 6, 6), segment(index, true, 0x10, 6, 7), segment(index, true, 0x18, 6, 7, 4),
      segment(index, false, 0x10, 7, 10), segment(index, true, 0x11, 10, 7), segment(index, false, 0x10, 7, 11),
    ];
    for (const data of one) records.push(record({ seconds: (seconds += 0.0001), data }));
  }
  writeFileSync(join(folder, 'services.pcap'), Buffer.concat(records));
  const { status, stderr } = lastack(
    ['report', 'services.pcap', '--jobs', '1'], ['--max-old-space-size=52', '--max-semi-space-size=1'],
  );
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^lastack: memory is used up: /)]);
});

test('the copy of a pipe goes with its analysis, and nothing listens on its account', async () => {
  const before = listeners();
  const analyses = await Promise.all(
    Array.from({ length: 20 }, () => analyze(['-'], { spool: true, stdin: Readable.from([readFileSync(capture)]) })),
  );
  const copies = analyses.map((analysis) => dirname(analysis.capture.files[0]!.spool!));
  expect(copies.every((copy) => existsSync(copy))).toBe(true);
  expect(listeners()).toEqual(before.map((count) => count + 1));
  for (const analysis of analyses) release(analysis);
  expect(copies.some((copy) => existsSync(copy))).toBe(false);
  await expect(analyze(['-'], { spool: true, stdin: Readable.from([Buffer.from('no capture')]) })).rejects.toThrow(
    'not a capture',
  );
  expect(listeners()).toEqual(before);
});
