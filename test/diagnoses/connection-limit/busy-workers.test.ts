import { expect, test } from 'vitest';

import { Conversations, inShort } from '../conversations.js';

interface Load {
  readonly workers: number;
  readonly requests: number;
  /** Seconds between two requests, that one takes, and for which a client waits. */
  readonly gap: number;
  readonly takes: (index: number) => number;
  readonly patience?: number;
}

/** One request a connection to a service of so many workers, which take them in the order in which they come. */
function served({ workers, requests, gap, takes, patience = Infinity }: Load): Conversations {
  const capture = new Conversations();
  const free = Array.from({ length: workers }, () => 0);
  for (let index = 0; index < requests; index++) {
    const at = index * gap;
    const begin = Math.max(Math.min(...free), at + 0.003);
    const end = begin + takes(index);
    free[free.indexOf(Math.min(...free))] = end;
    const session = capture.begin({ port: 9000 }).open(at).say(at + 0.0025, 'client', 300)
      .acknowledge(at + 0.003, 'server');
    if (end - at > patience)
      session.close(at + patience, 'client').say(end, 'server', 400).reset(end + 0.001, 'client', { bare: true });
    else session.say(end, 'server', 400).close(end + 0.0005, 'server').close(end + 0.003, 'client');
  }
  capture.until(60);
  return capture;
}

const varied = (seconds: number) => (index: number): number => seconds * (0.9 + (0.2 * ((index * 37) % 11)) / 11);

test('five workers that take 50 ms each, and twice as many requests: those wait in order', async () => {
  const [told, ...others] = await served({ workers: 5, requests: 300, gap: 0.005, takes: varied(0.05) }).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning connection-limit server 10.0.0.2']);
  expect(told!.numbers).toMatchObject({ limit: 5, matching: 105, of: 300, gaveUp: 0 });
  expect(told!.numbers['rate']).toBeCloseTo(101, 0);
  expect(told!.message).toContain('is busy: it answers 101 requests a second in the order in which they come, some 5');
});

test('so do requests that take longer, and a burst', async () => {
  for (const load of [
    { workers: 5, requests: 80, gap: 0.04, takes: varied(0.4) },
    { workers: 4, requests: 60, gap: 0.0002, takes: varied(0.1) },
  ]) {
    const [told, ...others] = await served(load).diagnoses();
    expect([inShort(told!), ...others]).toEqual(['warning connection-limit server 10.0.0.2']);
    expect(told!.numbers['limit']).toBe(load.workers);
  }
});

test('clients that lose patience meanwhile are no story of their own', async () => {
  const capture = served({ workers: 5, requests: 300, gap: 0.005, takes: varied(0.05), patience: 1 });
  const { diagnoses, findings } = await capture.analyze();
  expect(diagnoses.map(inShort)).toEqual(['error connection-limit server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ limit: 5, gaveUp: 105 });
  expect(findings.some(({ severity, id }) => severity !== 'info' && id !== 'unanswered-request')).toBe(false);
});

test('workers that have time left, and requests of which some take long, are none', async () => {
  for (const load of [
    { workers: 5, requests: 200, gap: 0.02, takes: varied(0.05) },
    { workers: 50, requests: 200, gap: 0.02, takes: (index: number) => (index % 5 === 0 ? 2 : 0.02) },
    { workers: 500, requests: 100, gap: 0.02, takes: varied(1.5) },
  ])
    expect((await served(load).diagnoses()).map(({ id }) => id)).not.toContain('connection-limit');
});
