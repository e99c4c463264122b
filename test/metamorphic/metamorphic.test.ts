import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, Finding } from '../../src/analysis/model.js';
import { MILLISECOND, SECOND } from '../../src/base/time.js';
import { scratch } from '../capture/read.js';
import {
  copied, cut, gapped, jittery, load, lossy, oneDirection, repeated, skewed, toFile,
} from './transform.js';
import type { Recording } from './transform.js';

// What a capture is made to lack, or to have in another order, changes nothing of what happened: a bound on what may be
// told of it.

const CAPTURES = join(import.meta.dirname, '../../captures');
const HOUR = 3600 * SECOND;

/** Recordings of which nothing of warning or above is told. */
const HEALTHY = [
  'busy-healthy-server', 'clean-close-by-client', 'clean-close-by-server', 'intentional-half-close',
  'simultaneous-close', 'three-packet-close',
];

const seeds = [1, 2, 3];
const files = scratch();
let written = 0;

async function told(recording: Recording): Promise<Analysis> {
  written += 1;
  return analyze([files.write(`${written}.pcap`, toFile(recording))]);
}

/** A healthy service for minutes: 2,000 connections. */
const minutes = load(join(CAPTURES, 'busy-healthy-server.pcapng')).then((recording) =>
  repeated(recording, 10, 20 * SECOND),
);

const grave = (analysis: Analysis, severities: readonly string[]): string[] => [
  ...analysis.findings
    .filter(({ severity }) => severities.includes(severity))
    .map(({ severity, id, cause, filter }) => `${severity} ${id} ${cause} (${filter})`),
  ...analysis.diagnoses
    .filter(({ severity }) => severities.includes(severity))
    .map(({ severity, id }) => `${severity} ${id}`),
];
const errors = (analysis: Analysis): string[] => grave(analysis, ['error']);
const alarms = (analysis: Analysis): string[] => grave(analysis, ['error', 'warning']);
const warningShare = (analysis: Analysis): number =>
  new Set(analysis.findings.filter(({ severity }) => severity === 'warning').map(({ flow }) => flow)).size /
  analysis.connectionCount;

/** Of which endpoints, and what. */
const certainOf = ({ id, cause, endpoint, service }: Finding): string =>
  `${id} ${cause} ${endpoint.address}:${endpoint.port} ${service.address}:${service.port}`;

describe('a healthy service for minutes', () => {
  test.each([0.01, 0.05, 0.2])(
    'of whose packets the capture lost %d: no error, warnings of fewer than one connection in 200',
    async (share) => {
    for (const seed of seeds) {
      const analysis = await told(lossy(await minutes, share, seed));
      expect(errors(analysis), `seed ${seed}`).toEqual([]);
      expect(warningShare(analysis), `seed ${seed}`).toBeLessThan(0.005);
      expect(analysis.capture.loss!.share, `seed ${seed}`).toBeGreaterThan(share / 3);
      expect(analysis.capture.loss!.share, `seed ${seed}`).toBeLessThan(share * 2);
    }
  },
  );

  test.each([MILLISECOND, 50 * MILLISECOND])(
    'whose packets are seen late by up to %d ns: no error, hardly a warning, as many connections',
    async (most) => {
    for (const seed of seeds) {
      const analysis = await told(jittery(await minutes, most, seed));
      expect(errors(analysis), `seed ${seed}`).toEqual([]);
      expect(warningShare(analysis), `seed ${seed}`).toBeLessThan(0.005);
      expect(analysis.connectionCount, `seed ${seed}`).toBe(2000);
    }
  },
  );

  test('of which a fifth was captured twice', async () => {
    for (const seed of seeds) expect(alarms(await told(copied(await minutes, 0.2, seed))), `seed ${seed}`).toEqual([]);
  });

  test.each([5 * MILLISECOND, -5 * MILLISECOND])(
    'one direction of which has a clock that is %d ns behind',
    async (by) => {
    const analysis = await told(skewed(await minutes, by));
    expect(alarms(analysis)).toEqual([]);
    expect(analysis.connectionCount).toBe(2000);
  },
  );

  test.each([true, false])('of which one direction alone was captured (to the lower port: %s)', async (toLowerPort) => {
    const analysis = await told(oneDirection(await minutes, toLowerPort));
    expect(alarms(analysis)).toEqual([]);
    expect(analysis.connectionCount).toBe(2000);
  });

  test('cut at the front and at the back, anywhere', async () => {
    for (const share of [0.13, 0.37, 0.5, 0.71]) {
      expect(alarms(await told(cut(await minutes, share, 1))), `front ${share}`).toEqual([]);
      expect(alarms(await told(cut(await minutes, 0, share))), `back ${share}`).toEqual([]);
    }
  });

  test('with a gap of hours, anywhere', async () => {
    for (const from of [0.005, 0.011, 0.3, 0.503]) {
      const analysis = await told(gapped(await minutes, from, from + 0.2, 4 * HOUR));
      expect(alarms(analysis), `from ${from}`).toEqual([]);
      expect(analysis.capture.gaps).toHaveLength(1);
    }
  });
});

