import { afterAll, expect, test } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newDiagnosisAgainst, newDoubtAgainst } from '../../src/compare/baseline.js';
import { compare } from '../../src/compare/compare.js';
import { readTally } from '../../src/compare/read-report.js';
import { tallyOf } from '../../src/compare/tally.js';
import type { Analysis, Diagnosis } from '../../src/analysis/model.js';
import { anyFails, diagnosisFails, fails, usualChoices } from '../../src/report/choices.js';
import { diffs } from '../../src/report/diff.js';
import { json } from '../../src/report/json.js';
import { ndjson } from '../../src/report/ndjson.js';
import { analysis, at, connection, finding, server } from '../report/analysis-fixture.js';
import { inOnePiece } from '../report/written.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-diagnoses-'));
afterAll(() => rmSync(folder, { recursive: true }));

function diagnosis(differences: Partial<Diagnosis> = {}): Diagnosis {
  return {
    id: 'idle-limit', severity: 'error', confidence: 'likely', service: server,
    by: { role: 'server', address: server.address }, message: 'It closes after 5.00 s.',
    advice: ['Raise keepAliveTimeout.'], numbers: { seconds: 5 }, refutes: 'another time', flows: 3, streams: [0],
    explains: ['half-closed'], connections: [0], first: at(1), last: at(2), ...differences,
  };
}

const of = (diagnoses: readonly Diagnosis[], more: readonly ReturnType<typeof connection>[] = []): Analysis =>
  analysis({ connections: [connection(), ...more], diagnoses });

test.each(['ndjson', 'json'] as const)(
  'an earlier report in %s tells of its diagnoses and of what was unknown',
  async (format) => {
  const path = join(folder, `earlier.${format}`);
  writeFileSync(
    path,
    inOnePiece(
      (format === 'json' ? json : ndjson)(
        of([diagnosis(), diagnosis({ id: 'restart', service: null })], [connection({ id: 1, ending: 'reset' })]),
      ),
    ),
  );
  const earlier = await readTally(path);
  const isNew = newDiagnosisAgainst(earlier, false)!;
  expect(
    [
      diagnosis(), diagnosis({ severity: 'info' }), diagnosis({ id: 'restart', service: null }),
      diagnosis({ id: 'leak' }), diagnosis({ service: { address: '10.0.0.9', port: 1 } }),
    ].map(isNew),
  ).toEqual([false, false, false, true, true]);
  expect(newDiagnosisAgainst(earlier, true)!(diagnosis({ flows: 4 }))).toBe(true);
  const isNewDoubt = newDoubtAgainst(earlier)!;
  expect([isNewDoubt(1, 2), isNewDoubt(2, 2), isNewDoubt(2, 4)]).toEqual([false, true, false]);
},
);

test('a report from before there were diagnoses says nothing of them', async () => {
  const path = join(folder, 'old.ndjson');
  writeFileSync(path, '{"type":"capture","version":1}\n{"type":"flow","server":{"address":"10.0.0.1","port":80}}\n');
  const earlier = await readTally(path);
  expect([newDiagnosisAgainst(earlier, false), newDoubtAgainst(earlier)]).toEqual([null, null]);
  expect(compare(earlier, tallyOf(of([diagnosis()])))).toEqual([]);
});

test('a comparison tells which diagnoses are new, and which are gone', () => {
  const services = compare(tallyOf(of([diagnosis({ id: 'restart' })])), tallyOf(of([diagnosis()])));
  expect(
    services.flatMap(({ changes }) =>
      changes.map(({ finding: id, outcome, isDiagnosis }) => [id, outcome, isDiagnosis]),
    ),
  ).toEqual([
    ['idle-limit', 'new', true], ['restart', 'gone', true],
  ]);
  const said = [
    ...diffs.text(
      { before: { name: 'a', flows: 1 }, after: { name: 'b', flows: 1 }, services }, { color: false, width: 100 },
    ),
  ].join('');
  expect(said).toContain('diagnosis: idle-limit');
});

test('what a diagnosis of information explains does not fail, what a grave one tells does', () => {
  const findings = [finding()];
  const [noted, grave] = [diagnosis({ severity: 'info' }), diagnosis({ severity: 'warning' })];
  const explained = analysis({ connections: [connection()], findings, diagnoses: [noted] });
  expect(fails(explained, explained.groups[0]!, usualChoices)).toBe(false);
  const told = analysis({ connections: [connection()], findings, diagnoses: [grave] });
  expect(fails(told, told.groups[0]!, usualChoices)).toBe(true);
  expect([diagnosisFails(grave, usualChoices), diagnosisFails(grave, { ...usualChoices, failOn: 'warning' })]).toEqual([
    false, true,
  ]);
});

const status = (endings: readonly ('closed' | 'open' | 'reset' | 'unanswered')[]): boolean =>
  anyFails(analysis({ connections: endings.map((ending, id) => connection({ id, ending })) }), usualChoices);

test('exit status 0 is for clean and open connections', () => {
  expect([status(['closed', 'open']), status(['closed', 'reset']), status(['unanswered'])]).toEqual([
    false, true, true,
  ]);
  expect(anyFails(analysis({ capture: { tcpPackets: 0 } }), usualChoices)).toBe(true);
  expect(anyFails(analysis({ capture: { tcpPackets: 0 } }), { ...usualChoices, allowEmpty: true })).toBe(false);
});
