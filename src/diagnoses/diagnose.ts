import { refuseFullHeapNow } from '../base/heap.js';
import { groupsBy } from '../base/groups.js';
import type { ConnectionId } from '../base/numbers.js';
import { SEVERITIES } from '../findings/finding.js';
import type { Finding } from '../findings/index.js';
import type { Address } from '../tcp/connection.js';
import type { Time } from '../base/time.js';
import type { Detected, Diagnosis, DiagnosisDetector, Scene } from './diagnosis.js';
import { byClient, everyone } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';
import { diagnosisDetectors } from './index.js';
import { unexplained } from './once.js';

/** Streams that a diagnosis names, and connections. */
const STREAMS = 20;
const CONNECTIONS = 4096;

/** Diagnoses in order, the gravest first; and which of them explains what was found. */
export interface Diagnoses {
  readonly diagnoses: readonly Diagnosis[];
  /** The place in `diagnoses` of the one that explains a finding; null where none does. */
  explanationOf(finding: Finding): number | null;
}

/** What the findings of connections are asked by. */
export interface Told {
  findingsOf(id: ConnectionId): readonly Finding[];
  /**
   * Of how many of so many connections the capture may have lost what shows their close; left out where it lost
   * nothing.
   */
  byChance?(connections: number): number;
}

/** Runs the detectors one after the other, the strongest first: what one has told of is not told again by the next. */
export function diagnose(
  services: readonly Service[], told: Told, start: Time, end: Time, detectors = diagnosisDetectors,
): Diagnoses {
  const scene = new Telling(services, told, start, end);
  const all: {
    readonly diagnosis: Diagnosis;
    readonly explained: ReadonlySet<number>;
    readonly detector: DiagnosisDetector;
  }[] = [];
  const tell = (detector: DiagnosisDetector, detected: Detected): void => {
    const outlived = new Set(detected.outlived);
    const concerned = [...detected.members, ...(detected.beside ?? [])].filter((facts) => !outlived.has(facts));
    scene.explain(concerned);
    const ids = new Set(concerned.map(({ id }) => id));
    all.push({ diagnosis: complete(detector, detected, scene, concerned), explained: ids, detector });
  };
  for (const detector of detectors) {
    refuseFullHeapNow();
    for (const detected of detector.detect(scene)) tell(detector, detected);
  }
  const left = unexplained(scene);
  for (const detector of left.length === 0 ? [] : detectors) {
    for (const detected of detector.once?.(scene, left.filter(({ facts }) => !scene.isExplained(facts))) ?? []) {
      if (
        !all.some(
          ({ detector: { id }, diagnosis: { service } }) => id === detector.id && isSame(service, detected.service),
        )
      )
        tell(detector, detected);
    }
  }
  all.sort((a, b) => gravestFirst(a.diagnosis, b.diagnosis));
  const places = new Map<number, number[]>();
  all.forEach(({ explained: ids }, place) => {
    for (const id of ids) {
      const known = places.get(id);
      if (known) known.push(place);
      else places.set(id, [place]);
    }
  });
  return {
    diagnoses: all.map(({ diagnosis }) => diagnosis),
    explanationOf: (finding) =>
      places.get(finding.flow)?.find((place) => isExplained(all[place]!.detector, finding)) ?? null,
  };
}

function isSame(a: Address | null, b: Address | null): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}

/** What detectors see, while one after the other tells. Each connection has a place, by which it is marked. */
class Telling implements Scene {
  readonly services: readonly Service[];
  readonly start: Time;
  readonly end: Time;
  private readonly told: Told;
  private readonly explained: Uint8Array;
  private readonly findings: (readonly Finding[] | undefined)[];
  /** How often something was told: what was made before that is made anew. */
  private times = 0;
  private readonly freeOf = new Map<Service, { times: number; all: readonly Facts[] }>();
  private readonly freeClients = new Map<Service, { times: number; all: ReadonlyMap<string, readonly Facts[]> }>();
  private byHost: Map<string, Service[]> | null = null;
  private byClient: Map<string, { readonly service: Service }[]> | null = null;

  constructor(services: readonly Service[], told: Told, start: Time, end: Time) {
    this.services = services;
    this.start = start;
    this.end = end;
    this.told = told;
    let count = 0;
    for (const { telling, ordinary } of services) {
      for (const facts of telling.facts) facts.place = count++;
      for (const facts of ordinary.facts) facts.place = count++;
    }
    this.explained = new Uint8Array(count);
    this.findings = Array.from({ length: count });
  }

  explain(all: readonly Facts[]): void {
    this.times++;
    for (const { place } of all) this.explained[place] = 1;
  }

  isExplained({ place }: Facts): boolean {
    return this.explained[place] === 1;
  }

  free(service: Service): readonly Facts[] {
    const known = this.freeOf.get(service);
    if (known?.times === this.times) return known.all;
    const all = everyone(service).filter(({ place }) => this.explained[place] === 0);
    this.freeOf.set(service, { times: this.times, all });
    return all;
  }

  freeByClient(service: Service): ReadonlyMap<string, readonly Facts[]> {
    const known = this.freeClients.get(service);
    if (known?.times === this.times) return known.all;
    const all = groupsBy(this.free(service), ({ client }) => client);
    this.freeClients.set(service, { times: this.times, all });
    return all;
  }

  findingsOf({ place, id }: Facts): readonly Finding[] {
    return (this.findings[place] ??= this.told.findingsOf(id));
  }

  lostOf(connections: number): number {
    return this.told.byChance?.(connections) ?? 0;
  }

  servicesOf(address: string): readonly Service[] {
    this.byHost ??= groupsBy(this.services, (service) => service.address);
    return this.byHost.get(address) ?? [];
  }

  clientOf(address: string): readonly Service[] {
    this.byClient ??= groupsBy(
      this.services.flatMap((service) => Array.from(byClient(service).keys(), (client) => ({ client, service }))),
      ({ client }) => client,
    );
    return (this.byClient.get(address) ?? []).map(({ service }) => service);
  }
}

function complete(
  detector: DiagnosisDetector, detected: Detected, scene: Scene, concerned: readonly Facts[],
): Diagnosis {
  const { members, severity, confidence, service, by, message, advice, numbers, refutes, first, last } = detected;
  const explains = new Set<string>();
  for (const facts of concerned)
    for (const finding of scene.findingsOf(facts)) if (isExplained(detector, finding)) explains.add(finding.id);
  const inOrder = members.toSorted((a, b) => a.id - b.id);
  const moments = members.map(({ closeAt, start }) => (Number.isNaN(closeAt) ? start : closeAt));
  return {
    id: detector.id, severity, confidence, service, by, message, advice, numbers, refutes,
    flows: members.length,
    streams: [...new Set(inOrder.map(({ stream }) => stream))].slice(0, STREAMS),
    explains: [...explains],
    connections: inOrder.slice(0, CONNECTIONS).map(({ id }) => id),
    first: first ?? moments.reduce((least, moment) => Math.min(least, moment), Infinity),
    last: last ?? moments.reduce((most, moment) => Math.max(most, moment), -Infinity),
  };
}

function isExplained({ explains }: DiagnosisDetector, { id, cause }: Finding): boolean {
  const causes = Object.hasOwn(explains, id) ? explains[id]! : null;
  return causes !== null && (causes.length === 0 || (cause !== null && causes.includes(cause)));
}

function gravestFirst(a: Diagnosis, b: Diagnosis): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.flows - a.flows || a.first - b.first;
}
