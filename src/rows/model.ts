import type { Address, Clock, Duration, Severity, Time } from '../analysis/model.js';

/** One tap, and what was read of it. */
export interface ToldSource {
  readonly name: string;
  readonly files: number;
  readonly packets: number;
  readonly tcpPackets: number;
  readonly bytes: number;
  readonly first: Time | null;
  readonly last: Time | null;
  /** Connections that were told, and those that were not yet. */
  readonly told: number;
  readonly open: number;
  /** Whether its end was told: only then are its open connections, and its diagnoses. */
  readonly hasEnded: boolean;
  /** What is missing, and what could not be read, each with its file. */
  readonly holes: readonly string[];
  readonly damage: readonly string[];
}

/** How many connections a source tells of. */
export interface Share {
  readonly source: string;
  readonly flows: number;
}

/** All connections to one address and port. */
export interface ToldService {
  readonly service: Address;
  readonly flows: number;
  /** Those with a finding. */
  readonly found: number;
  readonly endings: ReadonlyMap<string, number>;
  readonly sources: readonly Share[];
}

/** One finding as its row tells it. */
export interface ToldFinding {
  readonly source: string;
  readonly id: number;
  readonly file: string | null;
  readonly frame: number | null;
  readonly message: string;
}

/** Equal findings of one service, of whatever sources. */
export interface ToldGroup {
  readonly severity: Severity;
  readonly finding: string;
  readonly cause: string | null;
  readonly service: Address;
  /** The diagnosis that explains all of them; null where none does, or only some. */
  readonly explainedBy: string | null;
  readonly flows: number;
  readonly first: Time;
  readonly last: Time;
  readonly durations: { readonly shortest: Duration; readonly median: Duration; readonly longest: Duration };
  readonly sources: readonly Share[];
  readonly samples: readonly ToldFinding[];
}

/** One fault at one place, as its sources tell it. */
export interface ToldDiagnosis {
  readonly id: string;
  readonly severity: Severity;
  readonly confidence: string;
  readonly by: { readonly role: string; readonly address: string };
  readonly service: Address | null;
  readonly flows: number;
  readonly first: Time | null;
  readonly last: Time | null;
  readonly message: string;
  readonly advice: readonly string[];
  readonly refutes: string;
  readonly sources: readonly Share[];
}

/** What rows of many taps tell, each connection once. */
export interface FleetReport {
  readonly folder: string;
  readonly clock: Clock;
  readonly sources: readonly ToldSource[];
  readonly flows: number;
  /** Connections that were seen at another tap, too: they count there. */
  readonly seenTwice: number;
  /** Connections of which nothing is known, among those that have a row. */
  readonly unknown: number;
  /** Whether rows of connections without a finding are missing (`--findings-only`). */
  readonly isFoundOnly: boolean;
  readonly endings: ReadonlyMap<string, number>;
  /** The worst first. */
  readonly services: readonly ToldService[];
  readonly groups: readonly ToldGroup[];
  readonly diagnoses: readonly ToldDiagnosis[];
}
