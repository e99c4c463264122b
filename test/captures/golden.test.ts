import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';

/*
 * Each recording NAME.pcapng has a NAME.md, which says what was done with real sockets, and a NAME.findings.json, which
 * says what must be found: one object a line for each (finding, cause, severity, role, service port) with the number of
 * flows, in that order, and nothing else; and a NAME.diagnoses.json, which says so of diagnoses. A new recording needs
 * no line of code here.
 */
interface Golden {
  readonly finding: string;
  readonly cause: string | null;
  readonly severity: string;
  /** Whose doing it was. */
  readonly role: string;
  /** Port of the service. */
  readonly service: number;
  readonly flows: number;
}

/** A diagnosis: whose doing, at which port (null: several), and of how many connections. */
interface GoldenDiagnosis {
  readonly diagnosis: string;
  readonly severity: string;
  readonly confidence: string;
  readonly role: string;
  readonly service: number | null;
  readonly flows: number;
}

const names = readdirSync('captures')
  .filter((file) => /\.pcap(ng)?$/.test(file))
  .map((file) => file.replace(/\.\w+$/, ''));

it('there are recordings', () => {
  expect(names.length).toBeGreaterThan(20);
});

describe.each(names)('%s', (name) => {
  const golden = `captures/${name}.findings.json`;

  it('says what was done', () => {
    expect(readFileSync(`captures/${name}.md`, 'utf8')).toMatch(/must be found/i);
  });

  it('shows what it says, and nothing else', async () => {
    expect(existsSync(golden)).toBe(true);
    const expected: Golden[] = JSON.parse(readFileSync(golden, 'utf8'));
    expect(expected).toEqual(expected.toSorted(byWords));
    const analysis = await analyze([`captures/${name}.pcapng`]);
    expect(found(analysis)).toEqual(expected);
    const stories: GoldenDiagnosis[] = JSON.parse(readFileSync(`captures/${name}.diagnoses.json`, 'utf8'));
    expect(told(analysis)).toEqual(stories);
  });
});

it('every golden file has its recording', () => {
  const golden = readdirSync('captures')
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.(findings|diagnoses)\.json$/, ''));
  expect(golden.filter((name) => !names.includes(name))).toEqual([]);
});

function found(analysis: Analysis): Golden[] {
  const flows = new Map<string, Set<number>>();
  for (const { id, cause, severity, role, service, flow } of analysis.findings) {
    const key = JSON.stringify({ finding: id, cause, severity, role, service: service.port });
    flows.set(key, (flows.get(key) ?? new Set()).add(flow));
  }
  return [...flows].map(([key, members]) => ({ ...JSON.parse(key), flows: members.size })).toSorted(byWords);
}

function told({ diagnoses }: Analysis): GoldenDiagnosis[] {
  return diagnoses
    .map(({ id, severity, confidence, by, service, flows }) => ({
      diagnosis: id, severity, confidence, role: by.role, service: service?.port ?? null, flows,
    }))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ diagnosis, severity, confidence, role, service }: GoldenDiagnosis): string =>
  [diagnosis, severity, confidence, role, String(service).padStart(5, '0')].join(' ');

const words = ({ finding, cause, severity, role, service }: Golden): string =>
  [finding, cause ?? '', severity, role, String(service).padStart(5, '0')].join(' ');

function byWords(a: Golden, b: Golden): number {
  return words(a) < words(b) ? -1 : 1;
}
