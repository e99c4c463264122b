import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { AnyDetector, AnyKind, SeenAtOnce } from '../../src/findings/detector.js';
import { findIn } from '../../src/findings/find-in.js';
import { SEVERITIES } from '../../src/findings/finding.js';
import { detectors, type Finding } from '../../src/findings/index.js';
import { SECOND } from '../../src/base/time.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { ConnectionFolder } from '../../src/tcp/connection-folder.js';
import { timers } from '../../src/tcp/profiles.js';
import { segment } from '../flow/segments.js';
import { FindingIndex } from '../../src/findings/finding-index.js';

describe('a finding', () => {
  it('has all that a reader needs', async () => {
    const { findings } = await analyze(['captures/time-wait-collision.pcapng']);
    const { message, advice, evidence, frames, start, duration, ...rest } = findings.find(
      ({ id }) => id === 'time-wait-reuse',
    )!;
    expect(rest).toEqual({
      id: 'time-wait-reuse', cause: 'collision', severity: 'error', confidence: 'certain', alternatives: [], flow: 1,
      stream: 1, endpoint: { address: '192.0.2.10', port: 61_000 }, role: 'client', end: start + duration,
      filter: 'tcp.stream eq 1 or tcp.stream eq 2', service: { address: '198.51.100.20', port: 9000 },
    });
    expect(frames).toEqual([...new Set(frames)].toSorted((a, b) => a - b));
    expect(message).toMatch(/^The SYN \(frame \d+\) fell into TIME-WAIT/);
    expect(advice.length).toBeGreaterThan(0);
    expect(evidence['holder']).toBe('server');
  });

  it('that still lasts has no end, and the age that it has when the capture ends', async () => {
    const { findings, capture } = await analyze(['captures/forgotten-close.pcapng']);
    expect(findings.map(({ end }) => end)).toEqual(Array.from({ length: 9 }, () => null));
    for (const { start, duration } of findings) expect(start + duration).toBe(capture.last);
  });

  it('is found by its connection', async () => {
    const analysis = await analyze(['captures/showcase.pcapng']);
    const byConnection = [...analysis.connections()].flatMap(({ id }) =>
      analysis.findingsOf(id).map((finding) => [id, finding] as const),
    );
    const ofItself = byConnection.filter(([id, { flow }]) => flow === id).map(([, finding]) => finding);
    expect(ofItself).toHaveLength(analysis.findings.length);
    expect(new Set(ofItself)).toEqual(new Set(analysis.findings));
    // What is told of many together is found by each of them.
    const others = analysis.findings.reduce((sum, { others = 0 }) => sum + others, 0);
    expect(byConnection.length - ofItself.length).toBe(others);
    expect(others).toBeGreaterThan(0);
  });
});

/** Of findings of these connections. */
const of = (...flows: readonly number[]): FindingIndex => new FindingIndex(flows.map((flow) => ({ flow }) as Finding));

describe('the index of findings', () => {
  it('a connection has its findings in their order, and others have none', () => {
    const index = of(2, 2, 5, 9, 9, 9);
    expect([0, 2, 3, 5, 9, 10].map((flow) => index.of(flow))).toEqual([[], [0, 1], [], [2], [3, 4, 5], []]);
    expect([0, 2, 3, 5, 9, 10].map((flow) => index.has(flow))).toEqual([false, true, false, true, true, false]);
  });

  it('what is found later comes behind, of whichever connection', () => {
    const index = of(2, 5);
    index.add(5, 2);
    index.add(0, 3);
    index.add(5, 4);
    expect([0, 2, 5].map((flow) => index.of(flow))).toEqual([[3], [0], [1, 2, 4]]);
    expect([0, 1, 2, 5].map((flow) => index.has(flow))).toEqual([true, false, true, true]);
  });

  it('of no findings there are none', () => {
    expect([of().of(0), of().has(0)]).toEqual([[], false]);
  });
});

/** One connection that closed cleanly, one attempt without an answer, and one that is still open. */
function threeConnections(): ConnectionFolder {
  const table = new FlowTable();
  let frame = 0;
  const add = (port: number, ...[arrow, ...numbers]: Parameters<typeof segment>): void => {
    const packet = segment(arrow, ...numbers);
    if (arrow === '>') packet.sourcePort = port;
    else packet.destinationPort = port;
    frame++;
    table.add(packet, frame, frame, new Uint8Array(0));
  };
  for (const port of [40_000, 40_002]) {
    add(port, '>', 'S', 100);
    add(port, '<', 'S.', 500, 101);
    add(port, '>', '.', 101, 501);
    if (port !== 40_000) continue;
    add(port, '>', 'F.', 101, 501);
    add(port, '<', 'F.', 501, 102);
    add(port, '>', '.', 102, 502);
    add(40_001, '>', 'S', 100);
  }
  return new ConnectionFolder(table, () => timers.linux);
}

/** Says of every connection that it is asked about that it was. */
function curious(wants: readonly SeenAtOnce[]): AnyDetector {
  return {
    id: 'curious', title: 'Asked', rfc: 'RFC 9293 §3.6', severities: { '': 'info' }, advice: { '': [] }, wants,
    detect: ({ connection }) => [
      {
        cause: null, confidence: 'certain', role: 'client', start: connection.start, end: connection.end,
        frames: [connection.firstFrame], message: `It ended ${connection.ending}.`, evidence: {},
      },
    ],
  };
}

describe('a detector is asked about', () => {
  it.each<[readonly SeenAtOnce[], string[]]>([
    [[], ['open']],
    [['closed'], ['closed', 'open']],
    [['unanswered'], ['unanswered', 'open']],
    [['closed', 'unanswered'], ['closed', 'unanswered', 'open']],
  ])('%j beside all whose ending is not seen at once', (wants, endings) => {
    const found = findIn(threeConnections(), 100 * SECOND, [curious(wants)]);
    expect(found.findings.map(({ message }) => message)).toEqual(endings.map((ending) => `It ended ${ending}.`));
    expect([...found.endingsOfFound.counted().keys()].toSorted()).toEqual(endings.toSorted());
    expect([...found.endings.counted()]).toEqual([['closed', 1], ['unanswered', 1], ['open', 1]]);
    const { verdicts, doubts, well } = found.standings.result();
    expect([...verdicts.values()].reduce((sum, flows) => sum + flows, 0)).toBe(3);
    expect([verdicts.get('found'), verdicts.get('clean'), doubts.size]).toEqual([
      endings.length, endings.includes('closed') ? 0 : 1, endings.includes('unanswered') ? 0 : 1,
    ]);
    // Of what something is told, be it information alone, nobody says that it shows nothing wrong.
    expect(well).toBe(endings.includes('closed') ? 0 : 1);
  });
});

describe.each(detectors.map((detector: AnyKind) => [detector.id, detector] as const))('%s', (_, detector) => {
  it('knows the severity of each of its causes, and what to do about it', () => {
    const causes = Object.keys(detector.severities);
    expect(causes.length).toBeGreaterThan(0);
    for (const cause of causes) {
      expect(SEVERITIES).toContain(detector.severities[cause]);
      expect(detector.advice[cause]?.length ?? 0).toBeGreaterThan(0);
    }
    expect(Object.keys(detector.advice).toSorted()).toEqual(causes.toSorted());
  });
});
