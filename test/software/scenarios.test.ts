import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const load = async (file: string) => import(new URL(file, import.meta.url).href);
const { SCENARIOS } = await load('scenarios/index.mjs');
const { NAMES } = await load('needs.mjs');
const { parseOptions } = await load('options.mjs');
const { page, table } = await load('page.mjs');

interface Scenario {
  name: string;
  story: string;
  healthy: boolean;
  quick?: boolean;
  tap?: string;
  needs: string[];
  truth?: {
    says: string;
    diagnosis?: string | string[];
    by?: string | string[];
    seconds?: number | number[];
    findings?: string[];
  };
}
const scenarios = SCENARIOS as Scenario[];
const HOSTS = ['client', 'server', 'backend', 'router'];

describe('the scenarios of test:software', () => {
  test('have names of their own', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });

  test('stand in the README as they are', () => {
    expect(readFileSync(new URL('README.md', import.meta.url), 'utf8')).toContain(`\n${table(scenarios)}\n`);
  });

  test('are named, the faulty ones, with what is told of them, where diagnoses are described', () => {
    const page = readFileSync(new URL('../../docs/diagnoses/README.md', import.meta.url), 'utf8');
    const storied = scenarios.filter(({ healthy, truth }) => !healthy && truth?.diagnosis !== undefined);
    expect(storied.filter(({ name }) => !page.includes(`| **${name}**: `)).map(({ name }) => name)).toEqual([]);
  });

  test('are many, of both kinds', () => {
    expect(scenarios.filter(({ healthy }) => healthy).length).toBeGreaterThanOrEqual(40);
    expect(scenarios.filter(({ healthy }) => !healthy).length).toBeGreaterThanOrEqual(90);
  });

  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s says what it is, needs and expects',
    (_name, scenario) => {
      const { story, needs, tap = 'server', healthy, truth } = scenario;
      expect(story.length).toBeGreaterThan(40);
      expect(NAMES).toEqual(expect.arrayContaining(needs));
      expect(HOSTS).toContain(tap);
      expect(truth?.says.length ?? 40).toBeGreaterThanOrEqual(40);
      expect((truth?.findings ?? []).length > 0).toBe(!healthy);
      if (truth === undefined) return;
      expect(HOSTS).toEqual(expect.arrayContaining([truth.by ?? []].flat()));
    },
  );

  test('are in .ci/run only with what it installs, beside node, curl, openssl and python3', () => {
    const run = readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8');
    const quick = scenarios.filter((scenario) => scenario.quick === true);
    expect(quick.length).toBeGreaterThan(10);
    const needed = new Set(quick.flatMap(({ needs }) => needs));
    for (const name of ['node', 'python3', 'curl', 'openssl', 'nft', 'redis-cli']) needed.delete(name);
    expect([...needed].filter((name) => !new RegExp(`for tool in .*\\b${name}\\b`).test(run))).toEqual([]);
  });
});

describe('its options', () => {
  const known = ['one', 'two'];

  test('without any, all scenarios, four at once', () => {
    expect(parseOptions([], known)).toEqual({
      quick: false,
      list: false,
      jobs: 4,
      keep: undefined,
      judge: undefined,
      names: [],
    });
  });

  test.each([
    [['--jobs', '0'], '--jobs 0: a whole number from 1 to 16'],
    [['one', 'three'], 'no scenario is called three'],
  ])('%j is refused in words', (words, message) => {
    expect(() => parseOptions(words, known)).toThrow(message);
  });
});

const reset = (port: number) => ({
  t: 1,
  local: '10.1.2.2|80',
  remote: `10.1.1.2|${port}`,
  state: 'TIME_WAIT',
  reason: 'TCP_TIMEWAIT_SOCKET',
});

test('the page of a recording tells what was done, what the kernel said and what must be told', () => {
  const addresses = { client: ['10.1.1.2'], server: ['10.1.2.2'], backend: ['10.1.3.2'], router: ['10.1.1.1'] };
  const truth = {
    says: 'It closes after 6 s.',
    diagnosis: 'idle-limit',
    by: 'server',
    seconds: 6,
    findings: ['rst-after-push'],
  };
  const text = page({
    name: 'idle',
    story: 'A server that idles.',
    healthy: false,
    tap: 'server',
    truth,
    addresses,
    resets: [reset(40_000), reset(40_001)],
    log: ['0.00  & server'],
  });
  expect(text).toContain('# idle\n\nfaulty; tap server; client=10.1.1.2 server=10.1.2.2 backend=10.1.3.2');
  expect(text).toContain('2 x RST 10.1.2.2:80 > 10.1.1.2:* state TIME_WAIT reason TCP_TIMEWAIT_SOCKET');
  expect(text).toContain(
    'It closes after 6 s.\nDiagnosis: idle-limit.\nWhose doing: server (10.1.2.2).\nSeconds: 6.\nFindings, one of: ' +
      'rst-after-push.',
  );
});
