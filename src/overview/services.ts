import type { Address, Analysis, Connection, Duration } from '../analysis/model.js';
import { closeWaits } from './close-waits.js';
import type { Tally } from './tally.js';

/** Connections, in all and by cause. One with two causes stands under both and is counted once in `total`. */
export interface Causes {
  readonly total: number;
  /** The most frequent first. */
  readonly causes: readonly { readonly cause: string; readonly flows: number }[];
}

/** All connections to one address and port, by what became of them. The numbers count connections. */
export interface ServiceOverview {
  readonly service: Address;
  readonly flows: number;
  /** Connections that show nothing wrong: clean or open ones. */
  readonly clean: number;
  /** Connections with findings of severity info alone. */
  readonly noted: number;
  /** Connections of which nothing can be said. */
  readonly unknown: number;
  /** With at least one error. */
  readonly errors: number;
  /** With a warning, but no error. */
  readonly warnings: number;
  /** By the causes of the finding `half-closed`; `intentional`, which is no fault, is among them. */
  readonly halfClosed: Causes;
  /** By `Reset.cause`, but for `refused`, which is counted below, and `echo`, which repeats another. */
  readonly resets: Causes;
  /** Five-tuples used again within TIME-WAIT: let in, or not at once (a challenge ACK, or silence). */
  readonly reuse: { readonly accepted: number; readonly collisions: number };
  readonly refused: number;
  readonly halfOpen: number;
  /** Ages of CLOSE-WAIT, on either side; null where no endpoint was in it. */
  readonly closeWait: { readonly worst: Duration; readonly median: Duration } | null;
}

/** By service, the worst first: by errors, by warnings, by connections. */
export function serviceTally(analysis: Pick<Analysis, 'findingsOf'>): Tally<ServiceOverview[]> {
  const services = new Map<string, Service>();
  return {
    add(connection) {
      const { address, port } = connection.server;
      const key = `${address} ${port}`;
      let service = services.get(key);
      if (service === undefined) services.set(key, (service = new Service(connection.server)));
      service.add(connection, analysis);
      for (const { age } of closeWaits(connection)) service.ages.push(age);
    },
    result: () => [...services.values()].map((service) => service.result()).sort(worstFirst),
  };
}

function worstFirst(a: ServiceOverview, b: ServiceOverview): number {
  return b.errors - a.errors || b.warnings - a.warnings || b.flows - a.flows;
}

class Service {
  readonly ages: Duration[] = [];
  private readonly service: Address;
  private flows = 0;
  private clean = 0;
  private noted = 0;
  private unknown = 0;
  private errors = 0;
  private warnings = 0;
  private refused = 0;
  private halfOpen = 0;
  private accepted = 0;
  private collisions = 0;
  private readonly halfClosed = new CauseCount();
  private readonly resets = new CauseCount();

  constructor(service: Address) {
    this.service = service;
  }

  add(connection: Connection, { findingsOf }: Pick<Analysis, 'findingsOf'>): void {
    this.flows += 1;
    this.resets.add(
      connection.resets.map(({ cause }) => cause).filter((cause) => cause !== 'echo' && cause !== 'refused'),
    );
    if (connection.verdict === 'unknown') this.unknown += 1;
    const found = findingsOf(connection.id);
    if (found.length === 0) {
      if (connection.verdict === 'clean' || connection.verdict === 'open') this.clean += 1;
      return;
    }
    const causesOf = (id: string): string[] =>
      found.filter((finding) => finding.id === id).map(({ cause }) => cause ?? id);
    if (found.some(({ severity }) => severity === 'error')) this.errors += 1;
    else if (found.some(({ severity }) => severity === 'warning')) this.warnings += 1;
    else this.noted += 1;
    this.halfClosed.add(causesOf('half-closed'));
    if (causesOf('refused').length > 0) this.refused += 1;
    if (causesOf('half-open').length > 0) this.halfOpen += 1;
    const reuse = causesOf('time-wait-reuse');
    if (reuse.includes('accepted')) this.accepted += 1;
    if (reuse.includes('collision') || reuse.includes('dropped')) this.collisions += 1;
  }

  result(): ServiceOverview {
    const { service, flows, clean, noted, unknown, errors, warnings, refused, halfOpen, accepted, collisions } = this;
    const ages = this.ages.toSorted((a, b) => a - b);
    return {
      service, flows, clean, noted, unknown, errors, warnings, halfClosed: this.halfClosed.result(),
      resets: this.resets.result(), reuse: { accepted, collisions }, refused, halfOpen,
      closeWait: ages.length === 0 ? null : { worst: ages.at(-1)!, median: ages[ages.length >> 1]! },
    };
  }
}

class CauseCount {
  private total = 0;
  /** Made when first needed: in a port scan every connection is a service of its own. */
  private counts: Map<string, number> | null = null;

  /** The causes of one connection. */
  add(causes: readonly string[]): void {
    if (causes.length === 0) return;
    this.total += 1;
    this.counts ??= new Map();
    for (const cause of new Set(causes)) this.counts.set(cause, (this.counts.get(cause) ?? 0) + 1);
  }

  result(): Causes {
    const causes = [...(this.counts ?? [])]
      .map(([cause, flows]) => ({ cause, flows }))
      .sort((a, b) => b.flows - a.flows);
    return { total: this.total, causes };
  }
}
