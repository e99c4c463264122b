import { Readable } from 'node:stream';
import { expect, test } from 'vitest';

import { Pipeline } from '../../src/analysis/pipeline.js';
import type { Analysis } from '../../src/analysis/model.js';
import { openCapture } from '../../src/capture/capture.js';
import { bytes, pcapngWriter } from '../capture/build.js';
import { FrameMaker } from '../tape/frames.js';
import { parseTape } from '../tape/line.js';

const formats: string = '../../fuzz/formats.mjs';
type Check = (analysis: Analysis, format: string, choice: { pick: <T>(list: readonly T[]) => T }) => Promise<void>;
const { FORMATS, check } = (await import(formats)) as { FORMATS: readonly string[]; check: Check };

/** Options of an Interface Description Block (draft-ietf-opsawg-pcapng §4.2). */
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;

/**
 * A connection whose packets come at these ticks, of an interface whose ticks are `resolution` and begin at `offset`
 * seconds.
 */
async function told(ticks: readonly bigint[], resolution: number, offset: bigint): Promise<Analysis> {
  const { section, interface: describeInterface, enhanced, option } = pcapngWriter();
  const maker = new FrameMaker({ ip6: false, initial: [0, 0], ports: [50_000, 80] });
  const lines = parseTape(`
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.030 > F. 1:1   ack 1
    0.040 < R. 1:1   ack 2
  `);
  const begin = Buffer.alloc(8);
  begin.writeBigInt64LE(offset);
  const options = Buffer.concat([option(IF_TSRESOL, Uint8Array.of(resolution)), option(IF_TSOFFSET, begin)]);
  const file = bytes(
    section(), describeInterface({ options }),
    ...lines.map(({ segment }, index) =>
      enhanced({ ticks: ticks[index % ticks.length]!, data: maker.frame(segment!) }),
    ),
  );
  const capture = await openCapture(['-'], { stdin: Readable.from([file]) });
  const pipeline = new Pipeline(capture, {});
  for await (const batch of capture.batches()) pipeline.feed(batch);
  return pipeline.analysis();
}

const LAST = 2n ** 64n - 1n;

test.each([
  ['the last packet at the end of all ticks', [1_795_169_041_000_000n, 1_795_169_041_000_001n, LAST], 6, 0n],
  ['the first one there', [LAST, 1n, 2n], 6, 0n],
  ['ticks of a second', [0n, LAST, 1n], 0, 0n],
  ['ticks of a second, and an offset', [LAST, 0n, LAST / 2n], 0, 2n ** 63n - 1n],
  ['before all calendars', [0n, 1n, LAST], 9, -(2n ** 63n)],
  ['nanoseconds of 2300', [10_400_000_000_000_000_000n], 9, 0n],
  ['nanoseconds, and one beyond 2262', [1_795_169_041_000_000_000n, 9_300_000_000_000_000_000n], 9, 0n],
  ['ticks of 2^-29 s', [LAST, 0n], 0x80 | 29, 0n],
  ['ticks of 2^-127 s', [LAST, 0n], 0x80 | 127, 2n ** 62n],
  ['microseconds around 1970', [0n, 1n], 6, -1n],
] as const)('%s: every number is one, in every format', async (_name, ticks, resolution, offset) => {
  const analysis = await told(ticks, resolution, offset);
  expect(analysis.connectionCount).toBe(1);
  // A ladder reads the packets again, which these pipes cannot.
  for (const format of FORMATS) {
    for (const nth of [0, 1, 2])
      await check(analysis, format === 'html' ? 'markdown' : format, { pick: (list) => list[nth % list.length]! });
  }
});
