import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, Connection } from '../../src/analysis/model.js';
import { CaptureError } from '../../src/capture/capture.js';
import { readAll, scratch } from '../capture/read.js';
import { randomFrom } from './random.js';

const files = scratch();
const names = readdirSync('captures').filter((file) => file.endsWith('.pcapng'));
const seed = 20_261_120;

/** What is read of damaged bytes; null where they are no capture at all. */
async function read(bytes: Uint8Array): Promise<Analysis | null> {
  const path = files.write('damaged.pcapng', bytes);
  try {
    return await analyze([path]);
  } catch (error) {
    if (error instanceof CaptureError) return null;
    throw error;
  }
}

/** Endpoints, frames and payload: what does not depend on how long the capture goes on. */
const gist = ({ client, server, firstFrame, lastFrame, packets, bytes }: Connection): unknown => ({
  client, server, firstFrame, lastFrame, packets, bytes,
});

describe.each(names)('%s', (name) => {
  const whole = new Uint8Array(readFileSync(`captures/${name}`));

  it('cut at twenty places: every flow that ended before the cut is there', async () => {
    const original = await analyze([`captures/${name}`]);
    const { packets } = await readAll(`captures/${name}`);
    const random = randomFrom(seed);
    for (let i = 0; i < 20; i++) {
      const length = random(whole.length);
      const cut = await read(whole.subarray(0, length));
      const kept = packets.filter(
        ({ position }, index) => (packets[index + 1]?.position ?? whole.length) <= length && position < length,
      ).length;
      const ended = [...original.connections()].filter(({ lastFrame }) => lastFrame <= kept);
      expect(cut?.capture.packets ?? 0).toBe(kept);
      const told = new Map([...(cut?.connections() ?? [])].map((connection) => [connection.firstFrame, connection]));
      expect(ended.map(({ firstFrame }) => gist(told.get(firstFrame)!))).toEqual(ended.map(gist));
    }
  });

  it('with a byte changed: read to its end, or refused in words', async () => {
    const random = randomFrom(seed + 1);
    const times = whole.length > 100_000 ? 10 : whole.length > 20_000 ? 40 : 200;
    for (let i = 0; i < times && whole.length <= 300_000; i++) {
      const bytes = Uint8Array.from(whole);
      bytes[random(bytes.length)]! ^= 1 + random(255);
      const analysis = await read(bytes);
      const packets = [...(analysis?.connections() ?? [])].reduce(
        (sum, connection) => sum + connection.packets.client + connection.packets.server, 0,
      );
      expect(packets).toBe(analysis?.capture.tcpPackets ?? 0);
    }
  });
});

function run(bytes: Uint8Array): { status: number | null; words: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath, ['dist/cli/main.js', 'report', files.write('command.pcapng', bytes)],
    { encoding: 'utf8', timeout: 15_000 },
  );
  return { status, words: stdout + stderr };
}

describe('the command, given a damaged capture', () => {
  const whole = readFileSync('captures/write-to-closed-peer.pcapng');

  it.each([
    ['cut in the middle', whole.subarray(0, 1501), [1]],
    [
      'with a length of four gigabytes',
      Buffer.concat([whole.subarray(0, 1000), Buffer.alloc(40, 0xff), whole.subarray(1040)]), [0, 1, 2],
    ],
    ['that is no capture', Buffer.from('once upon a time'), [2]], ['that is empty', Buffer.alloc(0), [2]],
  ])('%s', (_, bytes, expected) => {
    const { status, words } = run(bytes);
    expect(expected).toContain(status);
    expect(words).not.toMatch(/\n\s+at .*:\d+:\d+/);
    expect(words).not.toBe('');
  });
});
