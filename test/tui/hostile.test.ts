import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/capture.js';
import { bytes, pcapngWriter } from '../capture/build.js';
import { TestTerminal } from './terminal.js';

/**
 * Sets the title, wipes the screen, answers as if somebody typed, leaves the alternate screen, turns the text round;
 * then wide and combining characters.
 */
const HOSTILE =
  '\u001B]0;owned\u0007\u001B[2J\u001B[6n\u001BP$qm\u001B\\\u001B[?1049l\u009B31m\u202Egnp.exe\u200B漢字ｗｉｄｅ e\u0301 ' +
  '👩‍👩‍👧';
const RAW = ['\u001B]0;', 'owned\u0007', '\u001B[6n', '\u001BP', '\u009B', '\u202E', '\u200B'];

let folder: string;
let terminal: TestTerminal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastack-hostile-'));
});

afterEach(async () => {
  terminal.kill('SIGKILL');
  await terminal.exited;
  rmSync(folder, { recursive: true });
});

/**
 * A recording written once more, with hostile text in every place of a pcapng file that holds text, and a broken end.
 */
async function poisoned(recording: string): Promise<Uint8Array> {
  const { block, option, interface: device, enhanced, u16, u32, i64 } = pcapngWriter();
  const text = (code: number): Uint8Array => option(code, Buffer.from(HOSTILE));
  const end = option(0, bytes());
  const parts: Uint8Array[] = [
    block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), i64(-1n), text(1), text(2), text(3), text(4), end),
    device({
      options: bytes(text(1), text(2), text(3), text(11), text(12), text(15), option(9, Uint8Array.of(9)), end),
    }),
    // Name resolution: an IPv4 address and what it is called.
    block(
      4, u16(1), u16(4 + Buffer.byteLength(HOSTILE)), Uint8Array.of(192, 0, 2, 10), Buffer.from(HOSTILE),
      new Uint8Array(-(4 + Buffer.byteLength(HOSTILE)) & 3), u32(0),
    ),
  ];
  const capture = await openCapture([recording]);
  for await (const batch of capture.batches()) {
    for (let index = 0; index < batch.count; index++) {
      const from = batch.offset[index]!;
      const data = batch.bytes.slice(from, from + batch.captured[index]!);
      parts.push(
        enhanced({
          ticks: BigInt(capture.clock.epoch) * 1_000_000_000n + BigInt(batch.time[index]!), data,
          options: bytes(text(1), text(1), end),
        }),
      );
    }
  }
  capture.close();
  return bytes(...parts, Buffer.from(HOSTILE));
}

it.each([
  [80, 24], [200, 60],
] as const)('text from a capture never reaches the terminal raw, on any screen of %ix%i', async (columns, rows) => {
  const name = `${HOSTILE.replaceAll('/', '')}.pcapng`;
  writeFileSync(join(folder, name), await poisoned('captures/forgotten-close.pcapng'));
  terminal = new TestTerminal([process.execPath, resolve('dist/cli/main.js'), name], {
    columns, rows, directory: folder,
  });
  await terminal.until(/› error +\d+ {2}leak +\d/);
  expect(terminal.rows()[0]).toContain(String.raw`\x1b]0;owned\x07\x1b[2J`);
  const way: readonly (readonly [string, string | RegExp])[] = [
    ['\r', /diagnosis leak and server/], ['\r', /FIN-WAIT-1 +─+ F\./], ['y', 'Copied'], ['\t', 'What to change'],
    ['e', 'Wrote 9 packets of 1 flow'], ['s', /sockets? at/], ['>', /Frame \d+|No packet/], ['t', 'Findings in'],
    ['f', 'All flows'], ['/', 'Enter keep'], ['\u001B', '/ filter'], ['p', 'Hosts and profiles'], ['?', 'Here'],
  ];
  for (const [key, wanted] of way) {
    terminal.press(key);
    await terminal.until(wanted);
    expect(terminal.rows()[0]).toMatch(/^ lastack {3}/);
    expect(terminal.buffer).toBe('alternate');
  }
  expect(readdirSync(folder).filter((file) => file !== name)).toHaveLength(1);
  terminal.press('qq');
  expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  expect(RAW.filter((sequence) => terminal.output.includes(sequence))).toEqual([]);
  expect(existsSync(join(folder, name))).toBe(true);
});

it('nor does the name of a file that is no capture', async () => {
  const name = `${HOSTILE.replaceAll('/', '')}.pcapng`;
  writeFileSync(join(folder, name), 'no capture');
  terminal = new TestTerminal([process.execPath, resolve('dist/cli/main.js'), name], {
    columns: 200, directory: folder,
  });
  expect(await terminal.exited).toMatchObject({ exitCode: 2 });
  await terminal.until(String.raw`lastack: \x1b]0;owned\x07\x1b[2J`);
  expect(terminal.buffer).toBe('normal');
  expect(RAW.filter((sequence) => terminal.output.includes(sequence))).toEqual([]);
});
