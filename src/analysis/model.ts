import type { ConnectionId, FrameNumber } from '../base/numbers.js';
import type { CaptureFile, CaptureInterface, CaptureOptions, Damage } from '../capture/model.js';
import type { Separator } from '../decode/separation.js';
import type { Diagnosis } from '../diagnoses/diagnosis.js';
import type { Gap } from '../flow/coverage.js';
import type { Loss } from '../flow/loss.js';
import type { Finding, Group } from '../findings/index.js';
import type { HostSocket } from './host-socket.js';
import type { Profile } from '../tcp/profiles.js';
import type { Connection, Doubt, Ending, Role, Socket, Standing, State } from '../tcp/connection.js';
import type { Clock, Duration, Time } from '../base/time.js';

export type * from '../capture/model.js';
export type { Actor, Diagnosis } from '../diagnoses/diagnosis.js';
export type { Evidence, Severity } from '../findings/finding.js';
export type { CauseOf, Finding, FindingId, Group } from '../findings/index.js';
export type * from './host-socket.js';
export type * from '../tcp/connection.js';
export type * from '../base/time.js';
export { SEPARATORS } from '../decode/separation.js';
export type { Separator } from '../decode/separation.js';
export { DOUBTS, STANDINGS } from '../tcp/connection.js';
export { PROFILES } from '../tcp/profiles.js';
export type { Gap } from '../flow/coverage.js';
export type { Loss } from '../flow/loss.js';
export type { Profile } from '../tcp/profiles.js';

/** Where a frame of a capture of several files stands in its own file, so that a Wireshark filter works there. */
export interface FramePlace {
  /** Path of the file, as it was given. */
  readonly file: string;
  /** Number of the frame in that file, from 1 on. */
  readonly frame: FrameNumber;
  /** Wireshark's tcp.stream in that file alone; null where nobody has read the file again for it (`withOwnStreams`). */
  readonly stream: number | null;
}

/** What was read, and what of it was not TCP or not whole. */
export interface CaptureSummary {
  readonly files: readonly CaptureFile[];
  readonly interfaces: readonly CaptureInterface[];
  readonly packets: number;
  readonly tcpPackets: number;
  /** Bytes of all packets as they were on the wire. */
  readonly bytes: number;
  /** Null where there is no packet. */
  readonly first: Time | null;
  readonly last: Time | null;
  /** Until when was captured, to which ages are counted: the last packet, or later where a file proves it. */
  readonly end?: Time | null;
  /**
   * TCP packets with payload, SYN, FIN or RST, and keepalive probes, that were captured twice, on `any`, on a bridge or
   * at a mirror port: told apart by IP ID, TTL and time, and counted only. Left out where there are none.
   */
  readonly duplicates?: number;
  /** Where a frame stands in its own file; left out where there is one file only. */
  readonly placeOf?: (frame: FrameNumber) => FramePlace | null;
  /**
   * Times of more than an hour in which a source captured nothing, and no connection shows that nothing was missed: no
   * age counts on through them. Left out where there are none.
   */
  readonly gaps?: readonly Gap[];
  /**
   * What the capture lacks, as sequence numbers show it: sent, acknowledged, never seen. Left out where it lacks
   * nothing.
   */
  readonly loss?: Loss;
  /** Packets without TCP, by `layer: reason`. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly damage: readonly Damage[];
  /** True where `signal` stopped the reading: there may be more behind what was read. Left out otherwise. */
  readonly partial?: boolean;
}

export interface AnalysisOptions extends CaptureOptions {
  /** How long a closed socket stays in FIN-WAIT-2. Default: the profile's. */
  readonly finTimeout?: Duration;
  /** How long TIME-WAIT lasts. Default: the profile's. */
  readonly timeWait?: Duration;
  /** For all hosts; default: guessed for each. */
  readonly profile?: Profile;
  /** For single hosts, by address as `Address` writes it. */
  readonly profiles?: ReadonlyMap<string, Profile>;
  /** Called with the analysis so far, about once in `snapshotInterval`, while packets arrive. For live screens. */
  readonly onSnapshot?: (analysis: Analysis) => void;
  /** Milliseconds between snapshots. Default 1000. */
  readonly snapshotInterval?: number;
  /**
   * Connections without a finding are counted and left out, and healthy ones forgotten while reading, so that memory
   * follows those that live. The findings are the same, but where a segment comes more than two minutes (or the longest
   * `timeWait`) after a clean close: it then counts as another connection. Default false. With `onSnapshot` nothing is
   * forgotten.
   */
  readonly findingsOnly?: boolean;
  /**
   * Connections that are kept, about, from 1 on: of more than these some are forgotten while reading, so that the
   * memory of hours is bounded. Those that are over go first, and only their counts stay (`Analysis.forgotten`,
   * `Group.forgotten`). Default: all. One thread reads then. With `findingsOnly` and without `onSnapshot` it has no
   * effect.
   */
  readonly keepConnections?: number;
  /**
   * What keeps connections apart besides their addresses and ports: VLANs, interfaces, tunnels. For captures in which
   * addresses overlap; streams then are not those of Wireshark's default. Default: nothing.
   */
  readonly separate?: readonly Separator[];
  /** Take packets that were captured twice for sent twice. Default false. */
  readonly keepDuplicates?: boolean;
  /**
   * Threads: one of them reads, and each follows some of the connections; the result is the same for any number, but
   * for what a flood makes it forget (`Folded.early`). Default: 1, and for 48 MB and more that are not compressed half
   * of the machine's cores, 4 at most. Pipes are followed by one, and so is all with `onSnapshot`.
   */
  readonly jobs?: number;
}

