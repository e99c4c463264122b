import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { detectors } from '../../src/findings/index.js';
import { SEVERITIES, type Finding } from '../../src/findings/finding.js';
import { FindingIndex } from '../../src/findings/finding-index.js';

describe('a finding', () => {
  it('has all that a reader needs', async () => {
    const { findings } = await analyze(['captures/time-wait-collision.pcapng']);
    const { message, advice, evidence, frames, start, duration, ...rest } = findings.find(({ id }) => id === 'time-wait-reuse')!;
    expect(rest).toEqual({
      id: 'time-wait-reuse', cause: 'collision', severity: 'error', confidence: 'certain', alternatives: [], flow: 1, stream: 1,
      endpoint: { address: '192.0.2.10', port: 61_000 }, role: 'client', end: start + duration,
      filter: 'tcp.stream eq 1 or tcp.stream eq 2', service: { address: '198.51.100.20', port: 9000 },
    });
    expect(frames).toEqual([...new Set(frames)].toSorted((a, b) => a - b));
    expect(message).toMatch(/^The SYN \(frame \d+\) fell into TIME-WAIT/);
    expect(advice.length).toBeGreaterThan(0);
    expect(evidence['holder']).toBe('server');
  });

  it('that still lasts has no end, and the age that it has when the capture ends', async () => {
    const { findings, capture } = await analyze(['captures/forgotten-close.pcapng']);
    expect(findings.map(({ end }) => end)).toEqual(Array.from({ length: 9 }, () => null));
    for (const { start, duration } of findings) expect(start + duration).toBe(capture.last);
  });

  it('is found by its connection', async () => {
    const analysis = await analyze(['captures/showcase.pcapng']);
    const byConnection = [...analysis.connections()].flatMap(({ id }) => analysis.findingsOf(id));
    expect(new Set(byConnection)).toEqual(new Set(analysis.findings));
    for (const { id } of analysis.connections()) for (const { flow } of analysis.findingsOf(id)) expect(flow).toBe(id);
  });
});

const finding = (flow: number, start: number): Finding => ({ flow, start }) as Finding;
/** Of findings of these connections, told apart by their places. */
const of = (...flows: readonly number[]): FindingIndex => new FindingIndex(flows.map(finding));
/** Places of the findings of a connection. */
const placesOf = (index: FindingIndex, ...flows: readonly number[]): number[][] => flows.map((flow) => index.of(flow).map(({ start }) => start));

describe('the index of findings', () => {
  it('a connection has its findings in their order, and others have none', () => {
    const index = of(2, 2, 5, 9, 9, 9);
    expect(placesOf(index, 0, 2, 3, 5, 9, 10)).toEqual([[], [0, 1], [], [2], [3, 4, 5], []]);
    expect([0, 2, 3, 5, 9, 10].map((flow) => index.has(flow))).toEqual([false, true, false, true, true, false]);
  });

  it('what is found later comes behind, of whichever connection', () => {
    const index = of(2, 5);
    index.add(finding(5, 2));
    index.add(finding(0, 3));
    index.add(finding(5, 4));
    expect(placesOf(index, 0, 2, 5)).toEqual([[3], [0], [1, 2, 4]]);
    expect([0, 1, 2, 5].map((flow) => index.has(flow))).toEqual([true, false, true, true]);
  });

  it('of no findings there are none', () => {
    expect([of().of(0), of().has(0)]).toEqual([[], false]);
  });
});

describe.each(detectors.map((detector) => [detector.id, detector] as const))('%s', (_, detector) => {
  it('knows the severity of each of its causes, and what to do about it', () => {
    const causes = Object.keys(detector.severities);
    expect(causes.length).toBeGreaterThan(0);
    for (const cause of causes) {
      expect(SEVERITIES).toContain(detector.severities[cause]);
      expect(detector.advice[cause]?.length ?? 0).toBeGreaterThan(0);
    }
    expect(Object.keys(detector.advice).toSorted()).toEqual(causes.toSorted());
  });
});
