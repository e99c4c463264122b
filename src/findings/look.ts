import type { Case } from './case.js';
import type { AnyDetection, AnyDetector, AnyKind, Subject } from './detector.js';
import { asFarAsCaptured } from './incomplete-capture.js';
import type { Finding } from './index.js';
import { oneEach } from './one-event.js';

/** Alternatives of most findings, which have none: one list for all of them. */
const NONE: readonly never[] = [];

/** Adds what is found of one connection; answers whether it was something. */
export function look(subject: Case, asked: readonly AnyDetector[], findings: Finding[]): boolean {
  let found: Finding[] | null = null;
  for (const detector of asked) {
    const detections = detector.detect(subject);
    if (detections.length === 0) continue;
    found ??= [];
    subject.found = found;
    for (const detection of detections) found.push(asFarAsCaptured(findingOf(detector, detection, subject), subject));
  }
  if (found === null) return false;
  for (const told of oneEach(found)) findings.push(told);
  return true;
}

/** What a detector has seen, with all that a reader needs of it. */
export function findingOf(
  detector: AnyKind, detection: AnyDetection, { connection }: Pick<Subject, 'connection'>,
): Finding {
  const { cause, role, start, end, alternatives = NONE } = detection;
  const { id: flow, stream, streams, server } = connection;
  return {
    id: detector.id, cause, severity: detection.severity ?? detector.severities[cause ?? ''] ?? 'warning',
    confidence: detection.confidence, alternatives: alternatives.length === 0 ? NONE : alternatives, flow, stream,
    endpoint: connection[role], role, start, end, duration: Math.max((end ?? connection.observedUntil) - start, 0),
    frames: inOrder(detection.frames), message: inOnePiece(detection.message),
    advice: detection.advice ?? detector.advice[cause ?? ''] ?? [],
    filter: inOnePiece(
      streams.length === 1
        ? `tcp.stream eq ${stream}`
        : streams.map((number) => `tcp.stream eq ${number}`).join(' or '),
    ),
    evidence: detection.evidence, service: server,
  } as Finding;
}

/** Each frame once, ascending: as most are already. */
function inOrder(frames: readonly number[]): readonly number[] {
  for (let index = 1; index < frames.length; index++)
    if (frames[index - 1]! >= frames[index]!) return [...new Set(frames)].toSorted((a, b) => a - b);
  return frames.slice();
}

/**
 * A text without blanks at its end. V8 keeps what was put together as a tree of its parts until somebody looks at its
 * letters, which takes more than twice the memory (350 bytes of a message, so 150); to trim it is the cheapest way to
 * look.
 */
function inOnePiece(text: string): string {
  return text.trimEnd();
}
