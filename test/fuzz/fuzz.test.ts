import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { openCapture } from '../../src/capture/capture.js';
import { extract } from '../../src/extract/extract.js';

interface Trial {
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly packets: number;
  readonly segments: number;
  readonly damage: number;
  readonly refused: boolean;
  readonly fault: string | null;
}

const trials: string = '../../fuzz/trial.mjs';
const { inputOf, trial } = (await import(trials)) as {
  inputOf: (seed: number) => Pick<Trial, 'kind' | 'bytes'>;
  trial: (seed: number) => Promise<Trial>;
};

describe('what fuzzing found', () => {
  it.each(readdirSync('test/fuzz/corpus'))('%s is read to its end', (name) => {
    const { status, signal } = spawnSync(
      process.execPath,
      ['dist/cli/main.js', 'report', `test/fuzz/corpus/${name}`, '-f', 'ndjson', '--fail-on', 'never'],
      { timeout: 15_000, stdio: 'ignore' },
    );
    expect({ status, signal }).toEqual({ status: 0, signal: null });
  });

  it('the same packets are found, however many bytes are in memory at once', async () => {
    const counts: number[] = [];
    for (const block of [128, 512, 4096, 65_536]) {
      const capture = await openCapture(['test/fuzz/corpus/lengths-that-differ-at-the-edge.capture'], { block });
      let packets = 0;
      for await (const { count } of capture.batches()) packets += count;
      counts.push(packets);
    }
    expect(counts).toEqual([5, 5, 5, 5]);
  });

  it('a packet without a time is of the same connection when it is read again', async () => {
    const analysis = await analyze(['test/fuzz/corpus/a-packet-without-a-time.capture']);
    const extracted = { connections: 0, packets: 0 };
    for await (const piece of extract(analysis, () => true, {}, extracted)) expect(piece.length).toBeGreaterThan(0);
    expect(extracted.packets).toBe(analysis.capture.tcpPackets);
  });
});

describe('hostile captures', () => {
  it('the first four thousand are read to their end, and nothing is wrong with what is said of them', async () => {
    const told: Trial[] = [];
    for (let seed = 1; seed <= 4000; seed += 1) told.push(await trial(seed));
    expect(told.filter(({ fault }) => fault !== null).map(({ kind, fault }) => `${kind}: ${fault}`)).toEqual([]);
    expect(new Set(told.map(({ kind }) => kind.replace(/\..*/, '')))).toEqual(
      new Set(['pcap', 'pcapng', 'snoop', 'netmon']),
    );
    // They are hostile, and yet worth reading.
    expect(told.filter(({ segments }) => segments > 0).length).toBeGreaterThan(1200);
    expect(told.filter(({ damage }) => damage > 0).length).toBeGreaterThan(800);
  }, 120_000);

  it('a seed is always the same input', () => {
    expect(Buffer.from(inputOf(7).bytes).equals(Buffer.from(inputOf(7).bytes))).toBe(true);
    expect(Buffer.from(inputOf(7).bytes).equals(Buffer.from(inputOf(12).bytes))).toBe(false);
  });
});