/** Connections of which nothing is told but how they ended. */
export interface Folded {
  readonly endings: ReadonlyMap<Ending, number>;
  /**
   * Unanswered attempts among them that were forgotten before they could be answered, for there were more than a
   * million (with several threads: more than each one's share of that).
   */
  readonly early: number;
}

/** Connections of which only counts are left, for more came than were to be kept (`keepConnections`). */
export interface Forgotten {
  readonly count: number;
  readonly endings: ReadonlyMap<Ending, number>;
  /**
   * Those with a finding; those with an error or a warning; those with a finding that no group counts, for there were
   * too many groups.
   */
  readonly found: number;
  readonly faulty: number;
  readonly ungrouped: number;
  /**
   * Those that were forgotten before their time: unanswered attempts that might have come again, what was in TIME-WAIT,
   * what may have lived.
   */
  readonly early: number;
  /** Connections among `early` that may have lived: what they sent afterwards counts as another connection. */
  readonly lived: number;
  /**
   * Until when one of them may have had a socket: only behind it are the connections that are kept all that there were.
   */
  readonly until: Time;
  /** Ids of the connections that are kept, ascending. */
  readonly kept: ArrayLike<number>;
}

/** A host and the system whose timers and habits were applied to it. */
export interface Host {
  readonly address: string;
  readonly profile: Profile;
  /** True if an option said so, not its segments. */
  readonly set: boolean;
  readonly because: string;
}

/** What is known of a capture when it has been read. All that reports, screens and library users see. */
export interface Analysis {
  readonly clock: Clock;
  readonly capture: CaptureSummary;
  readonly options: AnalysisOptions;
  /**
   * Set where a filter shows some connections of the capture only: the filter, and how many connections there are
   * without it.
   */
  readonly view?: { readonly filter: string; readonly of: number };
  /**
   * Set where connections without a finding are left out (`findingsOnly`): how many ended how, in order of the first of
   * each.
   */
  readonly folded?: Folded;
  /**
   * Set where connections were forgotten so that memory is bounded (`keepConnections`). They are in `connectionCount`,
   * `endings` and the `flows` of groups.
   */
  readonly forgotten?: Forgotten;
  /** Connections in the capture. Their ids are 0 to `connectionCount - 1`; in a view some of those of the whole. */
  readonly connectionCount: number;
  /** Connections by how they ended, in order of the first of each. */
  readonly endings: ReadonlyMap<Ending, number>;
  /** All connections by what is to be thought of them: each is one of four, all of which are here. */
  readonly verdicts: ReadonlyMap<Standing, number>;
  /** Connections whose verdict is `unknown`, by the reason, the most frequent first. */
  readonly doubts: ReadonlyMap<Doubt, number>;
  /** Connections that show nothing wrong: clean or open ones. */
  readonly well: number;
  /**
   * Connection `id`, folded from its history when asked for (some microseconds; the last few hundred are remembered).
   * @throws RangeError where it was forgotten (`findingsOnly`, `keepConnections`), be it after this analysis was made
   */
  connection(id: ConnectionId): Connection;
  /**
   * All connections in order of their first frame; with `findingsOnly` those that have findings, with `keepConnections`
   * those that are still kept.
   */
  connections(): IterableIterator<Connection>;
  /** All findings in order of their connection, behind them those of whole services. */
  readonly findings: readonly Finding[];
  /** All of `findings` that tell of connection `id`, in their order. */
  findingsOf(id: ConnectionId): readonly Finding[];
  /**
   * Ids of the connections that finding number `index` tells of and that are kept, ascending: often its `flow` alone.
   */
  flowsOf(index: number): readonly ConnectionId[];
  /** Worst first: by severity, then by number of flows. */
  readonly groups: readonly Group[];
  /**
   * What is at the bottom of the findings, and of what none tells: one fault, one history. The gravest first. Made when
   * first asked for.
   */
  readonly diagnoses: readonly Diagnosis[];
  /** The one that explains a finding of this analysis; null where none does. */
  explanationOf(finding: Finding): Diagnosis | null;
  /** Hosts whose SYN or SYN-ACK was seen, and the system each was taken for; not those whose SYNs nobody answered. */
  readonly hosts: readonly Host[];
  /** Every endpoint that has a socket at `time`, of the connections named or of all. */
  sockets(time: Time, flows?: Iterable<number>): Socket[];
  /** What `withSockets` joined to an endpoint: its socket as its own host saw it; null where it saw none. */
  readonly hostSocket?: (id: ConnectionId, role: Role) => HostSocket | null;
  /**
   * An analysis of these packets with other options for timers and profiles; options that concern reading have no
   * effect any more.
   */
  withOptions(changes: Partial<AnalysisOptions>): Analysis;
}

/** One line of a connection's ladder. */
export interface LadderRow {
  readonly frame: FrameNumber;
  readonly time: Time;
  readonly by: Role;
  /** TCP flags as tcpdump writes them: `S`, `S.`, `.`, `P.`, `F.`, `R`, `R.`… */
  readonly flags: string;
  /** Relative to the sender's initial sequence number, as Wireshark shows it. */
  readonly sequence: number;
  readonly length: number;
  /** Relative; null where the ACK flag is clear. */
  readonly acknowledgment: number | null;
  /** In bytes, scaled where the handshake was seen. */
  readonly window: number;
  /** `mss 1460, wscale 7, sackOK, TS 123 ecr 0, sack ack+1:ack+5`: what the options say. */
  readonly options: string;
  /**
   * What is special: `retransmission`, `keepalive or window probe`, `answers frame 12`,
   * `challenge ACK of connection 3`…
   */
  readonly note: string;
  /** Segments before it that are not among the rows, where only some were asked for; left out where there are none. */
  readonly leftOut?: number;
  /** States of both endpoints after this segment. */
  readonly states: { readonly client: State; readonly server: State };
}
