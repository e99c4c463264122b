import { describe, expect, it } from 'vitest';

import type { Finding } from '../../src/findings/index.js';
import { grouped } from '../../src/findings/grouping.js';
import { finding } from '../report/analysis-fixture.js';

const service = (port: number): Finding['service'] => ({ address: '10.0.0.2', port });

describe('groups', () => {
  it('are equal findings of one service', () => {
    const findings = [
      finding({ flow: 3, stream: 3, start: 30, duration: 5, service: service(80) }),
      finding({ flow: 1, stream: 1, start: 10, duration: 7, service: service(80) }),
      finding({ flow: 2, stream: 2, start: 20, duration: 6, service: service(81) }),
      finding({ flow: 1, stream: 1, start: 15, duration: 1, service: service(80) }),
    ];
    expect(grouped(findings)).toEqual([
      {
        finding: 'half-closed', cause: 'leak', severity: 'error', service: service(80), flows: 2, first: 10, last: 30,
        streams: [3, 1], durations: { shortest: 1, median: 5, longest: 7 }, findings: [0, 1, 3],
      },
      {
        finding: 'half-closed', cause: 'leak', severity: 'error', service: service(81), flows: 1, first: 20, last: 20,
        streams: [2], durations: { shortest: 6, median: 6, longest: 6 }, findings: [2],
      },
    ]);
  });

  it('come worst first, then the most frequent, then the earliest', () => {
    const findings = [
      finding({ flow: 0, severity: 'info', cause: 'intentional', start: 1 }),
      ...[1, 2, 3].map((flow) => finding({ flow, severity: 'warning', cause: 'slow', start: 2 })),
      finding({ flow: 4, severity: 'error', cause: 'leak', start: 9 }),
      finding({ flow: 5, severity: 'error', cause: 'never-accepted', start: 8 }),
      ...[6, 7].map((flow) => finding({ flow, severity: 'error', cause: 'leak', service: service(9), start: 10 })),
    ];
    expect(grouped(findings).map(({ severity, cause, flows }) => [severity, cause, flows])).toEqual([
      ['error', 'leak', 2], ['error', 'never-accepted', 1], ['error', 'leak', 1], ['warning', 'slow', 3],
      ['info', 'intentional', 1],
    ]);
  });

  it('name twenty streams at most', () => {
    const [group] = grouped(Array.from({ length: 500 }, (_, flow) => finding({ flow, stream: flow })));
    expect([group!.flows, group!.streams.length, group!.findings.length]).toEqual([500, 20, 500]);
  });

  it('of nothing are none', () => {
    expect(grouped([])).toEqual([]);
  });
});
