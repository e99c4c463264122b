import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../../src/analysis/analyze.js';
import type { Finding } from '../../../src/analysis/model.js';
import { SECOND } from '../../../src/base/time.js';
import { collect } from '../../../src/collect/collect.js';
import { scratch } from '../../../test/capture/read.js';
import { evenly, splitPcapng } from '../../../test/capture/splitter.js';
import { answers, hasDuckdb } from '../../../test/report/duckdb.js';

const files = scratch();
const showcase = 'captures/showcase.pcapng';
const sql = readFileSync('packages/fleet/sql/fleet.sql', 'utf8');
const rows = files.path('rows');
/** Of two taps that saw all of the same way, and of one elsewhere. */
const ends = files.path('ends');

/** What only many connections together show. */
const ofServices = ['unanswered', 'close-wait-buildup', 'port-exhaustion', 'nat-rebinding'];

const isLeak = (finding: Finding): boolean =>
  finding.id === 'half-closed' && finding.cause === 'leak' && finding.role === 'server';

const split = (statements: string): string[] => statements.split(/;\s*$/m).filter((one) => one.trim() !== '');

function query(text: string): Promise<Record<string, unknown>[]> {
  return answers(...split(sql), text.replace('FOLDER_OF_ENDS', `'${ends}'`).replace('FOLDER', `'${rows}'`));
}

async function collected(source: string, paths: readonly string[], to = rows): Promise<void> {
  const inputs = paths.map((path) => ({ path }));
  const state = `${to}-state`;
  await collect(inputs, { source, state, to, overlap: SECOND, format: 'parquet', final: true });
}

/** Services by name, with how many findings each has that are wanted. */
function countsOf(findings: readonly Finding[], wanted: (finding: Finding) => boolean): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const finding of findings.filter(wanted)) {
    const key = `${finding.service.address} ${finding.service.port} ${finding.id} ${finding.cause ?? ''}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(!hasDuckdb)('what SQL answers over the rows of a fleet', async () => {
  const whole = readFileSync(showcase);
  let packets = 0;
  for (let at = 0; at < whole.length; at += whole.readUInt32LE(at + 4)) if (whole.readUInt32LE(at) === 6) packets++;
  const pieces = splitPcapng(whole, evenly(packets, 7)).map((piece, index) =>
    files.write(`tap_${index}.pcapng`, piece),
  );
  // A second tap on the same way, which came later and missed the beginning; and a host that has nothing to do with
  // both.
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

  test('one row for a connection that several taps have seen', async () => {
    const named = 'client_isn is not null and server_isn is not null';
    const found = await query(`select count(*)::integer as n from connections(FOLDER) where ${named}`);
    expect(found).toEqual([{ n: withBoth.length }]);
    expect(withBoth.length).toBeGreaterThan(300);
  });

  test('leaks by service are those of one machine', async () => {
    const found = await query("select service_address || ' ' || service_port as service, leaks from leaks(FOLDER)");
    const counts = Object.fromEntries(
      found.map(({ service, leaks }) => [`${service as string} half-closed leak`, Number(leaks)]),
    );
    expect(counts).toEqual(countsOf(findings, isLeak));
    expect(Object.keys(counts).length).toBeGreaterThan(0);
  });

  test('since a moment there are only those that came since', async () => {
    const [range] = await query('select max(last) as last, sum(leaks)::integer as leaks from leaks(FOLDER)');
    const since = `timestamp_ns '${String(range!['last'])}'`;
    const [late] = await query(`select sum(leaks)::integer as leaks from leaks(FOLDER, since := ${since})`);
    expect(Number(late!['leaks'])).toBeGreaterThan(0);
    expect(Number(late!['leaks'])).toBeLessThan(Number(range!['leaks']));
  });

  test('close-wait-buildup is that of one machine', async () => {
    const found = await query(
      'select service_address as address, service_port::integer as port, sockets::integer as sockets, ' +
        'closed_meanwhile::integer as closed, round(growth_seconds)::integer as growth from buildup(FOLDER)',
    );
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

  test('diagnoses are those of one machine, also of a way that has two taps', async () => {
    const found = await query(
      "select concat_ws(' ', severity, diagnosis, \"by\", by_address, service_address, service_port, connections) " +
        'as told, sources from diagnoses(FOLDER_OF_ENDS)',
    );
    const expected = analyses.flatMap(({ diagnoses }) => diagnoses).map(
      ({ severity, id, by, service, flows }) => {
        const place = service === null ? [] : [service.address, service.port];
        return [severity, id, by.role, by.address, ...place, flows].join(' ');
      },
    );
    expect(expected.length).toBeGreaterThan(3);
    expect(found.map(({ told }) => String(told)).toSorted()).toEqual(expected.toSorted());
    expect(found.some(({ sources }) => JSON.stringify(sources).includes('again'))).toBe(true);
  });

  test('findings have the severity that they have beside their diagnoses', async () => {
    const found = await query(
      "select concat_ws(' ', severity, finding, cause, service_address, service_port, explained_by) as told " +
        'from explained_findings(FOLDER_OF_ENDS)',
    );
    const expected = analyses.flatMap((analysis) =>
      analysis.findings
        .filter(({ id }) => !ofServices.includes(id))
        .map((finding) => {
          const { severity, id, cause, service: { address, port } } = finding;
          const words = [severity, id, cause, address, port, analysis.explanationOf(finding)?.id ?? null];
          return words.filter((word) => word !== null).join(' ');
        }),
    );
    expect(expected.some((told) => told.startsWith('info'))).toBe(true);
    expect(found.map(({ told }) => String(told)).toSorted()).toEqual(expected.toSorted());
  });

  test('rows that were loaded twice count once', async () => {
    const twice = sql.replaceAll(/read_parquet\((.*?)\)/g, 'read_parquet([$1, $1])');
    const text = `select * from findings_by_service('${rows}')`;
    expect(await answers(...split(twice), text)).toEqual(await answers(...split(sql), text));
  });
});
