import type { Address, Analysis, Severity } from '../analysis/model.js';

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
}

/** Services by name. */
export class Tally {
  readonly services = new Map<string, ServiceTally>();
  /** Whether connections without a finding are missing in `flows`: the report was written with --findings-only or --keep-connections. */
  findingsOnly = false;

  /** Takes in one connection to a service. */
  addFlow(service: Address): void {
    this.service(service).flows += 1;
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

  get flows(): number {
    let sum = 0;
    for (const { flows } of this.services.values()) sum += flows;
    return sum;
  }

  private service(of: Address): ServiceTally {
    const service = serviceKey(of);
    let known = this.services.get(service);
    if (known === undefined) {
      known = { service, flows: 0, findings: new Map() };
      this.services.set(service, known);
    }
    return known;
  }
}

export function tallyOf(analysis: Analysis): Tally {
  const tally = new Tally();
  for (const { server } of analysis.connections()) tally.addFlow(server);
  for (const { finding, cause, severity, service, flows } of analysis.groups) tally.addGroup(finding, cause, severity, service, flows);
  return tally;
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
