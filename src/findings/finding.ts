import type { ConnectionId, FrameNumber, StreamNumber } from '../base/numbers.js';
import type { Duration, Time } from '../base/time.js';
import type { Address, Confidence, Role } from '../tcp/connection.js';

/** In order: `error` is to be repaired, `warning` to be looked at, `info` to be known. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Named numbers and words that carry a verdict. */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * Something about one connection that its owner should know: of one kind, and of its causes. `Finding` (index.ts) is
 * any of those that there are.
 */
export interface FindingOf<Id extends string, Cause extends string | null> {
  /** `half-closed`, `linger-reset`…: the detector's id. */
  readonly id: Id;
  /** Null where the kind has no causes. */
  readonly cause: Cause;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly alternatives: readonly string[];
  /** `Connection.id`. */
  readonly flow: ConnectionId;
  readonly stream: StreamNumber;
  /** The endpoint whose doing it was. */
  readonly endpoint: Address;
  readonly role: Role;
  readonly start: Time;
  /** Null if it still lasted when the capture ended. */
  readonly end: Time | null;
  readonly duration: Duration;
  /** Frames that show it, in order. */
  readonly frames: readonly FrameNumber[];
  /** One or two plain sentences. */
  readonly message: string;
  /** What to change, a step each; code where there is code to change. */
  readonly advice: readonly string[];
  /** A Wireshark display filter that shows it. */
  readonly filter: string;
  readonly evidence: Evidence;
  /**
   * Further connections that it tells of, those that are no longer kept included; left out where it tells of one alone.
   * `Analysis.flowsOf` names them.
   */
  readonly others?: number;
  /** Address and port of the service (the server side), by which findings are grouped. */
  readonly service: Address;
}

/** Equal findings of one service. */
export interface GroupOf<Id extends string, Cause extends string | null> {
  readonly finding: Id;
  readonly cause: Cause;
  readonly severity: Severity;
  readonly service: Address;
  /** Connections concerned, those that are no longer kept included. */
  readonly flows: number;
  /**
   * Those among them that are no longer kept (`keepConnections`): they are in none of the lists below. Left out where
   * there are none.
   */
  readonly forgotten?: number;
  readonly first: Time;
  readonly last: Time;
  /** Up to 20 streams, the first ones. */
  readonly streams: readonly StreamNumber[];
  /** Shortest, middle and longest `duration` of its findings. */
  readonly durations: { readonly shortest: Duration; readonly median: Duration; readonly longest: Duration };
  /** Indices into `Analysis.findings`. */
  readonly findings: readonly number[];
}

/** A finding of whatever kind, for those who come before the registry that knows them all. */
export type AnyFinding = FindingOf<string, string | null>;
