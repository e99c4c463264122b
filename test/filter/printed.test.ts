import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, Finding } from '../../src/analysis/model.js';
import { compile, parseFilter } from '../../src/filter/filter.js';
import { socketAddress as at } from '../../src/report/quantities.js';
import { explainedBy } from '../../src/report/explained.js';
import { render } from '../../src/report/render.js';

const captures = readdirSync('captures/').filter((name) => /\.pcap(ng)?$/.test(name)).map((name) => `captures/${name}`);

function found(analysis: Analysis, text: string): Set<number> {
  const passes = compile(parseFilter(text).expression, analysis);
  const ids = new Set<number>();
  for (const connection of analysis.connections()) {
    if (passes(connection, analysis.findingsOf(connection.id))) ids.add(connection.id);
  }
  return ids;
}

/** What the report writes of a finding, in each of its ways. */
function printed(analysis: Analysis, { id, cause, flow, stream, frames, filter, service }: Finding): string[] {
  const { client, server } = analysis.connection(flow);
  return [
    filter, id, ...(cause === null ? [] : [cause, `${id} (${cause}) at ${at(service)}`, `${id}/${cause}`]),
    `${id} at ${at(service)}`, `stream ${stream}  ${at(client)} > ${at(server)}`,
    `Stream ${stream}   ${at(client)} → ${at(server)}`, at(client), at(server),
    ...frames.map((frame) => `frame ${frame}`),
  ];
}

describe('what lastack prints of a finding is a filter that lets its connection through', () => {
  test.each(captures)('%s', async (path) => {
    const analysis = await analyze([path]);
    // One of each kind and service: what is printed differs in its numbers only.
    const kinds = new Map(
      analysis.findings.map((finding) => [JSON.stringify([finding.id, finding.cause, finding.service]), finding]),
    );
    for (const finding of kinds.values()) {
      for (const text of printed(analysis, finding))
        expect([text, found(analysis, text).has(finding.flow)]).toEqual([text, true]);
    }
  });
});

test('and so are the headings, samples and Wireshark filters of the text report as they stand there, wrapped', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  let report = '';
  for await (const piece of render(analysis, 'text')) report += piece;
  const texts = [
    ...report.matchAll(/^((?:error|warning|info) +\S+(?: \(\S+\))? at \S+:\d+, \d.*)$/gm),
    ...report.matchAll(/^ {2}(stream \d+ {2}.* > .*)$/gm),
    ...report.matchAll(/^ {2}Wireshark: ((?:.*\n)(?: {4,}.*\n)*)/gm),
  ].map(([, text]) => text!);
  expect(texts.length).toBeGreaterThan(30);
  expect(texts.some((text) => text.includes('\n'))).toBe(true);
  expect(texts.filter((text) => found(analysis, text).size === 0)).toEqual([]);
});

test('what a diagnosis explains, with the number of each, means these and no port', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  const told = analysis.diagnoses.filter(({ explains }) => explains.length > 0);
  expect(told.length).toBeGreaterThan(0);
  for (const diagnosis of told) {
    const text = explainedBy(analysis, diagnosis);
    expect(text).toMatch(/^\d+ \S+/);
    const ids = found(analysis, text);
    expect([text, diagnosis.connections.filter((id) => ids.has(id)).length]).not.toEqual([text, 0]);
  }
});

test('the heading of a group means the connections of this group, and no others', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  const groups = analysis.groups.filter(({ cause }) => cause !== null);
  expect(groups.length).toBeGreaterThan(8);
  for (const { finding, cause, service, flows } of groups) {
    for (const text of [`${finding} (${cause}) at ${at(service)}`, `${finding}/${cause} at ${at(service)}`])
      expect([text, found(analysis, text).size]).toEqual([text, flows]);
  }
});

test('the heading of a diagnosis means the connections that show it, whatever else was found of them', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  expect(analysis.diagnoses.length).toBeGreaterThan(3);
  for (const { id, severity, confidence, service, flows } of analysis.diagnoses) {
    const heading = `${severity}  ${id} at ${at(service!)}, ${flows} connections (${confidence})`;
    expect([heading, found(analysis, heading).size]).toEqual([heading, flows]);
  }
});

function meaning(text: string): string {
  return JSON.stringify(parseFilter(text).expression);
}

test('a heading may count thousands, and stand among other terms', () => {
  expect(meaning('refused at 10.0.0.7:80, 1,340,331 connections')).toBe(meaning('refused at 10.0.0.7:80'));
  expect(meaning('leak at 10.0.0.7:80, 3 connections (likely) or port 80,443')).toBe(
    meaning('leak at 10.0.0.7:80 or port 80,443'),
  );
});

test('what the plugin shows in Wireshark is a filter here, too', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  const script = readFileSync('wireshark/lastack.lua', 'utf8');
  for (const [text, same] of [
    ['lastack.finding', 'not finding none'], ['lastack.cause == "leak"', 'cause leak'],
    ['lastack.severity == "error"', 'severity error'], ['lastack.confidence == "certain"', 'confidence certain'],
    ['lastack.diagnosis == "leak"', 'diagnosis leak'], ['lastack.ending == "half-closed"', 'ending half-closed'],
    ['lastack.verdict == "clean"', 'verdict clean'], ['lastack.flow == 7', 'flow 7'],
    ['lastack.cause == "leak" && lastack.state.server == "CLOSE-WAIT"', 'cause leak and server-entered CLOSE-WAIT'],
    ['lastack.state.client == "FIN-WAIT-2" and lastack.cause', 'client-entered FIN-WAIT-2 and not cause none'],
  ] as const) {
    for (const [name] of text.matchAll(/lastack(?:\.\w+)+/g)) expect(script).toContain(`"${name}"`);
    expect([text, found(analysis, text)]).toEqual([text, found(analysis, same)]);
    expect(found(analysis, text).size).toBeGreaterThan(0);
  }
  expect(() => parseFilter('lastack.message contains "x"')).toThrow('is of packets');
});
