import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a generated flood is of attempts that nobody answers, each from another address', async () => {
  const path = join(folder, 'flood.pcap');
  execFileSync(process.execPath, ['bench/flood.mjs', path, '--attempts', '20k']);
  const analysis = await analyze([path]);
  const { capture, connectionCount, endings } = analysis;
  const addresses = new Set(Array.from(analysis.connections(), ({ client }) => client.address));
  // It lasts a fifth of a second: each attempt alone might be answered yet.
  expect([capture.packets, connectionCount, Object.fromEntries(endings), addresses.size]).toEqual([
    20_000, 20_000, { open: 20_000 }, 20_000,
  ]);
  expect(analysis.groups.map(({ finding, severity, flows }) => [finding, severity, flows])).toEqual([
    ['unanswered', 'info', 20_000],
  ]);
  expect([analysis.well, analysis.verdicts.get('found')]).toEqual([0, 20_000]);
});
