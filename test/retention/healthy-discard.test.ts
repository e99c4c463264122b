import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';
import { openCapture } from '../../src/capture/capture.js';
import { IS_TCP, decode } from '../../src/decode/decode.js';
import { Segment } from '../../src/decode/segment.js';
import { findAll } from '../../src/findings/find-all.js';
import type { FoundOfAll } from '../../src/findings/found.js';
import { FirstFrames } from '../../src/flow/identity/first-frames.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { History } from '../../src/flow/history/history.js';
import { connectionIdsOf } from '../../src/flow/identity/connection-ids.js';
import type { AnyDetector, SeenAtOnce } from '../../src/findings/detector.js';
import { HealthyDiscard } from '../../src/retention/healthy-discard.js';
import { timers } from '../../src/tcp/profiles.js';
import { ConnectionSet } from '../../src/tcp/connection-set.js';
import { ConnectionFolder } from '../../src/tcp/connection-folder.js';
import { SECOND } from '../../src/base/time.js';
import { segment } from '../flow/segments.js';

const files = readdirSync('captures').filter((name) => name.endsWith('.pcapng')).map((name) => `captures/${name}`);

const told = (analysis: Analysis): unknown => [
  analysis.findings, analysis.groups, analysis.connectionCount, [...analysis.endings],
];

describe('with findingsOnly', () => {
  it.each(files)('the findings of %s are the same, and all connections are counted', async (path) => {
    const [all, some] = [await analyze([path]), await analyze([path], { findingsOnly: true })];
    expect(told(some)).toEqual(told(all));

    const found = [...all.connections()].filter(({ id }) => all.findingsOf(id).length > 0);
    expect([...some.connections()]).toEqual(found);
    const folded = new Map(some.folded?.endings);
    for (const { ending } of found) folded.set(ending, (folded.get(ending) ?? 0) + 1);
    expect(Object.fromEntries(folded)).toEqual(Object.fromEntries(all.endings));
  });

  it('a connection that was forgotten is not mistaken for another', async () => {
    const analysis = await analyze(['captures/showcase.pcapng'], { findingsOnly: true });
    expect(() => analysis.connection(analysis.connectionCount)).toThrow(
      `connection ${analysis.connectionCount} is not known: it was forgotten, or never was`,
    );
  });
});

/** A capture whose connections are forgotten as soon as they may be, which is looked at behind every segment. */
async function forgetfully(
  path: string, timeWait: number,
): Promise<{ found: FoundOfAll; forgotten: number; kept: number }> {
  const table = new FlowTable({ firstFrames: new FirstFrames() });
  const healthyDiscard = new HealthyDiscard(timeWait, 0);
  const segment = new Segment();
  let [frame, begin, end] = [0, Infinity, 0];
  const capture = await openCapture([path]);
  for await (const batch of capture.batches()) {
    for (let index = 0; index < batch.count; index++) {
      frame++;
      begin = Math.min(begin, batch.time[index]!);
      end = Math.max(end, batch.time[index]!);
      if (decode(batch, index, segment) !== IS_TCP) continue;
      table.add(segment, frame, batch.time[index]!, batch.bytes);
      healthyDiscard.look(table, end, begin);
    }
  }
  const folder = new ConnectionFolder(table, () => ({ ...timers.linux, timeWait }));
  const found = findAll(new ConnectionSet([folder], Math.max(end, capture.end ?? end)));
  found.endings.addAll(healthyDiscard.endings);
  return { found, forgotten: healthyDiscard.count, kept: table.connections.count };
}

