import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, Doubt, Standing } from '../../src/analysis/model.js';
import { filtered, parseFilter } from '../../src/filter/filter.js';

const captures = ['captures/', 'test/vectors/'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => folder + name),
);

/** As the connections say it themselves. */
function counted(analysis: Analysis): {
  verdicts: Partial<Record<Standing, number>>;
  doubts: Partial<Record<Doubt, number>>;
} {
  const verdicts: Partial<Record<Standing, number>> = {};
  const doubts: Partial<Record<Doubt, number>> = {};
  for (const { verdict, doubt } of analysis.connections()) {
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    if (doubt !== null) doubts[doubt] = (doubts[doubt] ?? 0) + 1;
  }
  return { verdicts, doubts };
}

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, flows) => total + flows, 0);

describe.each(captures)('%s', (path) => {
  test('every connection is exactly one of clean, open, found, or unknown with the reason', async () => {
    const analysis = await analyze([path]);
    const { verdicts, doubts } = counted(analysis);
    expect(Object.fromEntries([...analysis.verdicts].filter(([, flows]) => flows > 0))).toEqual(verdicts);
    expect(Object.fromEntries(analysis.doubts)).toEqual(doubts);
    for (const { id, verdict, doubt } of analysis.connections()) {
      expect(verdict === 'found').toBe(analysis.findingsOf(id).length > 0);
      expect(verdict === 'unknown').toBe(doubt !== null);
    }
    expect(analysis.well).toBeLessThanOrEqual(analysis.connectionCount - (analysis.verdicts.get('unknown') ?? 0));
  });

  test('and is counted so where connections are folded or forgotten', async () => {
    for (const options of [{ findingsOnly: true }, { keepConnections: 5 }]) {
      const analysis = await analyze([path], options);
      expect(sum(analysis.verdicts)).toBe(analysis.connectionCount);
    }
    const [whole, folded] = [await analyze([path]), await analyze([path], { findingsOnly: true })];
    expect([[...folded.verdicts], folded.well]).toEqual([[...whole.verdicts], whole.well]);
  });
});

test('a view counts its own', async () => {
  const analysis = filtered(await analyze(['captures/showcase.pcapng']), parseFilter('port 8000'));
  expect(sum(analysis.verdicts)).toBe(analysis.connectionCount);
  expect(Object.fromEntries([...analysis.verdicts].filter(([, flows]) => flows > 0))).toEqual(
    counted(analysis).verdicts,
  );
});

test('a build-up of CLOSE-WAIT is told of every socket that it means, and a filter finds them', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  const index = analysis.findings.findIndex(({ id, service }) => id === 'close-wait-buildup' && service.port === 8000);
  const { evidence, flow } = analysis.findings[index]!;
  const flows = analysis.flowsOf(index);
  expect(flows).toHaveLength(Number(evidence['sockets']));
  expect(flows).toContain(flow);
  const group = analysis.groups.find(
    ({ finding, service }) => finding === 'close-wait-buildup' && service.port === 8000,
  );
  expect(group?.flows).toBe(flows.length);
  const view = filtered(analysis, parseFilter('finding close-wait-buildup and port 8000'));
  expect([...view.connections()].map(({ id }) => id)).toEqual(flows);
  expect(view.findings.filter(({ id }) => id === 'close-wait-buildup')).toHaveLength(1);
});

test('a filter finds what a diagnosis shows and explains', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  const leak = analysis.diagnoses.find(({ id, service }) => id === 'leak' && service?.port === 8000)!;
  const view = filtered(analysis, parseFilter('diagnosis leak and server 198.51.100.20:8000'));
  expect([...view.connections()].map(({ id }) => id)).toEqual(expect.arrayContaining([...leak.connections]));
  expect(filtered(analysis, parseFilter('diagnosis none and cause leak')).connectionCount).toBe(0);
});
