import { describe, expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/model.js';
import { overview } from '../../src/overview/overview.js';
import { analysis, at, connection, stateEntry } from '../report/analysis-fixture.js';
import { recording, recordings } from './recordings.js';

describe.each(recordings)('%s', (name) => {
  test('no connection is lost or counted twice', async () => {
    const of = await recording(name);
    const { endings, services, ages } = overview(of);
    expect(sum(endings.map(({ flows }) => flows))).toBe(of.connectionCount);
    expect(sum(services.map(({ flows }) => flows))).toBe(of.connectionCount);
    for (const { flows, clean, noted, unknown, errors, warnings } of services)
      expect(clean + noted + unknown + errors + warnings).toBe(flows);
    const faulty = new Set(of.findings.filter(({ severity }) => severity !== 'info').map(({ flow }) => flow));
    expect(sum(services.map(({ errors, warnings }) => errors + warnings))).toBe(faulty.size);
    expect(ages.brief + sum(ages.buckets.map(({ total }) => total))).toBe(ages.total);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** 400,000 connections to a thousand services, four a millisecond, made one by one as the real analysis does. */
function many(): Analysis {
  const count = 400_000;
  const empty = analysis({ capture: { first: 0, last: at(160) } });
  return {
    ...empty,
    connectionCount: count,
    *connections() {
      for (let id = 0; id < count; id++) {
        const start = id / 4000;
        yield connection({
          id, start: at(start), server: { address: '10.0.0.1', port: id % 1000 },
          previous: id < 1000 ? null : id - 1000,
          states: {
            client: [
              stateEntry('SYN-SENT', start, 1), stateEntry('ESTABLISHED', start + 0.01, 2),
              stateEntry('FIN-WAIT-1', start + 1, 3), stateEntry('TIME-WAIT', start + 2, 4),
            ],
            server: [
              stateEntry('SYN-RECEIVED', start, 1), stateEntry('ESTABLISHED', start + 0.01, 2),
              stateEntry('CLOSE-WAIT', start + 1, 3), stateEntry('CLOSED', start + 2, 4),
            ],
          },
        });
      }
    },
  };
}

test('400,000 connections are counted in one sweep: a second or two, ten on the busiest machine', () => {
  const began = performance.now();
  const { services, populations, endings } = overview(many());
  const took = performance.now() - began;
  expect(endings).toEqual([{ ending: 'closed', flows: 400_000 }]);
  expect(services).toHaveLength(1000);
  expect(populations.states['TIME-WAIT'].at(-1)).toBe(400_000);
  expect(took).toBeLessThan(10_000);
});
