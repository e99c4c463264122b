import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Analysis } from '../../src/analysis/model.js';
import { analyze } from '../../src/analysis/analyze.js';
import { type Choices, usualChoices } from '../../src/report/choices.js';
import { junit } from '../../src/report/junit.js';
import { analysis, connection, finding } from './analysis-fixture.js';

const look = { color: false, width: 100 };
const write = (of: Analysis, choices: Partial<Choices> = {}): string =>
  [...junit(of, look, { ...usualChoices, ...choices })].join('');

/** By libxml2, against the schema that Jenkins reads by. */
async function faults(xml: string): Promise<string[]> {
  const schema = {
    fileName: 'junit.xsd', contents: readFileSync(new URL('schemas/junit.xsd', import.meta.url), 'utf8'),
  };
  const { errors } = await validateXML({ xml: { fileName: 'report.xml', contents: xml }, schema: [schema] });
  return errors.map(({ rawMessage }) => rawMessage);
}

const both = analysis({
  connections: [connection(), connection({ id: 1, server: { address: '10.9.9.9', port: 80 } })],
  findings: [
    finding(), finding({ id: 'linger-reset', cause: 'abort', severity: 'warning', message: 'A RST.', advice: [] }),
  ],
});

test('a case for each service and kind of finding that there is: failures and output, and none for what was not found', () => {
  const lines = write(both).split('\n');
  expect(lines.slice(1, 3)).toEqual([
    '<testsuites name="lastack" tests="5" failures="1" errors="0">',
    '  <testsuite name="capture" tests="3" failures="0" errors="0">',
  ]);
  const from = lines.findIndex((line) => line.includes('<testsuite name="10.77.2.2:10007"'));
  expect(lines.slice(from)).toEqual([
    '  <testsuite name="10.77.2.2:10007" tests="2" failures="1" errors="0">',
    '    <testcase classname="10.77.2.2:10007" name="half-closed: Half-closed connection">',
    '      <failure type="half-closed/leak" message="half-closed/leak: 1 connection">stream 0: The server ' +
      'acknowledged the FIN of frame 40 and has not closed for 58.25 s.',
    '&gt; Close the socket when read() returns 0:',
    '  if (n == 0) close(fd);',
    '&gt; Look for a forked child that still holds the descriptor.</failure>',
    '    </testcase>',
    '    <testcase classname="10.77.2.2:10007" name="linger-reset: Hard close by RST">',
    '      <system-out>warning: linger-reset/abort: 1 connection',
    'stream 0: A RST.</system-out>',
    '    </testcase>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ]);
});

test('where nothing was found, the cases of the capture stand alone', () => {
  expect(write(analysis({ connections: [connection()] })).match(/<testcase [^>]*name="([^"]*)"/g)).toEqual([
    '<testcase classname="capture" name="read to its end"', '<testcase classname="capture" name="has TCP connections"',
    '<testcase classname="capture" name="something is known of every connection"',
  ]);
});

test('of a recording, the cases are those that were found, and as many as are said', async () => {
  const text = write(await analyze(['captures/showcase.pcapng']));
  const names = [...text.matchAll(/<testcase classname="([^"]*)" name="([\w-]+)/g)].map(
    ([, service, id]) => `${service} ${id}`,
  );
  expect(names).toEqual(
    expect.arrayContaining(['diagnoses leak', '198.51.100.20:8000 half-closed', '198.51.100.20:9000 half-closed']),
  );
  expect(names.length).toBeLessThan(30);
  expect(text).toContain(`<testsuites name="lastack" tests="${names.length}" `);
  expect(text.match(/<testcase [^>]*\/>/g)!.every((empty) => empty.includes('classname="capture"'))).toBe(true);
});

test.each([
  [{}, 1], [{ failOn: 'warning' }, 2], [{ failOn: 'never' }, 0],
  [{ failOn: 'warning', isNew: ({ finding: id }) => id === 'linger-reset' }, 1], [{ isNew: () => false }, 0],
] satisfies [Partial<Choices>, number][])('%j: %i failures', (choices, failures) => {
  const text = write(both, choices);
  expect(text).toContain(`failures="${failures}" errors="0">\n  <testsuite `);
  expect(text.match(/<failure /g) ?? []).toHaveLength(failures);
});

test('two causes of one finding are one case with two failures', () => {
  const text = write(
    analysis({ connections: [connection()], findings: [finding(), finding({ cause: 'never-accepted' })] }),
  );
  expect(text).toContain('failures="1" errors="0">\n  <testsuite ');
  expect(text.match(/<failure /g)).toHaveLength(2);
});

test('XML that libxml2 and the schema of Jenkins accept', async () => {
  const hostile = finding({ message: 'a "<b>" & ]]> \u0000\u001B\uFFFE\uFFFF\uD800 \n c', advice: ['<![CDATA['] });
  for (const of of [
    both, analysis(), analysis({ connections: [connection()], findings: [hostile] }),
    await analyze(['captures/showcase.pcapng']),
  ]) {
    expect(await faults(write(of, { failOn: 'warning' }))).toEqual([]);
  }
});

test('a wrong document is found to be wrong', async () => {
  expect(await faults('<testsuites><testsuite name="a"/></testsuites>')).not.toEqual([]);
  expect(await faults('<testsuites>')).not.toEqual([]);
});
