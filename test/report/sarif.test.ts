import { readFileSync } from 'node:fs';
import type { Log, Result, Run } from 'sarif';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/model.js';
import { analyze } from '../../src/analysis/analyze.js';
import { SEVERITIES } from '../../src/findings/finding.js';
import { diagnosisDetectors } from '../../src/diagnoses/index.js';
import { kinds } from '../../src/findings/index.js';
import { type Choices, usualChoices } from '../../src/report/choices.js';
import { sarif } from '../../src/report/sarif.js';
import { analysis, connection, finding } from './analysis-fixture.js';

const look = { color: false, width: 100 };

function run(of: Analysis, choices: Partial<Choices> = {}): Run {
  const log: Log = JSON.parse([...sarif(of, look, { ...usualChoices, ...choices })].join(''));
  expect([log.version, log.$schema, log.runs.length]).toEqual([
    '2.1.0', 'https://json.schemastore.org/sarif-2.1.0.json', 1,
  ]);
  return log.runs[0]!;
}

test('a result for each group, at its file, with samples', () => {
  const { results = [], tool } = run(
    analysis({
      connections: [connection(), connection({ id: 1 })],
      findings: [finding(), finding({ flow: 1, stream: 1, message: 'SO_LINGER {1, 0}.' })],
    }),
  );
  const location = {
    physicalLocation: { artifactLocation: { uri: 'trace.pcap' }, region: { startLine: 1 } },
    logicalLocations: [{ fullyQualifiedName: '10.77.2.2:10007', kind: 'resource' }],
  };
  expect(results).toEqual<Result[]>([
    {
      ruleId: 'half-closed/leak', ruleIndex: tool.driver.rules?.findIndex(({ id }) => id === 'half-closed/leak') ?? -1,
      level: 'error',
      message: {
        text:
          '2 connections to 10.77.2.2:10007: half-closed/leak. Stream 0, frames 40, 41: The server acknowledged the ' +
          'FIN of frame 40 and has not closed for 58.25 s.',
      },
      locations: [location],
      relatedLocations: [{ id: 1, ...location, message: { text: 'Stream 1, frames 40, 41: SO_LINGER {{1, 0}}.' } }],
      occurrenceCount: 2, partialFingerprints: { 'group/v1': 'half-closed/leak@10.77.2.2:10007' },
      properties: { streams: [0, 1], frames: [40, 41], filter: 'tcp.stream eq 0', confidence: 'likely', by: 'server' },
    },
  ]);
});

test('a rule for each finding and cause, with what to do', () => {
  const { driver } = run(analysis()).tool;
  const manifest: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect([driver.name, driver.semanticVersion]).toEqual(['lastack', manifest.version]);
  expect(driver.rules?.slice(0, 2 + diagnosisDetectors.length).map(({ id }) => id)).toEqual([
    'no-tcp', 'unknown', ...diagnosisDetectors.map(({ id }) => `diagnosis/${id}`),
  ]);
  expect(driver.rules?.slice(2 + diagnosisDetectors.length).map(({ id }) => id)).toEqual(
    kinds.flatMap(({ id, severities }) =>
      Object.keys(severities).map((cause) => (cause === '' ? id : `${id}/${cause}`)),
    ),
  );
  for (const rule of driver.rules ?? []) {
    expect(rule.help?.text).not.toBe('');
    expect(rule.help?.markdown?.endsWith('\n')).toBe(true);
    expect(rule.shortDescription?.text).not.toMatch(/(?<!\{)\{(?!\{)/);
  }
});

test('errors are errors, warnings are warnings, information is a note', () => {
  const findings = SEVERITIES.map((severity, flow) =>
    finding({ severity, flow, service: { address: '10.0.0.1', port: flow + 1 } }),
  );
  expect(run(analysis({ findings })).results?.map(({ level }) => level)).toEqual(['error', 'warning', 'note']);
});

test('against a baseline', () => {
  const findings = [finding(), finding({ cause: 'slow' })];
  const states = run(analysis({ findings }), { isNew: ({ cause }) => cause === 'slow' }).results?.map(
    ({ baselineState }) => baselineState,
  );
  expect(states).toEqual(['unchanged', 'new']);
});

/** Where the one result lies. */
const uri = (files: Analysis['capture']['files']): string | undefined =>
  run(analysis({ findings: [finding()], capture: { files } })).results?.[0]?.locations?.[0]?.physicalLocation
    ?.artifactLocation?.uri;

describe('where it was found', () => {
  const file = { format: 'pcap', compression: null, size: 1, spool: null } as const;

  test.each([
    ['a/b c#1?.pcap', 'a/b%20c%231%3F.pcap'], ['/tmp/ü.pcap', 'file:///tmp/%C3%BC.pcap'], ['-', 'stdin'],
    ['../x\u001B.pcap', '../x%1B.pcap'], ['\uD800.pcap', '%EF%BF%BD.pcap'],
  ])('%j', (path, expected) => {
    expect(uri([{ ...file, path, frames: { first: 1, last: 1_000, count: 1_000 } }])).toBe(expected);
  });

  test('of many files, the one that holds the first frame of the finding', () => {
    const [first, second] = [{ first: 1, last: 39, count: 39 }, { first: 40, last: 90, count: 51 }];
    expect(
      uri([
        { ...file, path: 'a.pcap', frames: first }, { ...file, path: 'b.pcap', frames: second },
        { ...file, path: 'empty.pcap', frames: null },
      ]),
    ).toBe('b.pcap');
  });
});

/**
 * What SARIF 2.1.0 and GitHub's code scanning demand of every result (there is no schema in a package; the types hold
 * the names).
 */
test.each(['captures/showcase.pcapng', 'test/vectors/refused.pcap', 'captures/clean-close-by-client.pcapng'])(
  '%s as code scanning wants it',
  async (path) => {
  const { tool, results = [] } = run(await analyze([path]));
  const rules = tool.driver.rules ?? [];
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  for (const { ruleId, ruleIndex = -1, message, locations, occurrenceCount, partialFingerprints } of results) {
    expect(rules[ruleIndex]?.id).toBe(ruleId);
    expect(message.text).not.toBe('');
    expect(locations?.[0]?.physicalLocation).toEqual({ artifactLocation: { uri: path }, region: { startLine: 1 } });
    expect(occurrenceCount).toBeGreaterThan(0);
    expect(Object.keys(partialFingerprints ?? {})).toEqual([
      ruleId?.startsWith('diagnosis/') ? 'diagnosis/v1' : 'group/v1',
    ]);
  }
  expect(new Set(results.map((result) => `${result.level} ${JSON.stringify(result.partialFingerprints)}`)).size).toBe(
    results.length,
  );
},
);

test('more groups than code scanning takes are cut, the worst first', () => {
  const findings = Array.from({ length: 25_010 }, (_, flow) =>
    finding({ flow, service: { address: `10.0.${flow >> 8}.${flow & 255}`, port: 80 } }),
  );
  expect(run(analysis({ findings })).results).toHaveLength(25_000);
});
