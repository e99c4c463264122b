import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { filtered, parseFilter } from '../../src/filter/filter.js';
import { diagnosisDetectors } from '../../src/diagnoses/index.js';
import { SOFTWARE_TABLE, settingOf, softwareOf } from '../../src/diagnoses/software.js';
import { kinds } from '../../src/findings/index.js';
import { render } from '../../src/report/render.js';
import { Conversations, inShort } from './conversations.js';

/** A server that closes idle connections, of which six are used again, among healthy ones. */
function idle(healthy: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < healthy; index++) {
    const start = index * 0.011;
    capture
      .begin({ client: 3 + (index % 5) })
      .open(start)
      .exchange(start + 0.003)
      .close(start + 0.02, 'client')
      .close(start + 0.021, 'server');
  }
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    const close = start + 4.018 + index * 0.001;
    capture
      .begin()
      .open(start)
      .exchange(start + 0.01)
      .close(close, 'server')
      .say(close + 2, 'client', 30)
      .reset(close + 2.001, 'server', { bare: true });
  }
  capture.until(300);
  return capture;
}

async function written(format: 'text' | 'ndjson'): Promise<string> {
  let text = '';
  for await (const piece of render(await idle(3).analyze(), format)) text += piece;
  return text;
}

describe('the same diagnoses', () => {
  test('whether connections without findings are kept or not', async () => {
    const capture = idle(400);
    const told = await capture.diagnoses();
    expect(told.map(inShort)).toEqual(['error idle-limit server 10.0.0.2']);
    expect(await capture.diagnoses({ findingsOnly: true })).toEqual(told);
  });

  test('and with few connections kept: of these, and of those that went', async () => {
    expect((await idle(400).diagnoses({ keepConnections: 50 })).map(inShort)).toEqual([
      'error idle-limit server 10.0.0.2',
    ]);
  });
});

test('a finding is explained by the diagnosis of its connection, and by no other', async () => {
  const analysis = await idle(3).analyze();
  const explained = analysis.findings.map((finding) => [finding.id, analysis.explanationOf(finding)?.id ?? null]);
  expect(explained.filter(([id]) => id === 'rst-after-push')).toEqual(
    Array.from({ length: 6 }, () => ['rst-after-push', 'idle-limit']),
  );
  const [{ connections, flows, streams, explains } = expect.unreachable()] = analysis.diagnoses;
  expect([connections.length, flows, streams.length, explains.includes('rst-after-push')]).toEqual([6, 6, 6, true]);
});

test('a filter leaves the diagnoses of the connections that pass', async () => {
  const analysis = await idle(3).analyze();
  expect(filtered(analysis, parseFilter('host 10.0.0.1')).diagnoses).toHaveLength(1);
  expect(filtered(analysis, parseFilter('host 10.0.0.4')).diagnoses).toEqual([]);
});

test('the text report begins with who, the number and what to change, and folds what is explained', async () => {
  const text = await written('text');
  const [first, second] = text.split('\n');
  expect(first).toBe(
    'error    10.0.0.2:80 closes connections that are idle for 4.00 s (6 of 6); 6 requests came later and',
  );
  expect(second).toBe('         were lost.');
  expect(text.split('\n').slice(0, 10).indexOf('')).toBeLessThan(10);
  expect(text).toContain('Explains: 6 rst-after-push (closed-peer) at 10.0.0.2:80');
  expect(text).not.toContain('severity  finding');
});

test('records say it, and which finding it explains', async () => {
  const records = (await written('ndjson'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; explainedBy?: string });
  expect(records[1]).toMatchObject({
    type: 'diagnosis', id: 'idle-limit', by: { role: 'server', address: '10.0.0.2' },
    numbers: { matching: 6, of: 6, lost: 6 },
  });
  expect(
    records.filter(({ type, explainedBy }) => type === 'finding' && explainedBy === 'idle-limit').length,
  ).toBeGreaterThanOrEqual(6);
});

describe('every diagnosis is complete', () => {
  /** Findings that nobody looks for yet. */
  const later = ['slow-connect', 'incomplete-handshake', 'unanswered', 'one-way', 'unexpected-reset'];
  const ids = diagnosisDetectors.map(({ id }) => id);
  const schema = JSON.parse(readFileSync('schema/record-1.schema.json', 'utf8')) as {
    $defs: { diagnosisId: { enum: string[] } };
  };
  const pages = readdirSync('docs/diagnoses')
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .map((file) => file.replace('.md', ''));
  const named = readdirSync('src/diagnoses')
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /export const \w+: DiagnosisDetector\b/.test(readFileSync(`src/diagnoses/${file}`, 'utf8')))
    .map((file) => file.replace('.ts', ''));

  test('a file, a page and a word of the schema for each, and none besides', () => {
    expect(named.toSorted()).toEqual(ids.toSorted());
    expect(pages.toSorted()).toEqual(ids.toSorted());
    expect(schema.$defs.diagnosisId.enum.toSorted()).toEqual(ids.toSorted());
  });

  test.each(diagnosisDetectors)(
    '$id has a test, a title, and explains findings that there are',
    ({ id, title, explains }) => {
    expect(existsSync(`test/diagnoses/${id}.test.ts`)).toBe(true);
    expect(title).toMatch(/^[A-Z]/);
    const known: readonly string[] = kinds.map((kind) => kind.id);
    expect(Object.keys(explains).filter((finding) => !known.includes(finding) && !later.includes(finding))).toEqual([]);
    for (const [finding, causes] of Object.entries(explains)) {
      const severities = kinds.find((kind) => kind.id === finding)?.severities ?? null;
      expect(causes.filter((cause) => severities !== null && !Object.hasOwn(severities, cause))).toEqual([]);
    }
  },
  );

  test('the page of each begins with its title', () => {
    for (const { id, title } of diagnosisDetectors)
      expect(readFileSync(`docs/diagnoses/${id}.md`, 'utf8')).toMatch(new RegExp(`^# ${title}\\n`));
  });
});

describe('software', () => {
  test('each line names its documentation, and a setting in code or a program of its own', () => {
    for (const { source, settings } of SOFTWARE_TABLE) {
      expect(source).toMatch(/\w+\.\w+\/|\(\d\)|\.(com|org|io|html|dev)|nodejs|docs/);
      expect(Object.keys(settings).length).toBeGreaterThan(0);
    }
  });

  test('no two have a port or a protocol in common: which is found first does not matter', () => {
    const all = SOFTWARE_TABLE.flatMap(({ ports = [], kinds = [] }) => [...ports, ...kinds]);
    expect(all.filter((one, place) => all.indexOf(one) !== place)).toEqual([]);
  });

  test('a port alone is a hint, and none where something else is spoken', () => {
    expect(settingOf('idle', softwareOf([], 6379))).toBe('if this is redis: `timeout` (off by default)');
    expect(softwareOf([], 4242)).toBeNull();
  });
});
