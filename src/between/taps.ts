import type { Address, Analysis, Confidence, Finding, ResetCause, Role, Severity } from '../analysis/model.js';
import type { Duration, Time } from '../base/time.js';
import type { Clocks } from './clocks.js';
import type { Tap } from './tap.js';
import type { Coverage } from './coverage.js';

/**
 * What only both taps together show of a connection.
 *
 * `reset-injected`: a RST (`fin-injected`: a FIN) arrived that the tap near its supposed sender never saw leave.
 * `reset-lost`, `fin-lost`, `syn-lost`, `syn-ack-lost`: it left, and never arrived. `fin-ignored`: it arrived at the
 * tap near its receiver, who never acknowledged it. `path-mtu`: large segments do not arrive, and smaller ones do.
 * `data-lost`: the same payload is lost each time, and other segments are not. `road-cut`: from some moment on nothing
 * of one side arrives; `road-interrupted`: so for a while. `state-expired`: that, or a RST in somebody's name,
 * behind a silence, while other connections pass: a box on the way has forgotten the connection. `ports-changed`: it
 * goes on from another address or port. `tuple-shared`: two connections of one tap have the same addresses and ports at
 * the other.
 */
export const FACTS = [
  'tuple-shared',
  'ports-changed',
  'state-expired',
  'reset-injected',
  'fin-injected',
  'path-mtu',
  'data-lost',
  'road-cut',
  'syn-lost',
  'syn-ack-lost',
  'fin-lost',
  'reset-lost',
  'road-interrupted',
  'fin-ignored',
] as const;
export type FactId = (typeof FACTS)[number];

/** One of them, with what shows it. */
export interface Fact {
  readonly id: FactId;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** In whose name the segments were sent. */
  readonly role: Role;
  /** By the clock of the client's tap. */
  readonly time: Time;
  /** Frames of each tap's own capture that show it. */
  readonly frames: Readonly<Record<Tap, readonly number[]>>;
  readonly message: string;
  /** Named numbers and words that carry it. Durations are nanoseconds. */
  readonly numbers: Readonly<Record<string, number | string | readonly string[]>>;
}

/** What became of the segments of one end between the taps. */
export interface Leg {
  /** Segments that left and would have been captured at the other tap. */
  readonly sent: number;
  readonly lost: number;
  /** From tap to tap; not known better than the clocks are. Null where nothing arrived. */
  readonly delay: { readonly shortest: Duration; readonly median: Duration; readonly longest: Duration } | null;
}

/** What lies between a host and the tap near it. */
export interface HostLeg {
  /**
   * Shortest time from a segment of the peer at the tap to the host's acknowledgment of it there; null where none was
   * seen.
   */
  readonly roundTrip: Duration | null;
  /** Segments to the host that passed the tap and were sent again, without an acknowledgment of the host in between. */
  readonly repeated: number;
}

/** A RST, at whichever tap it was seen. */
export interface TapReset {
  /** In whose name. */
  readonly role: Role;
  /** Whose it really is; null where the captures do not tell. */
  readonly sender: Role | 'between' | null;
  readonly confidence: Confidence;
  /** Why, as the capture near its sender tells it; `forged` where nobody of the two sent it. */
  readonly cause: ResetCause;
  readonly causeConfidence: Confidence;
  readonly clientFrame: number | null;
  readonly serverFrame: number | null;
  readonly time: Time;
}

/** A finding of one of the captures, judged by both. */
export interface JudgedFinding {
  /** The taps whose capture shows it. */
  readonly taps: readonly Tap[];
  /** As the first of these taps has it. */
  readonly finding: Finding;
  /**
   * `refuted`: the other capture shows that it is not so. `confirmed`: it shows the same. `explained`: it is so, and
   * the other capture shows that it is the road's doing, not that of the end it is told of. `kept`: it says nothing
   * about it.
   */
  readonly outcome: 'confirmed' | 'explained' | 'refuted' | 'kept';
  readonly confidence: Confidence;
  /** The fact that decides, if one does. */
  readonly fact: FactId | null;
  readonly because: string;
}

