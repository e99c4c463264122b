import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, AnalysisOptions, Connection } from '../../src/analysis/model.js';
import { Pipeline } from '../../src/analysis/pipeline.js';
import { openCapture } from '../../src/capture/capture.js';
import { text } from '../../src/report/text.js';

/**
 * Ten new connections a second for a quarter of an hour: of TIME-WAIT's two minutes there are 1200 at a time, and some
 * that never end.
 */
const FLOWS = 9000;
const RATE = 10;
const MOST = 2600;
const file = join(tmpdir(), `lastack-keeping-${process.pid}.pcap`);
/** Small, so that it is looked at often: some hundred connections each time. */
const block = 1 << 16;
let all: Analysis;

beforeAll(async () => {
  const size = { packets: FLOWS * 7.5, flows: FLOWS, bytes: FLOWS * 600, rate: RATE };
  execFileSync(process.execPath, [
    'bench/generate.mjs', file, ...Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ]);
  all = await analyze([file]);
});
afterAll(() => rmSync(file));

/**
 * What was found at each service: how often, when and for how long. Not how grave it is: that may change as long as a
 * connection is kept, by a diagnosis that explains it and by what the service answers others later.
 */
function groupsOf({ groups }: Analysis): unknown[] {
  const all = new Map<string, { flows: number; first: number; last: number; shortest: number; longest: number }>();
  for (const { finding, cause, service, flows, first, last, durations: { shortest, longest } } of groups) {
    const key = JSON.stringify([finding, cause, service]);
    const own = all.get(key) ?? { flows: 0, first: Infinity, last: -Infinity, shortest: Infinity, longest: -Infinity };
    all.set(key, {
      flows: own.flows + flows, first: Math.min(own.first, first), last: Math.max(own.last, last),
      shortest: Math.min(own.shortest, shortest), longest: Math.max(own.longest, longest),
    });
  }
  return [...all].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** The table as it grows, while the pipeline reads with a bound. */
async function watched(
  options: AnalysisOptions,
): Promise<{ pipeline: Pipeline; kept: number[]; rows: number[]; history: number[] }> {
  const capture = await openCapture([file], { block });
  const pipeline = new Pipeline(capture, options);
  const [kept, rows, history]: number[][] = [[], [], []];
  for await (const batch of capture.batches()) {
    pipeline.feed(batch);
    const { connections, history: telling, streams, tuples } = pipeline['table'];
    kept!.push(connections.kept);
    rows!.push(connections.count, tuples.count, streams['rows']);
    history!.push(telling.living.count);
  }
  return { pipeline, kept: kept!, rows: rows!, history: history! };
}

/**
 * `80 of 9,101 connections have an error or a warning; 7,021 are as they should be`, as numbers: the well ones, and
 * all.
 */
function wellIn(report: string): [well: number, of: number] {
  const [, of, well] =
    /^[\d,]+ of ([\d,]+) connections have an error or a warning; ([\d,]+) are as they should be/m.exec(report)!;
  return [Number(well!.replaceAll(',', '')), Number(of!.replaceAll(',', ''))];
}

describe('a bound on the connections that are kept', () => {
  it('holds, however many come, and all that is kept of each', async () => {
    const { kept, rows, history, pipeline } = await watched({ keepConnections: MOST });
    expect(pipeline.analysis().connectionCount).toBeGreaterThan(FLOWS);
    expect(Math.max(...kept)).toBeLessThanOrEqual(MOST);
    // What comes with one block lies on top until it is looked at.
    expect(Math.max(...rows)).toBeLessThan(MOST + 200);
    expect(Math.max(...history)).toBeLessThan(MOST * 24);
  });

  it('changes nothing of those that are kept: their numbers, states and verdicts are those without it', async () => {
    const some = await analyze([file], { keepConnections: MOST, block });
    const byId = new Map<number, Connection>(
      Array.from(all.connections(), (connection) => [connection.id, connection]),
    );
    const connections = [...some.connections()];
    expect(connections.length).toBe(all.connectionCount - some.forgotten!.count);
    expect(Array.from(some.forgotten!.kept)).toEqual(connections.map(({ id }) => id));
    for (const connection of connections) {
      expect(connection).toEqual(byId.get(connection.id));
      expect(some.findingsOf(connection.id)).toEqual(all.findingsOf(connection.id));
    }
  });

  it('leaves the counts of all, and tells of it', async () => {
    const some = await analyze([file], { keepConnections: MOST, block });
    const { forgotten } = some;
    expect(forgotten).toMatchObject({ early: 0, lived: 0, ungrouped: 0 });
    expect(forgotten!.count).toBeGreaterThan(FLOWS / 2);
    expect([...some.endings]).toEqual([...all.endings]);
    expect(groupsOf(some)).toEqual(groupsOf(all));
    expect(some.groups.some(({ forgotten: gone = 0 }) => gone > 0)).toBe(true);
    const [tally, whole] = [some, all].map((analysis) => [...text(analysis, { color: false, width: 200 })].join(''));
    expect(tally).toMatch(
      /^forgotten {4}[\d,]+ are only counted, to bound the memory \(--keep-connections\): [\d,]+ closed, /m,
    );
    // The last line counts them all: one that went before a diagnosis told of it, or before its service answered
    // others, as it stood then.
    const [well, of] = wellIn(tally!);
    const [wellOfAll, ofAll] = wellIn(whole!);
    expect(of).toBe(ofAll);
    expect(well).toBeGreaterThanOrEqual(wellOfAll);
    expect(well - wellOfAll).toBeLessThan(ofAll / 200);
  });

  it('holds where nothing is over yet, and says that some may have lived', async () => {
    const few = 200;
    const { kept, pipeline } = await watched({ keepConnections: few });
    expect(Math.max(...kept)).toBeLessThanOrEqual(few);
    const { forgotten } = pipeline.analysis();
    expect(forgotten!.early).toBeGreaterThan(FLOWS / 2);
    expect(forgotten!.lived).toBeGreaterThan(0);
    expect(forgotten!.lived).toBeLessThan(forgotten!.early);
  });
});

describe('an analysis of a moment', () => {
  it('mistakes no connection for one that came later in its place', async () => {
    const capture = await openCapture([file], { block });
    const pipeline = new Pipeline(capture, { keepConnections: MOST, profile: 'linux' });
    const truth = new Map(
      Array.from((await analyze([file], { profile: 'linux' })).connections(), (connection) => [
        connection.id, connection,
      ]),
    );
    let then: Analysis | null = null;
    let ids: number[] = [];
    for await (const batch of capture.batches()) {
      pipeline.feed(batch);
      if (then !== null || pipeline.packets < FLOWS * 3) continue;
      then = pipeline.analysis();
      ids = Array.from(then.connections(), ({ id }) => id);
    }
    const left = new Set(Array.from(then!.connections(), ({ id }) => id));
    expect(left.size).toBeGreaterThan(0);
    expect(left.size).toBeLessThan(ids.length);
    for (const id of left)
      expect(then!.connection(id)).toMatchObject({
        client: truth.get(id)!.client, server: truth.get(id)!.server, firstFrame: truth.get(id)!.firstFrame,
      });
    for (const id of ids.filter((each) => !left.has(each)))
      expect(() => then!.connection(id)).toThrow(`connection ${id} is not known: it was forgotten, or never was`);
    expect(then!.sockets(then!.capture.last!, ids).every(({ flow }) => left.has(flow))).toBe(true);
  });
});
