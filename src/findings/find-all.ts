import type { Judge } from '../tcp/verdict.js';
import type { Time } from '../time.js';
import type { Detection, Detector, Subject } from './detector.js';
import type { Finding, Group } from './finding.js';
import { grouped } from './grouping.js';
import { detectors } from './index.js';

export interface Found {
  readonly findings: readonly Finding[];
  /** Indices into `findings` by connection. */
  readonly byConnection: ReadonlyMap<number, readonly number[]>;
  readonly groups: readonly Group[];
}

/** Runs every detector over every connection that did not open and close plainly (flow/plain.ts): detectors tell of what is not plain. */
export function findAll(judge: Judge, count: number, captureEnd: Time): Found {
  const findings: Finding[] = [];
  const byConnection = new Map<number, number[]>();
  for (let id = 0; id < count; id++) {
    if (judge.closedPlainly(id)) continue;
    const { connection, story, course, timers, initialDistances } = judge.judge(id, captureEnd);
    const subject: Subject = {
      connection, story, course, timers, initialDistances, captureEnd,
      previous: () => previousOf(judge, connection.previous, captureEnd),
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
  return { findings, byConnection, groups: grouped(findings) };
}

function previousOf(judge: Judge, id: number | null, captureEnd: Time): Subject['connection'] | null {
  return id === null ? null : judge.again(id, captureEnd).connection;
}

function finding(detector: Detector, detection: Detection, { connection, captureEnd }: Subject): Finding {
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
