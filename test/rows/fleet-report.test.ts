import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Address, Analysis } from '../../src/analysis/model.js';
import { SECOND, formatTime } from '../../src/base/time.js';
import { type RowFormat, collect } from '../../src/collect/collect.js';
import { OF_SERVICES } from '../../src/collect/rows.js';
import { compare } from '../../src/compare/compare.js';
import { tallyOf } from '../../src/compare/tally.js';
import { overview } from '../../src/overview/overview.js';
import { socketAddress } from '../../src/report/quantities.js';
import { readFleet } from '../../src/rows/fleet-report.js';
import type { FleetReport } from '../../src/rows/model.js';
import { fleetJson, fleetNdjson } from '../../src/rows/records.js';
import { tallyOfFleet } from '../../src/rows/tally.js';
import { fleetText } from '../../src/rows/text.js';
import { scratch } from '../capture/read.js';
import { splitPcap, splitPcapng } from '../capture/splitter.js';

const files = scratch();
const showcase = readFileSync('captures/showcase.pcapng');
const generated = files.path('generated.pcap');
execFileSync(process.execPath, [
  'bench/generate.mjs', generated, '--packets', '3k', '--flows', '400', '--bytes', '1M', '--rate', '3', '--seed', '9',
]);

let folders = 0;

interface Tap {
  readonly source: string;
  readonly paths: readonly string[];
  readonly final?: boolean;
  readonly format?: RowFormat;
  readonly found?: boolean;
}

/** Rows of some taps, each file a step. */
async function rowsOf(...taps: readonly Tap[]): Promise<string> {
  const folder = files.path(`fleet${folders++}`);
  for (const { source, paths, final = true, format = 'ndjson', found = false } of taps) {
    const own = { source, state: `${folder}-state`, to: folder, overlap: SECOND, format, found };
    for (const path of paths) await collect([{ path }], own);
    if (final) await collect([], { ...own, final });
  }
  return folder;
}

/**
 * What rows can carry of an analysis: all but what only many connections together show, and how grave it is that a
 * request was not answered, which rests on what others had been answered by then (docs/collect.md).
 */
function asRows(analysis: Analysis): unknown {
  const { clock, connectionCount: flows } = analysis;
  return carried({ ...analysis, flows, services: overview(analysis).services }, (time) => formatTime(clock, time));
}

function asTold(report: FleetReport): unknown {
  return carried(report, (time) => formatTime(report.clock, time).replace(/0{3}$/, ''));
}

type Both = Pick<Analysis, 'endings' | 'groups' | 'diagnoses'> | Pick<FleetReport, 'endings' | 'groups' | 'diagnoses'>;

function carried(
  { endings, groups, diagnoses, services, flows }: Both & {
    readonly flows: number;
    readonly services: readonly { readonly service: Address; readonly flows: number }[];
  },
  at: (time: number) => string,
): unknown {
  return {
    flows,
    endings: Object.fromEntries(endings),
    services: services.map(({ service, flows: own }) => `${socketAddress(service)} ${own}`).toSorted(),
    groups: groups
      .filter(({ finding }) => isCarried(finding))
      .map(({ severity, finding, cause, service, flows: own, first, last, durations }) => {
        const { shortest, median, longest } = durations;
        const [place, times] = [socketAddress(service), [at(first), at(last), shortest, median, longest]];
        return [severity, finding, cause, place, own, ...times].join(' ');
      })
      .toSorted(),
    diagnoses: diagnoses
      .map(({ id, severity, by, service, flows: own, message, advice }) =>
        ({ id, severity, by, service, own, message, advice }))
      .toSorted((a, b) => (a.message < b.message ? -1 : 1)),
  };
}

function isCarried(finding: string): boolean {
  return finding !== 'unanswered-request' && (finding === 'close-wait-buildup' || !OF_SERVICES.has(finding));
}

const packetsOf = { pcap: countPcap(readFileSync(generated)), pcapng: countPcapng(showcase) };

function countPcap(capture: Buffer): number {
  let packets = 0;
  for (let at = 24; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) packets++;
  return packets;
}

function countPcapng(capture: Buffer): number {
  let packets = 0;
  for (let at = 0; at < capture.length; at += capture.readUInt32LE(at + 4))
    if (capture.readUInt32LE(at) === 6) packets++;
  return packets;
}

