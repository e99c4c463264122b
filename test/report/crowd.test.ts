import { expect, test } from 'vitest';

import { reports } from '../../src/report/index.js';
import { usualChoices } from '../../src/report/choices.js';
import type { Analysis } from '../../src/analysis/model.js';
import { analysis, connection, finding } from './analysis-fixture.js';

const formats: string = '../../fuzz/formats.mjs';
const { check } = (await import(formats)) as {
  check: (analysis: Analysis, format: string, choice: { pick: <T>(list: readonly T[]) => T }) => Promise<void>;
};

/** What a scan of ports leaves: a connection and a finding for each. */
const scan = analysis({
  connections: Array.from({ length: 20_000 }, (_, id) =>
    connection({ id, stream: id, server: { address: '10.0.0.1', port: id + 1 }, ending: 'refused' }),
  ),
  findings: Array.from({ length: 20_000 }, (_, flow) =>
    finding({
      flow, id: 'refused', cause: null, severity: 'warning', service: { address: '10.0.0.1', port: flow + 1 },
    }),
  ),
});

async function told(format: 'text' | 'markdown' | 'junit' | 'openmetrics'): Promise<string> {
  const report = await reports[format]();
  return [...report(scan, { color: false, width: 100 }, { ...usualChoices, failOn: 'warning' })].join('');
}

test.each(['text', 'markdown', 'junit', 'openmetrics'] as const)(
  '%s of a scan has less than 100 kB',
  async (format) => {
  expect((await told(format)).length).toBeLessThan(100_000);
  await check(scan, format, { pick: <T>([first]: readonly T[]) => first! });
},
);

test('the services that are told together are counted', async () => {
  const counts = [...(await told('openmetrics')).matchAll(/^lastack_findings\{.*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  expect([counts.length, counts.reduce((sum, count) => sum + count, 0)]).toEqual([41, 20_000]);
  const junit = await told('junit');
  expect(junit).toContain('message="19,960 connections at 19,960 services"');
  expect(Number(/failures="(\d+)"/.exec(junit)?.[1])).toBe(junit.match(/<failure /g)!.length);
});