/** The addresses of a connection at a tap. */
export interface Tuple {
  readonly client: Address;
  readonly server: Address;
}

/** What boxes on the way did to a connection's addresses, ports and numbers. */
export interface Mapping {
  readonly atClient: Tuple;
  /** More than one where it changed while the connection lived. */
  readonly atServer: readonly Tuple[];
  /** Source address or port, and destination address or port, are others at the server's tap. */
  readonly source: boolean;
  readonly destination: boolean;
  /** Sequence numbers of client and server are others. */
  readonly sequences: { readonly client: boolean; readonly server: boolean };
  /** Largest segment that each side announces, at both taps, where it was changed on the way. */
  readonly segmentSize: readonly { readonly role: Role; readonly atClient: number; readonly atServer: number }[];
}

/**
 * By what two streams were found to be one connection. `numbers`: both initial sequence numbers, or one and something
 * beside it. `timestamps`: those of both SYNs, where a box on the way has changed the numbers. `lengths`: the payload
 * of segment after segment. `segments`: no SYN was seen at one of the taps, but segments with the same numbers, or
 * numbers of the same range, at both.
 */
export type PairedBy = 'numbers' | 'timestamps' | 'lengths' | 'segments';

/** A connection at both taps, with one verdict. */
export interface TapPair {
  /** Ids in each analysis; the first is where it begins. */
  readonly flows: Readonly<Record<Tap, readonly number[]>>;
  readonly by: PairedBy;
  /** What the sequence numbers of client and server are higher by at the server's tap. */
  readonly shifts: readonly [number, number];
  /** Flows of the server's tap in which client and server are the other way round: both are guessed there. */
  readonly flipped: readonly number[];
  /** `likely` where only payload lengths say that both are one connection. */
  readonly confidence: Confidence;
  readonly mapping: Mapping;
  /** What the client sent, and what the server sent, between the taps. */
  readonly legs: Readonly<Record<Role, Leg>>;
  readonly hosts: Readonly<Record<Role, HostLeg>>;
  readonly resets: readonly TapReset[];
  /** Worst first; empty where both taps tell the same. */
  readonly facts: readonly Fact[];
  readonly findings: readonly JudgedFinding[];
  /** One or two sentences. */
  readonly verdict: string;
  readonly verdictConfidence: Confidence;
}

/** A connection of the client's tap that the server's has not. */
export interface Unpaired {
  readonly flow: number;
  readonly confidence: Confidence;
  /**
   * `never-arrived`: nobody answered, and no SYN came to the server's tap. `answered-elsewhere`: somebody answered, but
   * none who was captured there.
   */
  readonly what: 'never-arrived' | 'answered-elsewhere' | 'not-covered';
  readonly message: string;
}

/** Captures of both ends as one. */
export interface TwoTaps {
  readonly client: Analysis;
  readonly server: Analysis;
  readonly clocks: Clocks;
  /** What must be added to a time of the server's analysis for it to count from the client's epoch. */
  readonly serverEpoch: Duration;
  /**
   * Segments that each capture must have missed: where there are some, nothing that rests on absence from it is
   * certain.
   */
  readonly holes: Readonly<Record<Tap, number>>;
  readonly coverage: Coverage;
  /** In order of the client's connections. */
  readonly pairs: readonly TapPair[];
  /** Of the client's tap. */
  readonly unpaired: readonly Unpaired[];
  /** Connections of the server's tap alone: of other clients, mostly. */
  readonly serverOnly: readonly number[];
  /**
   * Connections at both taps whose client is at the server's tap, in ids of each analysis: the captures, given the
   * other way round, tell of these. They are in none of the lists above.
   */
  readonly turned: readonly Readonly<Record<Tap, readonly number[]>>[];
}