describe('the report of rows', () => {
  test('of one tap is that of one machine over its files, wherever these were cut', async () => {
    const [pcap, pcapng] = [await analyze([generated]), await analyze(['captures/showcase.pcapng'])];
    const whole = { pcap: asRows(pcap), pcapng: asRows(pcapng) };
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('pcap' as const, 'pcapng' as const),
        fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 2 }),
        fc.constantFrom('ndjson' as const, 'parquet' as const),
        async (kind, cuts, format) => {
          const places = [...new Set(cuts.map((cut) => Math.ceil(cut * packetsOf[kind])))].toSorted((a, b) => a - b);
          const pieces = kind === 'pcap' ? splitPcap(readFileSync(generated), places) : splitPcapng(showcase, places);
          const paths = pieces.map((piece, index) => files.write(`cut${run}_${index}.${kind}`, piece));
          run++;
          expect(asTold(await readFleet(await rowsOf({ source: 'tap', paths, format })))).toEqual(whole[kind]);
        },
      ),
      { numRuns: 3 },
    );
  }, 60_000);

  test('tells a connection once that two taps have seen, and which sources tell of what', async () => {
    const other = 'captures/linger-zero-idle.pcapng';
    const folder = await rowsOf(
      { source: 'back', paths: ['captures/showcase.pcapng'] },
      { source: 'front', paths: ['captures/showcase.pcapng'], format: 'parquet' },
      { source: 'far', paths: [other] },
    );
    const report = await readFleet(folder);
    const [one, two] = [await analyze(['captures/showcase.pcapng']), await analyze([other])];
    expect(report.flows).toBe(one.connectionCount + two.connectionCount);
    expect(report.seenTwice).toBe(one.connectionCount);
    const leaks = report.groups.find(({ finding, cause }) => finding === 'half-closed' && cause === 'leak');
    expect(leaks).toMatchObject({ flows: 30, explainedBy: 'leak', sources: [{ source: 'back', flows: 30 }] });
    const [leak] = report.diagnoses;
    expect(leak).toMatchObject({ id: 'leak', flows: 48 });
    expect(leak!.sources.map(({ source }) => source)).toEqual(['back', 'front']);
    const own = await readFleet(await rowsOf({ source: 'a', paths: ['captures/showcase.pcapng'] }));
    const changes = compare(tallyOf(one), tallyOfFleet(own)).flatMap(({ changes: all }) => all);
    expect(changes.length).toBeGreaterThan(10);
    expect(changes.filter(({ outcome }) => outcome !== 'same')).toEqual([]);
  });

  test('of a source that goes on says what it cannot tell yet, and names holes', async () => {
    const pieces = splitPcapng(showcase, [3000, 5000]).map((piece, index) =>
      files.write(`going_${String(index).padStart(5, '0')}.pcapng`, piece),
    );
    const folder = await rowsOf({ source: 'web1', paths: [pieces[0]!, pieces[2]!], final: false, found: true });
    const report = await readFleet(folder);
    expect(report.sources[0]).toMatchObject({ hasEnded: false, files: 2 });
    expect(report.sources[0]!.open).toBeGreaterThan(10);
    const text = [...fleetText(report, { color: false, width: 100 })].join('');
    expect(text).toContain('what is open at 1 source that has not ended');
    expect(text.replace(/\s+/g, ' ')).toContain('1 file is missing between going_00000.pcapng and going_00002.pcapng');
  });

  test('as NDJSON and as JSON has the same records, times with all their digits', async () => {
    const report = await readFleet(await rowsOf({ source: 'web1', paths: ['captures/showcase.pcapng'] }));
    const lines = [...fleetNdjson(report)].join('').trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const types = ['rows', 'source', 'service', 'group', 'diagnosis'];
    expect([...new Set(records.map(({ type }) => type))]).toEqual(types);
    expect((JSON.parse([...fleetJson(report)].join('')) as { records: unknown }).records).toEqual(records);
    const first = formatTime((await analyze(['captures/showcase.pcapng'])).clock, 0).split('.')[0]!;
    expect(lines.find((line) => line.includes('"source"'))).toContain(first.slice(0, 6));
    expect(lines.find((line) => line.startsWith('{"type":"group"'))).toMatch(/"first":\d{10}\.\d{9},/);
  });

  test('is refused where the folder holds none, or a row is none', async () => {
    await expect(readFleet('captures')).rejects.toThrow('holds no rows');
    const folder = await rowsOf({ source: 'web1', paths: ['captures/linger-zero-idle.pcapng'] });
    for (const [table, line, reason] of [
      ['findings', '{"source":', 'row 1 is none'],
      ['findings', '{"id":{}}', 'row 1 is none'],
      ['tallies', '{"service_address":"a","service_port":1,"ending":5}', 'ending is no text'],
      ['steps', '{"first":"yesterday"}', 'first is no time'],
    ] as const) {
      const path = join(folder, table, 'web1', '00000001.ndjson');
      const before = readFileSync(path);
      writeFileSync(path, `${line}\n`);
      await expect(readFleet(folder)).rejects.toThrow(reason);
      writeFileSync(path, before);
    }
    mkdirSync(join(folder, 'flows', 'web1'), { recursive: true });
    writeFileSync(join(folder, 'flows', 'web1', '00000002.parquet'), 'PAR1 and nothing else PAR1');
    await expect(readFleet(folder)).rejects.toThrow('no Parquet that can be read');
  });
});
