import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isReport, readTally } from '../../src/compare/read-report.js';
import { tallyOf } from '../../src/compare/tally.js';
import { json } from '../../src/report/json.js';
import { ndjson } from '../../src/report/ndjson.js';
import { analysis, connection, finding } from '../report/analysis-fixture.js';
import { inOnePiece } from '../report/written.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function file(content: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, content);
  return path;
}

const full = analysis({
  connections: [connection(), connection({ id: 1, server: { address: '2001:db8::1', port: 443 } })],
  findings: [
    finding(),
    finding({
      id: 'refused', cause: null, severity: 'warning', flow: 1, service: { address: '2001:db8::1', port: 443 },
    }),
  ],
});
const lines = inOnePiece(ndjson(full));
const document = inOnePiece(json(full));

test.each([
  ['NDJSON', lines], ['JSON', document], ['JSON through jq', JSON.stringify(JSON.parse(document), null, 2)],
  ['JSON in one line', JSON.stringify(JSON.parse(document))],
  ['NDJSON with CRLF, empty lines and a mark', `\uFEFF${lines.replaceAll('\n', '\r\n\r\n')}`],
  ['JSON with a mark', `\uFEFF${document}`],
  ['NDJSON in any order', lines.trimEnd().split('\n').toReversed().join('\n')],
])('%s tells the same as the analysis', async (_name, content) => {
  const path = file(content);
  expect(isReport(path)).toBe(true);
  expect((await readTally(path)).services).toEqual(tallyOf(full).services);
});

test('a report of nothing is a report', async () => {
  for (const content of [inOnePiece(ndjson(analysis())), inOnePiece(json(analysis()))])
    expect((await readTally(file(content))).services.size).toBe(0);
});

test('captures, folders and what is not there are no reports', () => {
  for (const path of [
    file(Buffer.from('d4c3b2a1', 'hex')), file(Buffer.from('0a0d0d0a', 'hex')), file(''), folder,
    join(folder, 'nowhere'),
  ])
    expect(isReport(path)).toBe(false);
});

describe('what is no report is told with its name', () => {
  test.each([
    ['{"a": 1}', /^.*\.json: no report of version 1 in it$/],
    ['{"version": 2, "capture": {}}', /^.*\.json: no report of version 1 in it$/],
    ['[]', /^.*\.json: no report of version 1 in it$/],
    ['', /^.*\.json: no report of version 1 in it$/],
    ['{"type":"capture"}\n{"type":', /^.*\.json: not a report: .*JSON/],
    ['severity,finding\r\n', /^.*\.json: not a report: [^]*JSON/],
  ])('%j', async (content, message) => {
    await expect(readTally(file(content))).rejects.toThrow(
      expect.objectContaining({ name: 'ReportError', message: expect.stringMatching(message) }),
    );
  });
});

test('records that say nothing we know are passed over', async () => {
  const odd = [
    '{"type":"capture"}', 'null', '1', '{"type":"group"}', '{"type":"flow","server":{"address":1}}',
    '{"type":"group","finding":"x","severity":"bad","service":{"address":"a","port":1},"flows":1}',
  ];
  expect((await readTally(file(odd.join('\n')))).services.size).toBe(0);
});
