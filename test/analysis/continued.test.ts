import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { type ContinuedAnalysis, STATE_VERSION, resume } from '../../src/analysis/continued.js';
import type { AnalysisOptions } from '../../src/analysis/model.js';
import { StateError } from '../../src/base/state-error.js';
import { SECOND } from '../../src/base/time.js';
import { detectors, serviceDetectors } from '../../src/findings/index.js';
import { open, seal } from '../../src/packing/sealed.js';
import { ndjson } from '../../src/report/ndjson.js';
import { bytes, pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';
import { evenly, splitPcap, splitPcapng } from '../capture/splitter.js';
import { HELLO, inIpv4 } from '../decode/bytes.js';
import { inOnePiece } from '../report/written.js';

const files = scratch();
const recordings = readdirSync('captures').filter((name) => name.endsWith('.pcapng'));

const modes: readonly (readonly [string, AnalysisOptions])[] = [
  ['plain', {}], ['findings only', { findingsOnly: true }], ['20 connections kept', { keepConnections: 20 }],
];

/** The recording in pieces, cut before these packets. */
function cut(name: string, at: readonly number[]): string[] {
  return splitPcapng(readFileSync(`captures/${name}`), at).map((piece, index) =>
    files.write(`${name}.${index}.pcapng`, piece),
  );
}

function packetsOf(name: string): number {
  const whole = readFileSync(`captures/${name}`);
  let packets = 0;
  for (let at = 0; at < whole.length; at += whole.readUInt32LE(at + 4)) if (whole.readUInt32LE(at) === 6) packets++;
  return packets;
}

/** Told by a chain of steps, each of which knows nothing but the state that the one before has written. */
async function inSteps(paths: readonly string[], options: AnalysisOptions): Promise<string> {
  let state: Uint8Array | null = null;
  for (const path of paths) {
    const analyzer = resume(state, options);
    await analyzer.read([path]);
    state = analyzer.state();
  }
  return inOnePiece(ndjson(resume(state, options).analysis()));
}

/** What one process does: goes on from a state with some files, and writes the next. */
const STEP = `
  import { readFileSync, writeFileSync, existsSync } from 'node:fs';
  import { resume } from './dist/library/index.js';
  const [state, options, ...paths] = process.argv.slice(1);
  const analyzer = resume(existsSync(state) ? readFileSync(state) : null, JSON.parse(options));
  await analyzer.read(paths);
  writeFileSync(state, analyzer.state());`;

let states = 0;

/** Told by a chain whose steps, each of some files, are processes of their own. */
function inProcesses(parts: readonly (readonly string[])[], options: AnalysisOptions): string {
  const state = files.path(`state${states++}`);
  for (const paths of parts)
    execFileSync(process.execPath, ['--input-type=module', '-e', STEP, state, JSON.stringify(options), ...paths]);
  return inOnePiece(ndjson(resume(readFileSync(state), options).analysis()));
}

async function atOnce(paths: readonly string[], options: AnalysisOptions): Promise<string> {
  return inOnePiece(ndjson(await analyze(paths, { ...options, jobs: 1 })));
}

/** The lines of flows and findings: what is told of connections. */
function rowsIn(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('{"type":"flow"') || line.startsWith('{"type":"finding"'));
}

/** The records of one file: in which of several its frames stand is left out. */
function inOneFile(row: string): string {
  const { inFiles: _, ...record } = JSON.parse(row);
  return JSON.stringify(record);
}

describe.each(modes)('a chain of steps tells what one run tells: %s', (_, options) => {
  test.each(recordings)('%s, cut anywhere', async (name) => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: Math.max(packetsOf(name) - 1, 1) }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(fc.asyncProperty(cuts, async (at) => {
      const paths = cut(name, at.toSorted((a, b) => a - b));
      expect(await inSteps(paths, options)).toBe(await atOnce(paths, options));
    }), { numRuns: 2, endOnFailure: true });
  });
});