describe('forgetting behind every segment', () => {
  // Long enough for many connections to come and go; in none of them does a segment come later than this after a clean
  // close.
  it.each(['busy-healthy-server', 'showcase', 'forgotten-close'])(
    '%s has the findings, ids and streams that it has without',
    async (name) => {
    const path = `captures/${name}.pcapng`;
    const all = await analyze([path], { timeWait: SECOND, profile: 'linux' });
    const { found, forgotten } = await forgetfully(path, SECOND);
    expect(found.findings).toEqual(all.findings);
    expect([...found.endings.counted()]).toEqual([...all.endings]);
    expect(forgotten).toBeGreaterThan(0);
  },
  );

  it('uses rows again, so that a table is no larger than what lives at a time', async () => {
    const { forgotten, kept } = await forgetfully('captures/busy-healthy-server.pcapng', SECOND);
    expect(forgotten).toBeGreaterThan(kept);
  });
});

/** A conversation of one client port, a second after the last one; on the same tuple where the port is the same. */
function plainConnection(table: FlowTable, frame: number, time: number, port: number): void {
  const steps = [
    segment('>', 'S', 100), segment('<', 'S.', 500, 101), segment('>', '.', 101, 501), segment('>', 'F.', 101, 501),
    segment('<', 'F.', 501, 102), segment('>', '.', 102, 502),
  ];
  for (const [index, step] of steps.entries()) {
    if (index === 1 || index === 4) step.destinationPort = port;
    else step.sourcePort = port;
    table.add(step, frame + index, time + index, new Uint8Array(0));
  }
}

/** Of ten connections at most, where a detector wants these. */
function discardWanting(wants: readonly SeenAtOnce[]): HealthyDiscard {
  const detector: AnyDetector = {
    id: 'curious', title: '', rfc: '', severities: {}, advice: {}, wants, detect: () => [],
  };
  return new HealthyDiscard(60 * SECOND, 0, 10, 0, [detector]);
}

/** Connections that are left of a clean close and so many attempts, all long ago. */
function left(wants: readonly SeenAtOnce[], attempts: number): number {
  const table = new FlowTable({ firstFrames: new FirstFrames() });
  plainConnection(table, 1, 0, 40_000);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const syn = segment('>', 'S', 100);
    syn.sourcePort = 50_000 + attempt;
    table.add(syn, 10 + attempt, 0, new Uint8Array(0));
  }
  const healthyDiscard = discardWanting(wants);
  healthyDiscard.look(table, 600 * SECOND);
  return table.connections.kept;
}

