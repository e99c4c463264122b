import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CaptureOptions } from '../../src/capture/model.js';
import { openCapture } from '../../src/capture/capture.js';

const folder = new URL('../../captures/', import.meta.url);
const recordings = readdirSync(folder)
  .filter((name) => /^(clean|forgotten|port).*\.pcapng$/.test(name))
  .map((name) => new URL(name, folder).pathname);
const vector = new URL('../vectors/x_download_abort.pcap', import.meta.url).pathname;

/** What makes out a packet, in a line each. */
async function packetsOf(path: string, options: CaptureOptions): Promise<string[]> {
  const capture = await openCapture([path], options);
  const packets: string[] = [];
  for await (const { count, offset, captured, time, position, bytes } of capture.batches()) {
    for (let index = 0; index < count; index++) {
      const data = bytes.subarray(offset[index], offset[index]! + captured[index]!);
      packets.push(`${position[index]} ${time[index]} ${Buffer.from(data).toString('base64')}`);
    }
  }
  capture.close();
  return packets;
}

describe('however little of a capture is in memory at once', () => {
  it.each(recordings.map((path) => ({ path, name: path.split('/').at(-1)! })))(
    '$name has the same packets',
    async ({ path }) => {
    const all = await packetsOf(path, {});
    expect(all.length).toBeGreaterThan(5);
    for (const block of [1, 128, 200, 5000]) expect(await packetsOf(path, { block })).toEqual(all);
  },
  );

  it.each(['lastack', 'pcap-parser'] as const)('a pcap has the same packets, as %s reads it', async (reader) => {
    const all = await packetsOf(vector, {});
    expect(all.length).toBeGreaterThan(20);
    for (const block of [1, 128, 4096]) expect(await packetsOf(vector, { reader, block })).toEqual(all);
  });
});
