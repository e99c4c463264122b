import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/analysis/analyze.js';
import { readPacketsAround } from '../../../src/reread/packets-around.js';
import { PacketStepper, sayPackets, type Match } from '../../../src/tui/netstat/packets.js';

const analysis = await analyze(['captures/forgotten-close.pcapng']);
const { packets } = await readPacketsAround(analysis, 0);
const moments = [...new Set(packets.map(({ time }) => time))];

/** A stepper that keeps few packets, and how often it has read. */
function stepper(side: number): { meet: (time: number, direction: 1 | -1) => Promise<Match>; reads: () => number } {
  let [reads, waiting] = [0, (_met: Match): void => {}];
  const steps = new PacketStepper((of, time) => {
    reads += 1;
    return readPacketsAround(of, time, { side });
  }, (met) => waiting(met), (message) => {
    throw new Error(message);
  });
  return {
    meet: (time, direction) => new Promise((resolve) => {
      waiting = resolve;
      const met = steps.step({ analysis, time, direction });
      if (met.kind !== 'reading') resolve(met);
    }),
    reads: () => reads,
  };
}

describe('steps from packet to packet', () => {
  it.each([5, 4096])('lead through all moments that have one and back, %d kept on each side', async (side) => {
    const { meet, reads } = stepper(side);
    let time = moments[0]! - 1;
    for (const direction of [1, -1] as const) {
      const seen: number[] = [];
      for (let met = await meet(time, direction); met.kind === 'packets'; met = await meet(time, direction)) {
        time = met.packets[0]!.time;
        seen.push(...met.packets.map(({ frame }) => frame));
      }
      const all = direction === 1 ? packets : packets.filter((packet) => packet.time < moments.at(-1)!);
      expect(seen.toSorted((a, b) => a - b)).toEqual(all.map(({ frame }) => frame).toSorted((a, b) => a - b));
    }
    expect(reads() > 1).toBe(side === 5);
  });

  it('read again what has come since', async () => {
    const { meet, reads } = stepper(4096);
    expect(await meet(moments.at(-1)!, 1)).toEqual({ kind: 'edge' });
    expect(await meet(moments.at(-1)!, 1)).toEqual({ kind: 'edge' });
    expect(reads()).toBe(1);
    const grown = { ...analysis, capture: { ...analysis.capture, packets: analysis.capture.packets + 1 } };
    let asked = 0;
    const steps = new PacketStepper(async () => {
      asked += 1;
      return { packets, hasBegin: true, hasEnd: true, missing: 0, frames: packets.length };
    }, () => {}, () => {});
    expect(steps.step({ analysis, time: moments.at(-1)!, direction: 1 })).toEqual({ kind: 'reading' });
    await Promise.resolve();
    await Promise.resolve();
    expect(steps.step({ analysis: grown, time: moments.at(-1)!, direction: 1 })).toEqual({ kind: 'reading' });
    expect(asked).toBe(2);
  });
});

const packet = (frame: number, length: number) => ({
  frame, time: 0, source: { address: '10.0.0.1', port: 1024 }, destination: { address: '2001:db8::1', port: 80 },
  flags: 'P.', length,
});

it('steps do not leap over packets that were not kept', async () => {
  const few = packets.slice(0, 5);
  const steps = new PacketStepper(
    async () => ({ packets: few, hasBegin: true, hasEnd: true, missing: 0, frames: 5 }), () => {}, () => {},
  );
  const at = (time: number, direction: 1 | -1): Match => steps.step({ analysis, time, direction });
  expect(at(moments[0]!, 1)).toEqual({ kind: 'reading' });
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(at(few[0]!.time, 1)).toMatchObject({ kind: 'packets' });
  expect(at(few[4]!.time, 1)).toEqual({ kind: 'lost' });
  expect(at(moments.at(-1)!, -1)).toEqual({ kind: 'lost' });
  expect(at(few[4]!.time, -1)).toMatchObject({ kind: 'packets' });
});

it('steps do not lead beyond what is analysed', () => {
  const capture = { ...analysis.capture, last: moments[3]! };
  const steps = new PacketStepper(
    async () => ({ packets, hasBegin: true, hasEnd: true, missing: 0, frames: packets.length }),
    (met) => {
      expect(met).toEqual({ kind: 'edge' });
    },
    () => {},
  );
  expect.assertions(2);
  expect(steps.step({ analysis: { ...analysis, capture }, time: moments[3]!, direction: 1 })).toEqual({
    kind: 'reading',
  });
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
});

it('says the last packet of a moment and how many came with it', () => {
  expect(sayPackets([packet(7, 0)])).toBe('Frame 7: 10.0.0.1:1024 → [2001:db8::1]:80 P.');
  expect(sayPackets([packet(7, 0), packet(8, 517)])).toBe(
    'Frame 8: 10.0.0.1:1024 → [2001:db8::1]:80 P., 517 bytes (with 1 more at this moment)',
  );
});
