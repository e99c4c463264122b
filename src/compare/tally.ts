import type { Address, Analysis, Diagnosis, Severity } from '../analysis/model.js';

/** Connections with one kind of finding at one service. */
export interface FindingTally {
  readonly finding: string;
  readonly cause: string | null;
  /** The worst, where they differ. */
  severity: Severity;
  flows: number;
}

/** What is counted of one service, so that captures can be compared that have nothing else in common. */
export interface ServiceTally {
  /** `10.0.0.1:80` */
  readonly service: string;
  flows: number;
  /** By `findingKey`. */
  readonly findings: Map<string, FindingTally>;
  /** By id. What is not of one service is told at the host whose doing it is. */
  readonly diagnoses: Map<string, DiagnosisTally>;
}

/** Connections that show one kind of diagnosis at one service. */
export interface DiagnosisTally {
  readonly id: string;
  /** The worst, where they differ. */
  severity: Severity;
  flows: number;
}

/** Services by name. */
export class Tally {
  readonly services = new Map<string, ServiceTally>();
  /**
   * Whether connections without a finding are missing in `flows`: the report was written with --findings-only or
   * --keep-connections.
   */
  findingsOnly = false;
  /** Whether it tells of diagnoses: earlier reports do not. */
  hasDiagnoses = false;
  /** Ids of findings that it cannot tell of, whatever there was. */
  lacks: ReadonlySet<string> = new Set();
  /** Connections of which nothing is known; null in an earlier report, which does not tell. */
  unknown: number | null = null;

  /** Takes in one connection to a service. */
  addFlow(service: Address): void {
    this.addFlows(service, 1);
  }

  addFlows(service: Address, flows: number): void {
    this.service(service).flows += flows;
  }

  addGroup(finding: string, cause: string | null, severity: Severity, service: Address, flows: number): void {
    const { findings } = this.service(service);
    const key = findingKey(finding, cause);
    const known = findings.get(key);
    if (known === undefined) findings.set(key, { finding, cause, severity, flows });
    else {
      known.flows += flows;
      if (isWorse(severity, known.severity)) known.severity = severity;
    }
  }

  addDiagnosis(id: string, severity: Severity, service: Address | null, by: string, flows: number): void {
    this.hasDiagnoses = true;
    const { diagnoses } = this.named(diagnosisPlace(service, by));
    const known = diagnoses.get(id);
    if (known === undefined) diagnoses.set(id, { id, severity, flows });
    else {
      known.flows += flows;
      if (isWorse(severity, known.severity)) known.severity = severity;
    }
  }

  get flows(): number {
    let sum = 0;
    for (const { flows } of this.services.values()) sum += flows;
    return sum;
  }

  private service(of: Address): ServiceTally {
    return this.named(serviceKey(of));
  }

  private named(service: string): ServiceTally {
    let known = this.services.get(service);
    if (known === undefined) {
      known = { service, flows: 0, findings: new Map(), diagnoses: new Map() };
      this.services.set(service, known);
    }
    return known;
  }
}

export function tallyOf(analysis: Analysis): Tally {
  const tally = new Tally();
  for (const { server } of analysis.connections()) tally.addFlow(server);
  for (const { finding, cause, severity, service, flows } of analysis.groups)
    tally.addGroup(finding, cause, severity, service, flows);
  for (const { id, severity, service, by, flows } of analysis.diagnoses)
    tally.addDiagnosis(id, severity, service, by.address, flows);
  tally.hasDiagnoses = true;
  tally.unknown = analysis.verdicts.get('unknown') ?? 0;
  return tally;
}

/** Where a diagnosis is told: at its service, or at the host whose doing it is. */
export function diagnosisPlace(service: Diagnosis['service'], by: string): string {
  return service === null ? by : serviceKey(service);
}

export function serviceKey({ address, port }: Address): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function findingKey(finding: string, cause: string | null): string {
  return cause === null ? finding : `${finding}/${cause}`;
}

export function isWorse(a: Severity, b: Severity): boolean {
  const order: readonly Severity[] = ['error', 'warning', 'info'];
  return order.indexOf(a) < order.indexOf(b);
}
