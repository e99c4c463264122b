import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../../src/analysis/analyze.js';
import type { Finding } from '../../../src/analysis/model.js';
import { SECOND } from '../../../src/base/time.js';
import { collect } from '../../../src/collect/collect.js';
import { scratch } from '../../../test/capture/read.js';
import { evenly, splitPcapng } from '../../../test/capture/splitter.js';
import { engines } from './engines.js';

const files = scratch();
const showcase = 'captures/showcase.pcapng';
const rows = files.path('rows');
/** Of two taps that saw all of the same way, and of one elsewhere. */
const ends = files.path('ends');

/** What only many connections together show. */
const ofServices = ['unanswered', 'close-wait-buildup', 'port-exhaustion', 'nat-rebinding'];

const isLeak = (finding: Finding): boolean =>
  finding.id === 'half-closed' && finding.cause === 'leak' && finding.role === 'server';

async function collected(source: string, paths: readonly string[], to = rows): Promise<void> {
  const inputs = paths.map((path) => ({ path }));
  const state = `${to}-state`;
  await collect(inputs, { source, state, to, overlap: SECOND, format: 'parquet', final: true });
}

/** What is there of some values, in one line. */
const words = (...values: readonly unknown[]): string =>
  values.filter((value) => value !== null && value !== undefined).map(String).join(' ');

const told = (found: readonly Record<string, unknown>[], columns: readonly string[]): string[] =>
  found.map((row) => words(...columns.map((column) => row[column]))).toSorted();

const leaksIn = (found: readonly Record<string, unknown>[]): number =>
  found.reduce((sum, row) => sum + Number(row['leaks']), 0);

/** Services by name, with how many findings each has that are wanted. */
function countsOf(findings: readonly Finding[], wanted: (finding: Finding) => boolean): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const finding of findings.filter(wanted)) {
    const key = `${finding.service.address} ${finding.service.port} ${finding.id} ${finding.cause ?? ''}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const whole = readFileSync(showcase);
let packets = 0;
for (let at = 0; at < whole.length; at += whole.readUInt32LE(at + 4)) if (whole.readUInt32LE(at) === 6) packets++;
const pieces = splitPcapng(whole, evenly(packets, 7)).map((piece, index) => files.write(`tap_${index}.pcapng`, piece));
// A second tap on the same way, which came later and missed the beginning; and a host that has nothing to do with both.
await collected('front', pieces);
await collected('back', pieces.slice(2));
await collected('other', ['captures/linger-zero-idle.pcapng']);
await collected('front', pieces, ends);
await collected('again', [showcase], ends);
await collected('other', ['captures/linger-zero-idle.pcapng'], ends);
const analyses = [await analyze([showcase]), await analyze(['captures/linger-zero-idle.pcapng'])];
const findings = analyses.flatMap((analysis) => analysis.findings);
const connections = analyses.flatMap((analysis) => [...analysis.connections()]);
const withBoth = connections.filter(({ isn }) => isn?.client != null && isn.server != null);

describe.each(engines)('what $name answers over the rows of a fleet', ({ isHere, ask }) => {
  test.skipIf(!isHere)('has one row for a connection that several taps have seen', async () => {
    const found = await ask(rows, 'connections');
    const named = found.filter((row) => row['client_isn'] !== null && row['server_isn'] !== null);
    expect(named.length).toBe(withBoth.length);
    expect(withBoth.length).toBeGreaterThan(300);
  });

  test.skipIf(!isHere)('has none for a tap that missed the handshake where another one saw it', async () => {
    const found = await ask(rows, 'connections');
    const opened = told(found, ['client_address', 'client_port', 'server_address', 'server_port', 'start']);
    expect(new Set(opened).size).toBe(found.length);
    expect(found.length).toBe(connections.length);
  });

  test.skipIf(!isHere)('counts the leaks of each service as one machine does', async () => {
    const found = await ask(rows, 'leaks');
    const counts = Object.fromEntries(
      found.map((row) => [
        `${row['service_address'] as string} ${Number(row['service_port'])} half-closed leak`, Number(row['leaks']),
      ]),
    );
    expect(counts).toEqual(countsOf(findings, isLeak));
    expect(Object.keys(counts).length).toBeGreaterThan(0);
  });

  test.skipIf(!isHere)('counts since a moment only those that came since', async () => {
    const all = await ask(rows, 'leaks');
    const last = all.map((row) => String(row['last'])).toSorted().at(-1)!;
    const late = leaksIn(await ask(rows, 'leaks', last));
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(leaksIn(all));
  });

  test.skipIf(!isHere)('finds the close-wait-buildup of one machine', async () => {
    const found = (await ask(rows, 'buildup')).map((row) => ({
      address: row['service_address'],
      port: Number(row['service_port']),
      sockets: Number(row['sockets']),
      closed: Number(row['closed_meanwhile']),
      growth: Math.round(Number(row['growth_seconds'])),
    }));
    const expected = findings
      .filter(({ id }) => id === 'close-wait-buildup')
      .map(({ service: { address, port }, evidence }) => ({
        address,
        port,
        sockets: evidence['sockets'],
        closed: evidence['closedMeanwhile'],
        growth: evidence['growthSeconds'],
      }));
    expect(expected.length).toBeGreaterThan(0);
    expect(found).toEqual(expected);
  });

  test.skipIf(!isHere)('tells the diagnoses of one machine, also of a way that has two taps', async () => {
    const found = await ask(ends, 'diagnoses');
    const expected = analyses.flatMap(({ diagnoses }) => diagnoses).map(
      ({ severity, id, by, service, flows }) =>
        words(severity, id, by.role, by.address, service?.address, service?.port, flows),
    );
    expect(expected.length).toBeGreaterThan(3);
    const columns = [
      'severity', 'diagnosis', 'by', 'by_address', 'service_address', 'service_port', 'connections',
    ];
    expect(told(found, columns)).toEqual(expected.toSorted());
    expect(found.some(({ sources }) => JSON.stringify(sources).includes('again'))).toBe(true);
  });

  test.skipIf(!isHere)('gives findings the severity that they have beside their diagnoses', async () => {
    const found = await ask(ends, 'explained_findings');
    const expected = analyses.flatMap((analysis) =>
      analysis.findings
        .filter(({ id }) => !ofServices.includes(id))
        .map((finding) => {
          const { severity, id, cause, service: { address, port } } = finding;
          return words(severity, id, cause, address, port, analysis.explanationOf(finding)?.id);
        }),
    );
    expect(expected.some((one) => one.startsWith('info'))).toBe(true);
    const columns = ['severity', 'finding', 'cause', 'service_address', 'service_port', 'explained_by'];
    expect(told(found, columns)).toEqual(expected.toSorted());
  });

  test.skipIf(!isHere)('counts rows that were loaded twice once', async () => {
    const twice = files.path(`twice-${Math.random()}`);
    cpSync(rows, twice, { recursive: true });
    for (const name of readdirSync(twice, { recursive: true }) as string[])
      if (name.endsWith('.parquet')) cpSync(join(twice, name), join(twice, name.replace('.parquet', '.again.parquet')));
    expect(await ask(twice, 'findings_by_service')).toEqual(await ask(rows, 'findings_by_service'));
    expect((await ask(twice, 'connections')).length).toBe(connections.length);
  });
});
