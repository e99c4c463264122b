import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { render } from '../../src/report/render.js';
import type { ReportFormat } from '../../src/report/index.js';
import { analysis, connection } from './analysis-fixture.js';
import { ourFaults } from './schema.js';

const whole = analysis({ connections: [connection()] });
const partial = analysis({ connections: [connection()], capture: { partial: true } });

async function rendered(format: ReportFormat, of = partial): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of render(of, format)) pieces.push(piece);
  return pieces.join('');
}

/** What each format says of a capture that was not read to its end. */
const marks: Readonly<Record<Exclude<ReportFormat, 'csv'>, string>> = {
  text: 'partial      reading was interrupted: the rest is not in this report\n', ndjson: ',"partial":true}\n',
  json: ',"partial":true},\n', html: 'reading was interrupted: the rest is not in this report',
  markdown: ' **Reading was interrupted: the rest is not in this report.**\n',
  junit: '      <error type="interrupted" message="reading was interrupted: the rest is not in this report"/>\n',
  sarif:
    '"invocations":[{"executionSuccessful":false,"exitCodeDescription":"reading was interrupted: the rest is not ' +
    'in this report"}]',
  openmetrics: '\nlastack_capture_partial 1\n',
};

test.each(Object.entries(marks) as [ReportFormat, string][])(
  '%s says that it is partial, and only then',
  async (format, mark) => {
  expect(await rendered(format)).toContain(mark);
  expect(await rendered(format, whole)).not.toContain(mark);
},
);

test('a table of CSV has no place to say it', async () => {
  expect(await rendered('csv')).toBe(await rendered('csv', whole));
});

test('the record is as the schema has it', async () => {
  const [capture = ''] = (await rendered('ndjson')).split('\n');
  expect(ourFaults('capture', JSON.parse(capture))).toEqual([]);
});

test('half a capture in which all is well is no success for a CI server', async () => {
  const xml = await rendered('junit');
  expect(xml).toMatch(/^<\?xml [^]*<testsuites name="lastack" tests="\d+" failures="0" errors="1">\n/);
  const schema = {
    fileName: 'junit.xsd', contents: readFileSync(new URL('schemas/junit.xsd', import.meta.url), 'utf8'),
  };
  const { valid, errors } = await validateXML({ xml: [{ fileName: 'report.xml', contents: xml }], schema: [schema] });
  expect([valid, errors]).toEqual([true, []]);
});