const mangled: readonly (readonly [string, (recording: Recording, seed: number) => Recording])[] = [
  ['jitter of 1 ms', (recording, seed) => jittery(recording, MILLISECOND, seed)],
  ['jitter of 50 ms', (recording, seed) => jittery(recording, 50 * MILLISECOND, seed)],
  ['copies of a fifth', (recording, seed) => copied(recording, 0.2, seed)],
  ['skew of 5 ms', (recording, seed) => skewed(recording, (seed % 2 === 0 ? -5 : 5) * MILLISECOND)],
];

describe.each(mangled)('%s', (_, mangle) => {
  test.each(HEALTHY)('of %s raises no error', async (name) => {
    const recording = await load(join(CAPTURES, `${name}.pcapng`));
    for (const seed of seeds) expect(errors(await told(mangle(recording, seed))), `seed ${seed}`).toEqual([]);
  });

  test.each(readdirSync(CAPTURES).filter((name) => name.endsWith('.pcapng')))(
    'of %s makes nothing certain that was not',
    async (name) => {
    const recording = await load(join(CAPTURES, name));
    const clean = new Set((await analyze([join(CAPTURES, name)])).findings.map(certainOf));
    for (const seed of seeds.slice(0, 2)) {
      const { findings } = await told(mangle(recording, seed));
      expect(
        findings
          .filter(({ confidence }) => confidence === 'certain')
          .map(certainOf)
          .filter((said) => !clean.has(said)),
        `seed ${seed}`,
      ).toEqual([]);
    }
  },
  );
});

test.each(HEALTHY)('%s, a part of which was lost, raises no error', async (name) => {
  const recording = await load(join(CAPTURES, `${name}.pcapng`));
  for (const share of [0.01, 0.05, 0.2])
    for (const seed of seeds)
      expect(errors(await told(lossy(recording, share, seed))), `${share}, seed ${seed}`).toEqual([]);
});

/** Stories of each kind at each service. */
function storiesOf({ diagnoses }: Analysis): Map<string, number> {
  const stories = new Map<string, number>();
  for (const { id, service } of diagnoses) {
    const key = `${id} ${service === null ? '' : `${service.address}:${service.port}`}`;
    stories.set(key, (stories.get(key) ?? 0) + 1);
  }
  return stories;
}

describe('the same of eight clients, a quarter of a second apart', () => {
  test.each(readdirSync(CAPTURES).filter((name) => name.endsWith('.pcapng')))(
    'of %s is told as often as of one',
    async (name) => {
    const recording = await load(join(CAPTURES, name));
    const one = storiesOf(await analyze([join(CAPTURES, name)]));
    const many = storiesOf(await told(repeated(recording, 8, SECOND / 4)));
    const more = [...many].filter(([story, count]) => count > Math.max(1, one.get(story) ?? 0));
    expect(more).toEqual([]);
  },
  );
});
