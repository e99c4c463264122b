import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { CaptureError } from '../../src/capture/capture-error.js';
import { commentLive } from '../../src/extract/live-comments.js';
import { scratch } from '../capture/read.js';
import { splitPcapng } from '../capture/splitter.js';
import { fields, has } from './wireshark.js';
import { all, write } from './write.js';

const files = scratch();

/** What is written of packets that come piece by piece, as a file. */
async function commented(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, hold: number): Promise<string> {
  const written: Uint8Array[] = [];
  await commentLive(Readable.from(pieces), (piece) => written.push(piece), { hold, analysisOptions: {} });
  const path = files.write('live.pcapng', Buffer.concat(written));
  return path;
}

describe.skipIf(!has('tshark'))('packets that are handed on while they come, as tshark reads them', () => {
  test('have the comments of an extract, where all is known before they go', async () => {
    const recording = 'captures/linger-zero-unsent.pcapng';
    const live = await commented([readFileSync(recording)], 60_000);
    const extracted = await write(files.write('extract.pcapng', new Uint8Array(0)), await analyze([recording]), all);
    const asked = ['frame.number', 'frame.time_epoch', 'frame.len', 'tcp.seq_raw', 'frame.comment'];
    const expected = fields(extracted, asked).map((row) => row.map((text) => text.replace(/^frame \d+: /, '')));
    expect(fields(live, asked)).toEqual(expected);
  });

  test('name the frame at a later packet, where it is found when that has gone', async () => {
    // The client closes in frame 8, and the server never does.
    const whole = readFileSync('captures/forgotten-close.pcapng');
    const [begin] = splitPcapng(whole, [9]);
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield begin!;
      await sleep(400);
      yield whole.subarray(begin!.length);
    }
    const comments = fields(await commented(slowly(), 0), ['frame.number', 'frame.comment']);
    expect(comments[7]![1]).not.toContain('half-closed');
    expect(comments.map(([, texts]) => texts).join(',').match(/close-wait-buildup/g)).toHaveLength(1);
    expect(comments[9]![1]).toContain('stream 0, frame 8: error: half-closed (leak): The client closed');
  });
});

test('what is no capture is refused', async () => {
  await expect(commented([Buffer.from('no capture at all')], 0)).rejects.toThrow(CaptureError);
});