describe('cut everywhere', () => {
  test.each(['time-wait-collision.pcapng', 'keep-alive-race.pcapng', 'three-packet-close.pcapng'])(
    '%s, a file a packet: also inside handshakes and TIME-WAIT',
    async (name) => {
      const first = Math.min(packetsOf(name), 60);
      const paths = cut(
        name,
        Array.from({ length: first - 1 }, (_, index) => index + 1),
      );
      const whole = rowsIn(await atOnce([`captures/${name}`], {})).map(inOneFile);
      expect(rowsIn(await inSteps(paths, {})).map(inOneFile)).toEqual(whole);
    },
  );

  test('inside a datagram in fragments', async () => {
    const { header, record } = pcapWriter({ linkType: 101 });
    const more = 0x2000;
    const fragments = [
      inIpv4(6, HELLO.slice(0, 8), more),
      inIpv4(6, HELLO.slice(8, 16), more | 1),
      inIpv4(6, HELLO.slice(16), 2),
    ];
    const whole = bytes(
      header,
      ...fragments.map((data, index) => record({ fraction: index, data: Uint8Array.from(data) })),
    );
    const paths = splitPcap(whole, [1, 2]).map((piece, index) => files.write(`fragments.${index}.pcap`, piece));
    const told = await inSteps(paths, {});
    expect(rowsIn(told)).toHaveLength(1);
    expect(told).toBe(await atOnce(paths, {}));
  });

  test('behind an ICMP error that quotes a connection of which nothing else was seen', async () => {
    const { header, record } = pcapWriter({ linkType: 101 });
    const quoted = inIpv4(6, HELLO).slice(0, 28);
    const unreachable = inIpv4(1, [3, 1, 0, 0, 0, 0, 0, 0, ...quoted]);
    const packets = [unreachable, inIpv4(6, HELLO), unreachable];
    const whole = bytes(
      header, ...packets.map((data, index) => record({ fraction: index, data: Uint8Array.from(data) })),
    );
    const paths = splitPcap(whole, [1, 2]).map((piece, index) => files.write(`icmp.${index}.pcap`, piece));
    for (const options of [{}, { findingsOnly: true }, { keepConnections: 1 }]) {
      const told = await inSteps(paths, options);
      expect(told).toContain('"tcpPackets":1');
      expect(told).toBe(await atOnce(paths, options));
    }
  });

  test('each step in a process of its own', async () => {
    const paths = cut('showcase.pcapng', evenly(packetsOf('showcase.pcapng'), 5));
    expect(inProcesses(paths.map((path) => [path]), {})).toBe(await atOnce(paths, {}));
  });
});

/** Findings that only many connections together show: those who are told of some are left to look for them. */
const ofServices: readonly string[] = serviceDetectors
  .map(({ id }) => id)
  .filter((id) => !detectors.some((detector) => detector.id === id));

/**
 * A row without what rests on the other connections of its service: which diagnosis explains it, what is found of many
 * together, whether the others were answered, and how grave and how sure it is therefore that a request was not
 * (findings/lone-give-up.ts). That is what was known when it was told. Null where that is all there is to it. What is
 * to be thought of a connection stands with what its own packets show: where these show nothing wrong, and no close,
 * something of many may be told of it.
 */
function ownPart(row: string): string | null {
  const { explainedBy: _, evidence, severity, confidence, ...record } = JSON.parse(row);
  if (ofServices.includes(record.id)) return null;
  if (record.type === 'flow') {
    const { verdict, doubt, ...rest } = record;
    const findings = record.findings.filter((id: string) => !ofServices.includes(id));
    const isOwn = findings.length > 0 || record.ending === 'closed';
    return JSON.stringify({ ...rest, findings, ...(isOwn && { verdict, doubt }) });
  }
  const { othersAnswered: __, ...own } = evidence;
  return JSON.stringify({
    ...record, evidence: own, ...(record.id !== 'unanswered-request' && { severity, confidence }),
  });
}

function ownParts(rows: readonly string[]): string[] {
  return rows.map(ownPart).filter((row) => row !== null).toSorted();
}

