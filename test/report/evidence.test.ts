import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { evidenceInWords, hasLabel } from '../../src/report/evidence.js';

test('numbers have their unit and all their digits, words are words', () => {
  expect(
    evidenceInWords({ id: 'half-closed', evidence: { closeWaitSeconds: 66.059, sentAfterFin: 11, proven: true } }),
  ).toEqual([
    ['in CLOSE-WAIT for', '66.059 s'], ['sent after the FIN', '11 B'], ['proven', 'yes'],
  ]);
  expect(
    evidenceInWords({ id: 'rst-after-push', evidence: { pushFrame: 8, finFrame: null, because: ['one', 'two'] } }),
  ).toEqual([
    ['sent in', 'frame 8'], ['FIN', 'unknown'], ['because', 'one; two'],
  ]);
  expect(evidenceInWords({ id: 'incomplete-handshake', evidence: { waited: '0.306', syns: 12_345 } })).toEqual([
    ['waited', '0.306 s'], ['SYNs', '12,345'],
  ]);
});

test('a timestamp counts the ticks of its host', () => {
  expect(
    evidenceInWords({ id: 'unanswered', evidence: { timestamp: 104_599_759, lastOfAddress: 104_600_000 } }),
  ).toEqual([['timestamp', '104599759 ticks'], ['last timestamp of the address', '104600000 ticks']]);
  expect(evidenceInWords({ id: 'time-wait-reuse', evidence: { timestampAdvance: -1 } })).toEqual([
    ['timestamp advanced by', '-1 tick'],
  ]);
});

test('the same name may mean something else for another finding', () => {
  expect(evidenceInWords({ id: 'unexpected-reset', evidence: { answers: 9 } })).toEqual([['answers', 'frame 9']]);
  expect(evidenceInWords({ id: 'reset-storm', evidence: { answers: 9 } })).toEqual([['answered by', '9']]);
});

test('a name without words is taken apart', () => {
  expect(evidenceInWords({ id: 'new', evidence: { someNewNumber: 3 } })).toEqual([['some new number', '3']]);
});

test('all evidence that detectors write has words', () => {
  const written = readdirSync('src/findings').flatMap((file) => {
    const text = readFileSync(`src/findings/${file}`, 'utf8');
    const objects = [...text.matchAll(/\bevidence: \{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g)].map(([, inside]) =>
      inside!.replace(/\([^()]*(?:\([^()]*\)[^()]*)*\)/g, '').replace(/`[^`]*`/g, ''),
    );
    return objects.flatMap((inside) =>
      [...inside.matchAll(/(?:^|[{,]\s*)([A-Za-z]+)(?=\s*[:,}]|\s*$)/g)].map(
        ([, name]) => [file.replace('.ts', ''), name!] as const,
      ),
    );
  });
  expect(written.length).toBeGreaterThan(60);
  expect(written.filter(([finding, name]) => !hasLabel(finding, name))).toEqual([]);
});

test('and so has that of every recording', async () => {
  const unknown = new Set<string>();
  for (const file of readdirSync('captures').filter((name) => name.endsWith('.pcapng'))) {
    const { findings } = await analyze([`captures/${file}`]);
    for (const { id, evidence } of findings)
      for (const name of Object.keys(evidence)) if (!hasLabel(id, name)) unknown.add(`${id} ${name}`);
  }
  expect([...unknown]).toEqual([]);
});
