import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis.js';
import { detectors } from '../../src/findings/index.js';
import { SEVERITIES } from '../../src/findings/finding.js';

describe('a finding', () => {
  it('has all that a reader needs', async () => {
    const { findings } = await analyze(['captures/time-wait-collision.pcapng']);
    const [{ message, advice, evidence, frames, start, duration, ...rest }] = findings as [typeof findings[0]];
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
    const byConnection = [...analysis.connections()].flatMap(({ id }) => analysis.findingsOf(id).map((index) => [id, index]));
    expect(byConnection.toSorted(([, a = 0], [, b = 0]) => a - b)).toEqual(analysis.findings.map(({ flow }, index) => [flow, index]));
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
