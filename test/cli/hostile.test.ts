import { spawnSync } from 'node:child_process';
import {
  existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, inflateRawSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';

import { openCapture } from '../../src/capture/capture.js';
import { bytes, pcapngWriter, pcapWriter } from '../capture/build.js';
import { FrameMaker } from '../tape/frames.js';
import { parseTape } from '../tape/line.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const program = join(process.cwd(), 'dist/cli/main.js');
const MEGABYTE = 2 ** 20;
/** Option of an Interface Description Block (draft-ietf-opsawg-pcapng §4.2). */
const IF_NAME = 2;

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as somebody runs it, in a folder of their own. */
function lastack(args: readonly string[], cwd = folder): Run {
  return spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8', cwd, timeout: 60_000, maxBuffer: 256 * MEGABYTE,
  });
}

/** A connection that its server resets, saying `words`, captured on an interface called `name`. */
function recording(name: string, words = 'no'): Uint8Array {
  const { section, interface: describeInterface, enhanced, option } = pcapngWriter();
  const maker = new FrameMaker({ ip6: false, initial: [0, 0], ports: [50_000, 80] });
  const lines = parseTape(`
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.030 > P. 1:31  ack 1
    0.040 < R. 1:${1 + words.length} ack 31
  `);
  const frames = lines.map(({ segment }) => maker.frame(segment!));
  frames.at(-1)!.set(Buffer.from(words, 'latin1'), frames.at(-1)!.length - words.length);
  return bytes(
    section(), describeInterface({ options: option(IF_NAME, Buffer.from(name)) }),
    ...frames.map((data, index) => enhanced({ ticks: 1_795_169_041_000_000n + BigInt(index) * 10_000n, data })),
  );
}

function saved(name: string, content: Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const FORMATS = ['text', 'json', 'ndjson', 'csv', 'markdown', 'html', 'junit', 'sarif', 'openmetrics'] as const;

test('the decompression bomb: it is read as a stream, in little memory, and ends at --max-bytes with a clear error', () => {
  const { header, record } = pcapWriter();
  const silence = record({ data: new Uint8Array(1000) });
  // Members of a gzip file follow each other: ten megabytes of zeros, 45 times.
  const member = gzipSync(Buffer.concat(Array.from({ length: 10_000 }, () => silence)), { level: 9 });
  const bomb = Buffer.concat([gzipSync(header), ...Array.from({ length: 45 }, () => member)]);
  expect(bomb.length).toBeLessThan(MEGABYTE);
  const path = saved('bomb.pcap.gz', bomb);
  const measure = `
    const { analyze } = await import(process.argv[1]);
    const { capture } = await analyze([process.argv[2]]);
    console.log(capture.packets, process.resourceUsage().maxRSS);
  `;
  const whole = spawnSync(
    process.execPath, ['--input-type=module', '-e', measure, join(process.cwd(), 'dist/index.js'), path],
    { encoding: 'utf8', cwd: folder },
  );
  const [packets, kilobytes] = whole.stdout.split(' ').map(Number);
  expect(packets).toBe(450_000);
  // Of 450; most of it is Node itself.
  expect(kilobytes! * 1024).toBeLessThan(300 * MEGABYTE);
  const { status, stderr } = lastack(['report', path, '--max-bytes', '10M', '--fail-on', 'never']);
  expect([status, stderr]).toEqual([0, expect.stringContaining('input is longer than the limit of 10000000 bytes')]);
}, 60_000);

test('the terminal escapes: no report and no message hands on a character that acts', () => {
  const acting = '\u001B]0;owned\u0007\u001B[2J\u009B31m\u202E';
  const path = saved(
    `${acting.replaceAll('/', '')}.pcapng`,
    Buffer.concat([recording(`eth0${acting}`, 'a\u001B[31mb'), Buffer.from('garbage at the end')]),
  );
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const acts = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E]/;
  const runs = [
    ...FORMATS.map((format) => lastack(['report', path, '-f', format, '--fail-on', 'never'])),
    lastack(['flow', path, '0']),
    lastack(['netstat', path, '--at', '+0.02']),
    lastack(['report', `nowhere${acting}`]),
  ];
  expect(runs.map(({ status }) => status)).toEqual([...FORMATS.map(() => 0), 0, 0, 2]);
  for (const { stdout, stderr } of runs) expect(acts.exec(stdout + stderr)?.[0]).toBeUndefined();
});

