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
  readonly endings: Endings;
}

/** Runs every detector over every connection that did not open and close plainly (flow/plain.ts): detectors tell of what is not plain. The others, too, are counted by their ending. */
export function findAll(judge: Judge, count: number, captureEnd: Time): Found {
  const findings: Finding[] = [];
  const byConnection = new Map<number, number[]>();
  const endings = new Endings();
  for (let id = 0; id < count; id++) {
    if (judge.closedPlainly(id)) {
      endings.add('closed', 1, id);
      continue;
    }
    const { connection, story, course, timers, initialDistances } = judge.judge(id, captureEnd);
    endings.add(connection.ending, 1, id);
    const subject: Subject = {
      connection, story, course, timers, initialDistances, captureEnd,
      previous: () => previousOf(judge, connection.previous, captureEnd),
      timestampAdvance: () => judge.timestampAdvance(id),
    };
    for (const detector of detectors) {
      for (const detection of detector.detect(subject)) {
        const list = byConnection.get(id);
        if (list) list.push(findings.length);
        else byConnection.set(id, [findings.length]);
        findings.push(finding(detector, detection, subject));
      }
    }
  }
  findServices(judge, count, captureEnd, findings, byConnection);
  return { findings, byConnection, groups: grouped(findings), endings };
}

/** Adds what only many connections together show. */
function findServices(judge: Judge, count: number, captureEnd: Time, findings: Finding[], byConnection: Map<number, number[]>): void {
  const connection = (id: number): Connection => judge.judge(id, captureEnd).connection;
  const overall: Overall = { findings: [...findings], captureEnd, connection, crowds: (atLeast) => crowds(judge, count, atLeast, connection) };
  for (const detector of serviceDetectors) {
    for (const detection of detector.detect(overall)) {
      byConnection.set(detection.flow, [...(byConnection.get(detection.flow) ?? []), findings.length]);
      findings.push(finding(detector, detection, { connection: connection(detection.flow), captureEnd }));
    }
  }
}

/** Connections by client address and service, where there are at least `atLeast`. */
function* crowds(judge: Judge, count: number, atLeast: number, connection: (id: number) => Connection): Generator<readonly Connection[]> {
  if (count < atLeast) return;
  const ids = new Map<string, number[]>();
  for (let id = 0; id < count; id++) {
    const { address, port } = judge.address(id, 1);
    const key = `${judge.address(id, 0).address} ${address} ${port}`;
    const crowd = ids.get(key);
    if (crowd) crowd.push(id);
    else ids.set(key, [id]);
  }
  for (const crowd of ids.values()) if (crowd.length >= atLeast) yield crowd.map(connection);
}

function previousOf(judge: Judge, id: number | null, captureEnd: Time): Subject['connection'] | null {
  return id === null ? null : judge.again(id, captureEnd).connection;
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
