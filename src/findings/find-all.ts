import type { Connection } from '../tcp/connection.js';
import { Endings } from '../tcp/endings.js';
import type { Judge } from '../tcp/verdict.js';
import type { Time } from '../time.js';
import type { Detection, Detector, Subject } from './detector.js';
import type { Finding, Group } from './finding.js';
import { grouped } from './grouping.js';
import { detectors, serviceDetectors } from './index.js';
import type { Overall, ServiceDetector } from './service-detector.js';

export interface Found {
  readonly findings: readonly Finding[];
  /** Indices into `findings` by connection. */
  readonly byConnection: ReadonlyMap<number, readonly number[]>;
  readonly groups: readonly Group[];
  /** Of all connections, and of those that have findings. */
  readonly endings: Endings;
  readonly endingsOfFound: Endings;
}

/** Runs every detector over every connection that did not open and close plainly (flow/plain.ts): detectors tell of what is not plain. The others, too, are counted by their ending. */
export function findAll(judge: Judge, captureEnd: Time): Found {
  const findings: Finding[] = [];
  const byConnection = new Map<number, number[]>();
  const endings = new Endings();
  const endingsOfFound = new Endings();
  for (const row of judge.roster.rows()) {
    if (judge.closedPlainly(row)) {
      endings.add('closed', 1, judge.firstFrame(row));
      continue;
    }
    const { connection, story, course, timers, initialDistances } = judge.judge(row, captureEnd);
    const { id } = connection;
    endings.add(connection.ending, 1, connection.firstFrame);
    const subject: Subject = {
      connection, story, course, timers, initialDistances, captureEnd,
      previous: () => previousOf(judge, connection.previous, captureEnd),
      timestampAdvance: () => judge.timestampAdvance(row),
    };
    for (const detector of detectors) {
      for (const detection of detector.detect(subject)) {
        const list = byConnection.get(id);
        if (list) list.push(findings.length);
        else {
          byConnection.set(id, [findings.length]);
          endingsOfFound.add(connection.ending, 1, connection.firstFrame);
        }
        findings.push(finding(detector, detection, subject));
      }
    }
  }
  findServices(judge, captureEnd, findings, byConnection, endingsOfFound);
  return { findings, byConnection, groups: grouped(findings), endings, endingsOfFound };
}

/** Adds what only many connections together show. */
function findServices(judge: Judge, captureEnd: Time, findings: Finding[], byConnection: Map<number, number[]>, endingsOfFound: Endings): void {
  const connection = (id: number): Connection => judge.judge(judge.roster.rowOf(id), captureEnd).connection;
  const overall: Overall = { findings: [...findings], captureEnd, connection, crowds: (atLeast) => crowds(judge, atLeast, captureEnd) };
  for (const detector of serviceDetectors) {
    for (const detection of detector.detect(overall)) {
      const shown = connection(detection.flow);
      if (!byConnection.has(shown.id)) endingsOfFound.add(shown.ending, 1, shown.firstFrame);
      byConnection.set(shown.id, [...(byConnection.get(shown.id) ?? []), findings.length]);
      findings.push(finding(detector, detection, { connection: shown, captureEnd }));
    }
  }
}

/** Connections by client address and service, where there are at least `atLeast`. */
function* crowds(judge: Judge, atLeast: number, captureEnd: Time): Generator<readonly Connection[]> {
  if (judge.roster.count < atLeast) return;
  const sizes = judge.crowds();
  const rows = new Map<string, number[]>();
  for (const row of judge.roster.rows()) {
    if (sizes.size(row) < atLeast) continue;
    const { address, port } = judge.address(row, 1);
    const key = `${judge.address(row, 0).address} ${address} ${port}`;
    const crowd = rows.get(key);
    if (crowd) crowd.push(row);
    else rows.set(key, [row]);
  }
  for (const crowd of rows.values()) if (crowd.length >= atLeast) yield crowd.map((row) => judge.judge(row, captureEnd).connection);
}

function previousOf(judge: Judge, id: number | null, captureEnd: Time): Subject['connection'] | null {
  return id === null ? null : judge.again(judge.roster.rowOf(id), captureEnd).connection;
}

function finding(detector: Detector | ServiceDetector, detection: Detection, { connection, captureEnd }: Pick<Subject, 'connection' | 'captureEnd'>): Finding {
  const { cause, role, start, end } = detection;
  const { id: flow, stream, streams, server } = connection;
  return {
    id: detector.id,
    cause,
    severity: detection.severity ?? detector.severities[cause ?? ''] ?? 'warning',
    confidence: detection.confidence,
    alternatives: detection.alternatives ?? [],
    flow,
    stream,
    endpoint: connection[role],
    role,
    start,
    end,
    duration: (end ?? captureEnd) - start,
    frames: [...new Set(detection.frames)].toSorted((a, b) => a - b),
    message: detection.message,
    advice: detector.advice[cause ?? ''] ?? [],
    filter: streams.map((number) => `tcp.stream eq ${number}`).join(' or '),
    evidence: detection.evidence,
    service: server,
  };
}