test('the HTML script: what a capture holds is text on the page', () => {
  const script = '</script><script>alert(1)</script><img src=x onerror=alert(1)>';
  const path = saved('script.pcapng', recording(script, '</script><script>alert(2)</script>'));
  const { status, stdout } = lastack(['report', path, '-f', 'html', '--fail-on', 'never']);
  expect(status).toBe(0);
  expect(stdout).not.toMatch(/alert\([12]\)<\/script>|<img src=x/);
  // What it carries for its script is markup in part: the ladders.
  const carried = [...stdout.matchAll(/<script type="text\/plain" id="[a-z]+(?:-\d+)?">([^<]*)<\/script>/g)].map(
    ([, text = '']) => inflateRawSync(Buffer.from(text, 'base64')).toString(),
  );
  expect(carried.length).toBeGreaterThan(1);
  expect(carried.slice(0, -1).join('')).not.toMatch(/<script|<img|alert\([12]\)</);
});

test('the CSV formula: no cell begins as one', () => {
  const path = saved('formula.pcapng', recording('=HYPERLINK("http://example.net")', '=1+1'));
  const tables = ['flows', 'findings', 'groups'].map((table) =>
    lastack(['report', path, '-f', 'csv', '--table', table, '--fail-on', 'never']),
  );
  for (const { status, stdout } of tables) {
    expect(status).toBe(0);
    expect(
      stdout
        .split('\r\n')
        .flatMap((line) => line.split(','))
        .filter((cell) => /^"?[=+@\t]|^"?-(?![\d.])/.test(cell)),
    ).toEqual([]);
  }
}, 60_000);

test('the path in an interface name: nothing is written but what was asked for', () => {
  const at = join(folder, 'a', 'b');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'path.pcapng'), recording('../../owned', '../../owned'));
  const everything = (): string[] => readdirSync(join(folder, 'a'), { recursive: true }).map(String).sort();
  for (const format of FORMATS)
    expect(lastack(['report', 'path.pcapng', '-f', format, '--fail-on', 'never'], at).status).toBe(0);
  expect(lastack(['extract', 'path.pcapng', '-o', 'out.pcapng'], at).status).toBe(0);
  expect(everything()).toEqual(['b', 'b/out.pcapng', 'b/path.pcapng']);
  expect(existsSync(join(folder, 'owned')) || existsSync(join(dirname(folder), 'owned'))).toBe(false);
}, 60_000);

test('the symlinked spool: the copy of a pipe is a new file, and its removal follows no link', async () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'precious');
  const { header, record } = pcapWriter();
  const capture = await openCapture(['-'], {
    spool: true, stdin: Readable.from([Buffer.concat([header, record({ data: new Uint8Array(60) })])]),
  });
  for await (const batch of capture.batches()) expect(batch.count).toBe(1);
  const spool = capture.files[0]!.spool!;
  // Nobody else can have put anything there: the name is not to be guessed, the folder is its owner's alone.
  expect([
    lstatSync(spool).isFile(), lstatSync(spool).mode & 0o777, lstatSync(dirname(spool)).isDirectory(),
    lstatSync(dirname(spool)).mode & 0o777,
  ]).toEqual([true, 0o600, true, 0o700]);
  rmSync(spool);
  symlinkSync(victim, spool);
  symlinkSync(folder, join(dirname(spool), 'folder'));
  capture.close();
  expect([existsSync(dirname(spool)), readFileSync(victim, 'utf8')]).toEqual([false, 'precious']);
});
