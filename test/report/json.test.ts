import { expect, test } from 'vitest';
import { json } from '../../src/report/json.js';
import { ndjson } from '../../src/report/ndjson.js';
import { analysis, connection, finding } from './analysis-fixture.js';
import { ourFaults } from './schema.js';
import { inOnePiece, recordsOf } from './written.js';

const full = analysis({
  connections: [connection(), connection({ id: 1 })], findings: [finding(), finding({ flow: 1, cause: 'slow' })],
});
const empty = analysis();

test('NDJSON tells the capture, its flows, its findings, its groups, one object a line', () => {
  const lines = recordsOf(ndjson(full));
  expect(lines.map(({ type }) => type)).toEqual(['capture', 'flow', 'flow', 'finding', 'finding', 'group', 'group']);
});

test('JSON holds the same objects', () => {
  const document = JSON.parse(inOnePiece(json(full)));
  const lines = recordsOf(ndjson(full));
  expect(document).toEqual({
    version: 1,
    capture: lines[0],
    diagnoses: lines.filter(({ type }) => type === 'diagnosis'),
    flows: lines.filter(({ type }) => type === 'flow'),
    findings: lines.filter(({ type }) => type === 'finding'),
    groups: lines.filter(({ type }) => type === 'group'),
  });
  expect(ourFaults('report', document)).toEqual([]);
});

test('JSON of a capture without connections has empty lists', () => {
  const document = JSON.parse(inOnePiece(json(empty)));
  expect(document).toMatchObject({ version: 1, diagnoses: [], flows: [], findings: [], groups: [] });
  expect(ourFaults('report', document)).toEqual([]);
});
