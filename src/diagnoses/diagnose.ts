import { refuseFullHeapNow } from '../base/heap.js';
import { SEVERITIES } from '../findings/finding.js';
import type { Finding } from '../findings/index.js';
import type { Address } from '../tcp/connection.js';
import { MILLISECOND } from '../base/time.js';
import type { Time } from '../base/time.js';
import { isOfKinds } from './diagnosis.js';
import type { Detected, Diagnosis, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import { fromBefore } from './from-before.js';
import type { Service } from './facts/gathering.js';
import { diagnosisDetectors } from './index.js';
import { unexplained } from './once.js';
import { Telling } from './telling.js';
import type { Told } from './telling.js';

/** Streams that a diagnosis names, and connections. */
const STREAMS = 20;
const CONNECTIONS = 4096;

/** Diagnoses in order, the gravest first; and which of them explains what was found. */
export interface Diagnoses {
  readonly diagnoses: readonly Diagnosis[];
  /** The place in `diagnoses` of the one that explains a finding; null where none does. */
  explanationOf(finding: Finding): number | null;
}

/** A diagnosis, and the connections whose findings it explains. */
interface ToldDiagnosis {
  readonly diagnosis: Diagnosis;
  readonly explained: Set<number>;
  /** Of those that went on when it was over what had ended by then is explained, too. */
  readonly outlived: ReadonlySet<number>;
  readonly detector: DiagnosisDetector;
  readonly detected: Detected;
}

/** Runs the detectors one after the other, the strongest first: what one has told of is not told again by the next. */
export function diagnose(
  services: readonly Service[], told: Told, start: Time, end: Time, detectors = diagnosisDetectors,
): Diagnoses {
  const scene = new Telling(services, told, start, end);
  const all: ToldDiagnosis[] = [];
  const tell = (detector: DiagnosisDetector, detected: Detected): void => {
    const outlived = new Set(detected.outlived);
    const concerned = [...detected.members, ...(detected.beside ?? [])].filter((facts) => !outlived.has(facts));
    scene.explain(concerned);
    const ids = new Set(concerned.map(({ id }) => id));
    const diagnosis = complete(detector, detected, scene, concerned);
    all.push({
      diagnosis, explained: ids, outlived: new Set(detected.outlived?.map(({ id }) => id)), detector, detected,
    });
  };
  for (const detector of detectors) {
    const services = detector.signs === undefined ? scene.services : scene.servicesShowing(detector.signs);
    if (services.length === 0) continue;
    refuseFullHeapNow();
    for (const detected of detector.detect(scene, services)) tell(detector, detected);
  }
  const hasOutlived = all.some(({ outlived }) => outlived.size > 0);
  let left = unexplained(scene, hasOutlived ? (finding) => all.some((one) => isPartOf(one, finding)) : undefined);
  let early = left.filter(({ facts }) => facts.isGuessed);
  for (const { explained, detector, detected } of all) {
    const begun = early.length === 0 ? [] : fromBefore(scene, early, detector, detected);
    if (begun.length === 0) continue;
    scene.explain(begun);
    for (const { id } of begun) explained.add(id);
    early = early.filter(({ facts }) => !scene.isExplained(facts));
    left = left.filter(({ facts }) => !scene.isExplained(facts));
  }
  for (const detector of detectors) {
    if (left.length === 0) break;
    const before = all.length;
    for (const detected of detector.once?.(scene, left) ?? []) {
      if (
        !all.some(
          ({ detector: { id }, diagnosis: { service } }) => id === detector.id && isSame(service, detected.service),
        )
      )
        tell(detector, detected);
    }
    if (all.length > before) left = left.filter(({ facts }) => !scene.isExplained(facts));
  }
  all.sort((a, b) => gravestFirst(a.diagnosis, b.diagnosis));
  const places = new Map<number, number[]>();
  all.forEach(({ explained: ids, outlived }, place) => {
    for (const id of [...ids, ...outlived]) {
      const known = places.get(id);
      if (known) known.push(place);
      else places.set(id, [place]);
    }
  });
  return {
    diagnoses: all.map(({ diagnosis }) => diagnosis),
    explanationOf: (finding) =>
      places.get(finding.flow)?.find((place) => isPartOf(all[place]!, finding)) ?? null,
  };
}

function isPartOf({ detector, explained, outlived, diagnosis }: ToldDiagnosis, finding: Finding): boolean {
  return (
    isOfKinds(detector.explains, finding) &&
    (explained.has(finding.flow) || (outlived.has(finding.flow) && isBefore(finding, diagnosis.last)))
  );
}

/** Whether what was found had come to its end at `time`, which may be known to the millisecond alone. */
function isBefore({ end }: Finding, time: Time): boolean {
  return end !== null && end <= time + MILLISECOND;
}

function isSame(a: Address | null, b: Address | null): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}

function complete(
  detector: DiagnosisDetector, detected: Detected, scene: Scene, concerned: readonly Facts[],
): Diagnosis {
  const { members, severity, confidence, service, by, message, advice, numbers, refutes, first, last } = detected;
  const explains = new Set<string>();
  for (const facts of concerned)
    for (const finding of scene.findingsOf(facts)) if (isOfKinds(detector.explains, finding)) explains.add(finding.id);
  for (const facts of detected.outlived ?? [])
    for (const finding of scene.findingsOf(facts))
      if (isOfKinds(detector.explains, finding) && isBefore(finding, last ?? -Infinity)) explains.add(finding.id);
  const inOrder = members.toSorted((a, b) => a.id - b.id);
  let [earliest, latest] = [Infinity, -Infinity];
  for (const { closeAt, start } of members) {
    const moment = Number.isNaN(closeAt) ? start : closeAt;
    earliest = Math.min(earliest, moment);
    latest = Math.max(latest, moment);
  }
  return {
    id: detector.id, severity, confidence, service, by, message, advice, numbers, refutes,
    flows: members.length,
    streams: [...new Set(inOrder.map(({ stream }) => stream))].slice(0, STREAMS),
    explains: [...explains],
    connections: inOrder.slice(0, CONNECTIONS).map(({ id }) => id),
    first: first ?? earliest, last: last ?? latest,
  };
}

function gravestFirst(a: Diagnosis, b: Diagnosis): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.flows - a.flows || a.first - b.first;
}
