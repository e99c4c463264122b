import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';

import { type TwoTaps, between, offsetAt } from '../../src/between/between.js';
import { MILLISECOND, SECOND } from '../../src/base/time.js';

/*
 * captures/between/NAME.client.pcapng and NAME.server.pcapng are one recording at both hosts. NAME.md says what was
 * done, NAME.taps.json what must be told, in that order and nothing else, and how wrong the clocks were. A new
 * recording needs no line of code here.
 */
interface Golden {
  /** Milliseconds, and microseconds a second, of the server's clock against the client's. */
  readonly clocks: { readonly offset: number; readonly drift: number };
  /** Of the client's tap. */
  readonly connections: number;
  readonly facts: readonly {
    readonly fact: string;
    readonly severity: string;
    readonly confidence: string;
    readonly role: string;
    readonly service: number;
    readonly connections: number;
  }[];
  /** Whose each RST is, and why, with the number of them. */
  readonly resets: readonly {
    readonly role: string;
    readonly sender: string | null;
    readonly cause: string;
    readonly confidence: string;
    readonly count: number;
  }[];
  /** `refuted linger-reset (abort) server` */
  readonly findings: readonly string[];
}

const folder = 'captures/between';
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.client.pcapng'))
  .map((file) => file.replace('.client.pcapng', ''));

it('there are recordings', () => {
  expect(names.length).toBeGreaterThan(5);
});

describe.each(names)('%s', (name) => {
  let taps: TwoTaps;
  let golden: Golden;
  beforeAll(async () => {
    golden = JSON.parse(readFileSync(`${folder}/${name}.taps.json`, 'utf8'));
    taps = await between([`${folder}/${name}.client.pcapng`], [`${folder}/${name}.server.pcapng`]);
  });

  it('says what was done', () => {
    expect(readFileSync(`${folder}/${name}.md`, 'utf8')).toMatch(/must be found/i);
    expect(existsSync(`record/scenarios/between-${name}.mjs`)).toBe(true);
  });

  it('finds every connection at both taps', () => {
    expect([taps.pairs.length, taps.unpaired]).toEqual([golden.connections, []]);
  });

  it('tells what both ends show, and nothing else', () => {
    const facts = counted(
      taps.pairs.flatMap(({ facts: all, mapping }) =>
        all.map(({ id, severity, confidence, role }) => ({
          fact: id,
          severity,
          confidence,
          role,
          service: mapping.atClient.server.port,
        })),
      ),
    );
    expect(facts).toEqual(golden.facts.map(({ connections, ...rest }) => ({ ...rest, count: connections })));
  });

  it('tells whose each RST is, and why', () => {
    expect(
      counted(
        taps.pairs.flatMap(({ resets }) =>
          resets.map(({ role, sender, cause, causeConfidence }) => ({
            role,
            sender,
            cause,
            confidence: causeConfidence,
          })),
        ),
      ),
    ).toEqual(golden.resets);
  });

  it('judges what each capture says alone', () => {
    expect(
      taps.pairs.flatMap(({ findings }) =>
        findings.map(
          ({ outcome, finding, taps: seen }) =>
            `${outcome} ${finding.id}${finding.cause === null ? '' : ` (${finding.cause})`} ${seen.join(' and ')}`,
        ),
      ),
    ).toEqual(golden.findings);
  });

  it('knows the clocks as well as it says', () => {
    const { pieces } = taps.clocks;
    const { offset, drift } = golden.clocks;
    expect(pieces).toHaveLength(1);
    const [{ from, within, drift: told, driftWithin }] = pieces as [TwoTaps['clocks']['pieces'][0]];
    // The recorder's clocks are that wrong at the first packet of each tap.
    const truth = offset * MILLISECOND + drift * 1e-6 * (from - taps.client.capture.first!);
    const unknown = driftWithin === null ? Math.abs(drift) * 1e-6 * ((taps.client.capture.last ?? 0) - from) : 0;
    expect(Math.abs(offsetAt(taps.clocks, from) - truth)).toBeLessThanOrEqual(within! + unknown + 0.1 * MILLISECOND);
    expect(within!).toBeLessThan(0.02 * SECOND);
    expect(Math.abs(told * 1e6 - drift)).toBeLessThanOrEqual(driftWithin === null ? Infinity : driftWithin * 1e6);
  });
});

it('every golden file has its recording', () => {
  const golden = readdirSync(folder)
    .filter((file) => file.endsWith('.taps.json'))
    .map((file) => file.replace('.taps.json', ''));
  expect(golden.toSorted()).toEqual(names.toSorted());
});

/** Equal ones once, with their number, in order of the first. */
function counted<T extends object>(items: readonly T[]): (T & { count: number })[] {
  const found = new Map<string, T & { count: number }>();
  for (const item of items) {
    const key = JSON.stringify(item);
    const known = found.get(key);
    if (known === undefined) found.set(key, { ...item, count: 1 });
    else known.count += 1;
  }
  return [...found.values()];
}