describe('connections that are final', () => {
  const path = files.path('generated.pcap');
  execFileSync(process.execPath, [
    'bench/generate.mjs',
    path,
    '--packets',
    '16k',
    '--flows',
    '2k',
    '--bytes',
    '4M',
    '--rate',
    '5',
    '--seed',
    '9',
  ]);
  const whole = readFileSync(path);
  const paths = splitPcap(whole, evenly(16_000, 200)).map((piece, index) =>
    files.write(`generated.${String(index).padStart(3, '0')}.pcap`, piece),
  );

  test('of 200 files none is told twice, none is missing, and each as one run tells it', async () => {
    const told: string[] = [];
    let state: Uint8Array | null = null;
    for (const file of paths) {
      const analyzer = resume(state);
      await analyzer.read([file]);
      told.push(...rowsIn(inOnePiece(ndjson(analyzer.settle()))));
      state = analyzer.state();
    }
    const settled = told.length;
    told.push(...rowsIn(inOnePiece(ndjson(resume(state).analysis()))));
    expect(settled).toBeGreaterThan(1000);
    expect(ownParts(told)).toEqual(ownParts(rowsIn(await atOnce(paths, {}))));
  }, 120_000);

  test.each(modes)('of 200 files, taken over by other processes at a few of them: %s', async (_, options) => {
    const places = fc.uniqueArray(fc.integer({ min: 1, max: paths.length - 1 }), { minLength: 3, maxLength: 4 });
    const expected = await atOnce(paths, options);
    await fc.assert(fc.asyncProperty(places, async (some) => {
      const ends = [...some.toSorted((a, b) => a - b), paths.length];
      const parts = ends.map((end, index) => paths.slice(ends[index - 1] ?? 0, end));
      expect(inProcesses(parts, options)).toBe(expected);
    }), { numRuns: 1, endOnFailure: true });
  }, 60_000);

  test('an open connection takes at most 250 bytes of the state', async () => {
    const analyzer = resume(null);
    await analyzer.read(paths);
    const { connectionCount } = analyzer.analysis();
    expect(analyzer.state().length / connectionCount).toBeLessThan(250);
  });

  test('what is counted of all stays whole', async () => {
    const analyzer = resume(null);
    await analyzer.read(paths);
    const { connectionCount } = analyzer.settle();
    const rest = analyzer.analysis();
    const all = await analyze(paths);
    expect(connectionCount).toBeGreaterThan(0);
    expect(rest.connectionCount).toBe(all.connectionCount);
    expect(new Map(rest.endings)).toEqual(new Map(all.endings));
    expect(rest.forgotten?.count).toBe(connectionCount);
  });

  test('are not told where only findings are wanted', () => {
    expect(() => resume(null, { findingsOnly: true }).settle()).toThrow('leave findingsOnly out');
  });
});

async function written(): Promise<Uint8Array> {
  const analyzer = resume(null);
  await analyzer.read(['captures/time-wait-collision.pcapng']);
  return analyzer.state();
}

/** Null where the state is refused. */
function resumed(packed: Uint8Array): ContinuedAnalysis | null {
  try {
    return resume(seal(packed, STATE_VERSION));
  } catch (error) {
    if (error instanceof StateError) return null;
    throw error;
  }
}

describe('a state that cannot be gone on from', () => {
  test('is refused: of other options, damaged, of another version, none', async () => {
    const state = await written();
    expect(() => resume(state, { timeWait: SECOND })).toThrow(StateError);
    expect(() => resume(state, { timeWait: SECOND })).toThrow('other options');
    expect(() => resume(state.subarray(0, -1))).toThrow('damaged');
    expect(() => resume(seal(open(state, STATE_VERSION), STATE_VERSION + 1))).toThrow('it is of version 2');
    expect(() => resume(readFileSync('captures/showcase.pcapng'))).toThrow('it is no state of lastack');
    expect(() => resume(new Uint8Array(0))).toThrow(StateError);
  });

  test('any of its bytes changed: refused, or gone on from without harm', async () => {
    const whole = open(await written(), STATE_VERSION);
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    let goneOn = 0;
    await fc.assert(fc.asyncProperty(changes, async (changed) => {
      const bent = Uint8Array.from(whole);
      for (const [at, value] of changed) bent[at] = value;
      const analyzer = resumed(bent);
      if (analyzer === null) return;
      goneOn++;
      await analyzer.read(['captures/keep-alive-race.pcapng']);
      inOnePiece(ndjson(analyzer.settle()));
      resume(analyzer.state());
      inOnePiece(ndjson(analyzer.analysis()));
    }), { numRuns: 200 });
    expect(goneOn).toBeGreaterThan(10);
  }, 60_000);
});