describe('what is forgotten', () => {
  it('is a clean close once TIME-WAIT is over, with its tuple', () => {
    const table = new FlowTable({ firstFrames: new FirstFrames() });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 0);
    plainConnection(table, 1, 0, 40_000);
    healthyDiscard.look(table, 59 * SECOND);
    expect([table.connections.kept, healthyDiscard.count]).toEqual([1, 0]);
    healthyDiscard.look(table, 61 * SECOND);
    expect([table.connections.kept, healthyDiscard.count, [...healthyDiscard.endings.counted()]]).toEqual([
      0, 1, [['closed', 1]],
    ]);
    expect([...healthyDiscard.hosts.keys()]).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('is nothing while the capture is shorter than TIME-WAIT, and what is due from then on', () => {
    const table = new FlowTable({ firstFrames: new FirstFrames() });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 0);
    plainConnection(table, 1, 0, 40_000);
    plainConnection(table, 7, 30 * SECOND, 40_001);
    const kept = [59, 61, 89, 91].map((seconds) => {
      healthyDiscard.look(table, seconds * SECOND, 0);
      return table.connections.kept;
    });
    expect(kept).toEqual([2, 1, 1, 0]);
  });

  it('is not what a detector wants', () => {
    expect([left([], 1), left(['closed'], 1), left(['unanswered'], 1), left(['closed', 'unanswered'], 1)]).toEqual([
      0, 1, 1, 2,
    ]);
    // But attempts without number are not kept by anybody.
    expect(left(['unanswered'], 20)).toBe(0);
  });

  it('leaves its row, its history and its tuple to the next', () => {
    // Without young rows, which are used again when there are no more of them.
    const table = new FlowTable({ firstFrames: new FirstFrames(), history: new History(0) });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 0);
    for (let round = 0; round < 100; round++) {
      plainConnection(table, 1 + round * 6, round * 100 * SECOND, 40_000 + round);
      healthyDiscard.look(table, (round * 100 + 90) * SECOND);
    }
    expect([table.connections.count, table.tuples.count, table.history.living.count, healthyDiscard.count]).toEqual([
      1, 1, 6, 100,
    ]);
  });

  it('is not a connection whose ports came again: who held them matters', () => {
    const table = new FlowTable({ firstFrames: new FirstFrames() });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 0);
    plainConnection(table, 1, 0, 40_000);
    plainConnection(table, 7, 10 * SECOND, 40_000);
    healthyDiscard.look(table, 1000 * SECOND);
    expect([table.connections.kept, healthyDiscard.count]).toEqual([2, 0]);
  });

  it('is an attempt that nobody answered for two minutes, but not one with a segment among its SYNs that is none', () => {
    const table = new FlowTable({ firstFrames: new FirstFrames() });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 0, Infinity, 0);
    table.add(segment('>', 'S', 100), 1, 0, new Uint8Array(0));
    table.add(segment('>', 'S', 100), 2, 1 * SECOND, new Uint8Array(0));
    table.add(Object.assign(segment('>', 'S', 900), { sourcePort: 1 }), 3, 1 * SECOND, new Uint8Array(0));
    table.add(Object.assign(segment('>', '', 900), { sourcePort: 1 }), 4, 1 * SECOND, new Uint8Array(0));
    healthyDiscard.look(table, 120 * SECOND);
    expect(healthyDiscard.count).toBe(0);
    healthyDiscard.look(table, 121 * SECOND);
    expect([table.connections.kept, [...healthyDiscard.endings.counted()], healthyDiscard.early]).toEqual([
      1, [['unanswered', 1]], 0,
    ]);
  });

  it('is not a connection of which only the client was captured', () => {
    const table = new FlowTable({ firstFrames: new FirstFrames() });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 0);
    for (const [index, step] of [
      segment('>', 'S', 100), segment('>', '.', 101, 501), segment('>', 'P.', 101, 501, 30),
    ].entries())
      table.add(step, 1 + index, index, new Uint8Array(0));
    healthyDiscard.look(table, 1000 * SECOND);
    expect([table.connections.kept, healthyDiscard.count]).toEqual([1, 0]);
  });

  it('is not a SYN with a flag that no TCP sends with it', () => {
    const table = new FlowTable({ firstFrames: new FirstFrames() });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 0);
    table.add(segment('>', 'SR', 100), 1, 0, new Uint8Array(0));
    healthyDiscard.look(table, 1000 * SECOND);
    expect([table.connections.kept, healthyDiscard.count]).toEqual([1, 0]);
  });

  it('is in a flood every attempt, so that there are never many more than are allowed', () => {
    const table = new FlowTable({ firstFrames: new FirstFrames() });
    const healthyDiscard = new HealthyDiscard(60 * SECOND, 3_000, 100_000);
    const syn = segment('>', 'S', 1);
    const nothing = new Uint8Array(0);
    for (let frame = 1; frame <= 210_000; frame++) {
      syn.source3 = frame;
      table.add(syn, frame, frame, nothing);
      if (frame % 100 === 0) healthyDiscard.look(table, frame);
    }
    expect([healthyDiscard.early, table.connections.kept, table.connections.count <= 100_100]).toEqual([
      199_992, 10_008, true,
    ]);
    const connectionIds = connectionIdsOf(table);
    expect(Array.from(connectionIds.rows(), (row) => connectionIds.idOf(row)).slice(0, 10)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 200_000, 200_001,
    ]);
    expect([
      healthyDiscard.attempts.count,
      [...healthyDiscard.attempts.services()].map(({ attempts, clients, others }) => [attempts, clients.size, others]),
    ]).toEqual([199_992, [[199_992, 64, 199_928]]]);
  });
});
