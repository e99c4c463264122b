import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { readLadder } from '../../src/reread/ladder.js';
import { readPacketsAround } from '../../src/reread/packets-around.js';
import { SECOND } from '../../src/base/time.js';

const analysis = await analyze(['captures/showcase.pcapng']);
const first = analysis.capture.first!;
const whole = await readPacketsAround(analysis, first, { side: 100_000 });

describe('the packets around a moment', () => {
  it('are all of a small capture', () => {
    expect(whole).toMatchObject({ hasBegin: true, hasEnd: true });
    expect(whole.packets).toHaveLength(analysis.capture.tcpPackets);
  });

  it('are those that the ladder of a connection shows', async () => {
    const { client, server } = analysis.connection(7);
    const rows = await readLadder(analysis, 7);
    const frames = new Set(rows.map(({ frame }) => frame));
    const seen = whole.packets.filter(({ frame }) => frames.has(frame));
    expect(seen).toEqual(
      rows.map(({ frame, time, by, flags, length }) => ({
        frame, time, flags, length, source: by === 'client' ? client : server,
        destination: by === 'client' ? server : client,
      })),
    );
  });

  it.each([0, 3, 40, 80, 1000])(
    'are as many on both sides as were asked for, %d s after the first',
    async (seconds) => {
    const time = first + seconds * SECOND;
    const { packets, hasBegin, hasEnd } = await readPacketsAround(analysis, time, { side: 8 });
    const after = whole.packets.findIndex((packet) => packet.time > time);
    const end = after === -1 ? whole.packets.length : after + 8;
    const begin = Math.max(0, end - 16);
    expect(packets).toEqual(whole.packets.slice(begin, end));
    expect({ hasBegin, hasEnd }).toEqual({ hasBegin: begin === 0, hasEnd: after === -1 });
  },
  );

  it('are not read where nobody wants them any more', async () => {
    await expect(
      readPacketsAround(analysis, first, { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });
});
