import { describe, expect, test } from 'vitest';

import { ageName, overview, resetName, reuseName } from '../../src/overview/overview.js';
import { REUSE_OUTCOMES } from '../../src/overview/reuse.js';
import { analysis, at, connection, reset, server } from '../report/analysis-fixture.js';
import { recording, recordings } from './recordings.js';

describe.each(recordings)('%s', (name) => {
  test('all stretches together are what the plots count', async () => {
    const { ages, services, reuse, course } = overview(await recording(name), { stretches: 7 });
    const total = (name: string): number =>
      [...(course!.counts.get(name) ?? [])].reduce((sum, number) => sum + number, 0);
    for (const bucket of ages.buckets)
      for (const end of ['closed', 'killed', 'lasting'] as const) expect(total(ageName(bucket, end))).toBe(bucket[end]);
    for (const { service, resets } of services)
      for (const { cause, flows } of resets.causes) expect(total(resetName(service, cause))).toBe(flows);
    for (const bucket of reuse.buckets)
      for (const outcome of REUSE_OUTCOMES) expect(total(reuseName(bucket, outcome))).toBe(bucket[outcome]);
  });
});

test('each is counted when it began, and what comes twice once', () => {
  const resets = [reset({ time: at(25) }), reset({ time: at(75) }), reset({ time: at(75), cause: 'echo' })];
  const { course } = overview(
    analysis({ connections: [connection({ resets })], capture: { first: at(0), last: at(100) } }),
    { stretches: 4 },
  );
  expect([...course!.counts.get(resetName(server, 'abort'))!]).toEqual([0, 1, 0, 0]);
  expect([course!.from, course!.lasting, course!.counts.has(resetName(server, 'echo'))]).toEqual([
    at(0),
    at(100),
    false,
  ]);
});

test('a capture of a moment, or of nothing, has its one stretch', () => {
  const moment = overview(
    analysis({ connections: [connection({ resets: [reset()] })], capture: { first: at(1), last: at(1) } }),
    { stretches: 3 },
  );
  expect([...moment.course!.counts.get(resetName(server, 'abort'))!]).toEqual([1, 0, 0]);
  expect(overview(analysis({ capture: { first: null, last: null } }), { stretches: 3 }).course!.counts.size).toBe(0);
});

test('nobody pays for it who does not ask', () => {
  expect(overview(analysis({ connections: [connection()] })).course).toBeUndefined();
});
