import type { End, Row } from '../base/numbers.js';
import { attemptOf, synsOf } from '../flow/attempt.js';
import type { Attempt } from '../flow/attempt.js';
import * as ENDPOINT_FLAG from '../flow/endpoint-flags.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import { ConnectionsPerService } from '../flow/connections-per-service.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import type { Connections } from '../flow/connections.js';
import type { Gap } from '../flow/coverage.js';
import type { FlowTable } from '../flow/flow-table.js';
import { closedCleanly } from '../flow/clean-close.js';
import { isUnanswered } from '../flow/forgettable.js';
import { connectionIdsOf } from '../flow/identity/connection-ids.js';
import type { ConnectionIds } from '../flow/identity/connection-ids.js';
import type { LossTally } from '../flow/loss.js';
import type { Time } from '../base/time.js';
import type { Address, Connection } from './connection.js';
import { SimultaneousCloses } from './reset/simultaneous-closes.js';
import type { ClosingEnd } from './reset/simultaneous-closes.js';
import { endingOf, isYoung } from './ending.js';
import { exchangeOf } from './exchange.js';
import type { Exchange } from './exchange.js';
import { EndpointAddresses } from './endpoint-addresses.js';
import type { Host, TimersOf } from './endpoint-addresses.js';
import { fold } from './fold.js';
import { Incarnations } from './incarnations.js';
import { standingOf } from './standing.js';
import type { StateTrace, HostContext } from './fold.js';
import { NO_ERRORS, networkError } from './network-error.js';
import type { NetworkError } from './network-error.js';
import type { Timers } from './profiles.js';
import { SegmentHistory } from './segment-history.js';
import type { EndSummary } from './segment-history.js';
import { zeekView } from './zeek.js';

/** A connection with what it was made from. The history is reused: valid until the next verdict is asked for. */
export interface Verdict {
  readonly connection: Connection;
  readonly history: SegmentHistory;
  readonly trace: StateTrace;
  /** Timers of client and server. */
  readonly timers: readonly [Timers, Timers];
  /**
   * How far the initial sequence numbers of client and server lie beyond the last ones that the same end used in the
   * connection before on the tuple; null where either is not known.
   */
  readonly initialDistances: readonly [number | null, number | null];
  /** What both ends had said when the first of them closed. */
  readonly exchange: Exchange;
  /** What other connections of the same service show. */
  readonly beside: HostContext;
  /** ICMP errors about its segments, in the order in which they came. */
  readonly errors: readonly NetworkError[];
  /** The connection that the socket has which sends nothing but RSTs on this one; null where nothing shows it. */
  readonly elsewhere: Elsewhere | null;
}

/** `initialDistances` where there was no connection before: of most. */
const UNKNOWN: Verdict['initialDistances'] = [null, null];

/** Another connection of the same socket. */
export interface Elsewhere {
  readonly address: Address;
  readonly stream: number;
}

const NOWHERE_ELSE: ReadonlyMap<number, Elsewhere> = new Map();

/** Makes connections out of the flow table; names them by the table's rows. */
export class ConnectionFolder {
  readonly connectionIds: ConnectionIds;
  /** What a connection shows beside the one before it on its tuple. */
  readonly incarnations: Incarnations;
  private readonly history = new SegmentHistory();
  private readonly table: FlowTable;
  private readonly timersOf: TimersOf;
  private readonly addresses: EndpointAddresses;
  private second: ConnectionFolder | null = null;
  /** Made when a RST asks for it: most captures have none that does. */
  private simultaneousCloses: SimultaneousCloses | null = null;
  /**
   * With whom else the sockets talk that send nothing but RSTs, by the first frame of the connection (untranslated.ts).
   */
  private elsewhere: ReadonlyMap<number, Elsewhere> = NOWHERE_ELSE;
  /** The row that is being judged. */
  private row = 0;
  private readonly hostContext: HostContext = {
    simultaneousClose: (end, time) => this.ended().beside(this.closingEnd(end), time),
    listenerAborts: (time) => this.ended().listenerAbortsBeside(this.closingEnd(1), time),
    servedLater: (time) => this.ended().servedLater(this.closingEnd(1), time),
    answeredOther: (start) => this.ended().answeredOther(this.closingEnd(1), start),
    answeredLater: (time) => this.ended().answeredLater(this.closingEnd(1), time),
    talksTo: () => this.elsewhere.get(this.table.connections.firstFrame(this.row))?.address ?? null,
  };

  constructor(table: FlowTable, timersOf: TimersOf, connectionIds = connectionIdsOf(table)) {
    this.table = table;
    this.connectionIds = connectionIds;
    this.timersOf = timersOf;
    this.addresses = new EndpointAddresses(table, timersOf);
    this.incarnations = new Incarnations(table);
  }

  /** What became of connection `row`, as far as the capture goes: to `captureEnd`. */
  fold(row: Row, captureEnd: Time): Verdict {
    const { table, history } = this;
    const { connections } = table;
    const end = this.endOf(row, captureEnd);
    history.captureBegin = table.idleCloses.begin;
    history.captureEnd = end;
    history.gaps = this.gapsWithin(row);
    history.count = table.history.load(connections.history(row), history.rows);
    history.scan();
    history.pendingQuiet = connections.pendingQuiet(row);
    history.longestQuiet = connections.longestQuiet(row);
    surveyEnd(connections, row, 0, history.ends[0], end);
    surveyEnd(connections, row, 1, history.ends[1], end);
    const client = this.addresses.host(row, 0);
    const server = this.addresses.host(row, 1);
    const timers = [client.timers, server.timers] as const;
    this.row = row;
    const trace = fold(history, timers, this.hostContext);
    const connection = this.describe(row, trace, client, server, end);
    const initialDistances =
      connection.previous === null
        ? UNKNOWN
        : ([this.incarnations.initialDistance(row, 0), this.incarnations.initialDistance(row, 1)] as const);
    return {
      connection, history, trace, timers, initialDistances, exchange: exchangeOf(connections, row),
      beside: this.hostContext, errors: this.errors(row),
      elsewhere: this.elsewhere.get(connections.firstFrame(row)) ?? null,
    };
  }

  /**
   * Until when the silence of connection `row` says something: while the source that saw it last captured, and to
   * `captureEnd`.
   */
  private endOf(row: Row, captureEnd: Time): Time {
    const { connections, coverage } = this.table;
    return Math.min(captureEnd, coverage.endBehind(connections.interface(row), connections.end(row)));
  }

  /** Gaps between the first and the last packet of connection `row`. */
  private gapsWithin(row: Row): readonly Gap[] {
    const { connections, coverage } = this.table;
    const gaps = coverage.gapsOf(connections.interface(row));
    if (gaps.length === 0) return gaps;
    const [start, end] = [connections.start(row), connections.end(row)];
    return gaps.filter(({ from, to }) => from >= start && to <= end);
  }

  /**
   * How connection `row` ended, where that is seen without its history, and there is nothing else to be said of it: it
   * opened and closed cleanly, nobody ever answered it, or it is too young to have been. Else null.
   */
  endingAtSight(row: Row, captureEnd: Time): 'closed' | 'unanswered' | 'open' | null {
    const { table } = this;
    if (closedCleanly(table.connections, row)) return 'closed';
    if (!table.isAlone(row) || !isUnanswered(table, row)) return null;
    return synsOf(table, row) === 1 && isYoung(table.connections.start(row), this.endOf(row, captureEnd)) &&
      this.errors(row).length === 0
      ? 'open'
      : 'unanswered';
  }

  /** Whether nothing but SYNs was seen of connection `row`. */
  isUnanswered(row: Row): boolean {
    return isUnanswered(this.table, row);
  }

  /** What is known of connection `row`, an attempt that nobody answered, without its history. */
  attempt(row: Row): Attempt {
    return attemptOf(this.table, row);
  }

  /** The host at end `role`, as `TupleTable.identity` names it. */
  identity(row: Row, role: 0 | 1): number {
    const { connections, tuples } = this.table;
    return tuples.identity(connections.tuple(row), connections.clientSide(row) ^ role);
  }

  port(row: Row, role: 0 | 1): number {
    const { connections, tuples } = this.table;
    return tuples.port(connections.tuple(row), connections.clientSide(row) ^ role);
  }

  /** Whether end `role` said anything. */
  spoke(row: Row, role: 0 | 1): boolean {
    return this.table.connections.packets(row, role) > 0;
  }

  /**
   * Whether the service at `host` (`TupleTable.identity`) completed a handshake, also on a connection that is no longer
   * kept.
   */
  isServed(host: number, port: number): boolean {
    return this.table.idleCloses.listeners.lastHandshake(host, port) > -Infinity;
  }

  /** Initial sequence number of the client; null where neither its SYN nor an answer to it was seen. */
  initialSequence(row: Row): number | null {
    const { connections } = this.table;
    if ((connections.endpointFlags(row, 0) & ENDPOINT_FLAG.syn) !== 0) return connections.firstSequence(row, 0);
    const answered =
      (connections.flags(row) & (CONNECTION_FLAG.synAck | CONNECTION_FLAG.established)) === CONNECTION_FLAG.synAck;
    return answered ? (connections.acknowledged(row, 1) - 1) | 0 : null;
  }

  /** Whether its server sent a SYN-ACK, and its client nothing behind it but a RST. */
  stopsAtSynAck(row: Row): boolean {
    return (
      (this.table.connections.flags(row) & (CONNECTION_FLAG.synAck | CONNECTION_FLAG.established)) ===
      CONNECTION_FLAG.synAck
    );
  }

  /** ICMP errors about segments of connection `row`. */
  errors(row: Row): readonly NetworkError[] {
    const { errors, connections } = this.table;
    return errors.count === 0 ? NO_ERRORS : errors.of(connections.firstFrame(row)).map(networkError);
  }

  /** For a first look at all connections. */
  connectionsPerService(): ConnectionsPerService {
    return new ConnectionsPerService(this.table, this.connectionIds.rows());
  }

  /** Adds what the capture lost of connection `row`. */
  addLoss(row: Row, to: LossTally): void {
    to.add(this.table.connections, row);
  }

  /** Wireshark's number of connection `row`. */
  stream(row: Row): number {
    const { connections, streams } = this.table;
    return streams.global(connections.stream(row));
  }

  /** Tells with whom else sockets talk: `fold` knows of it from then on. */
  know(elsewhere: ReadonlyMap<number, Elsewhere>): void {
    this.elsewhere = elsewhere;
  }

  firstFrame(row: Row): number {
    return this.table.connections.firstFrame(row);
  }

  /** Folds a connection while the verdict on another one is still being looked at: with a history of its own. */
  foldAgain(row: Row, captureEnd: Time): Verdict {
    this.second ??= new ConnectionFolder(this.table, this.timersOf, this.connectionIds);
    this.second.elsewhere = this.elsewhere;
    return this.second.fold(row, captureEnd);
  }

  address(row: Row, role: 0 | 1): Address {
    return this.addresses.of(row, role);
  }

  /** End `role` of the connection that is being judged. */
  private closingEnd(role: End): ClosingEnd {
    const { connections, tuples } = this.table;
    const tuple = connections.tuple(this.row);
    const side = connections.clientSide(this.row) ^ role;
    return {
      connection: connections.firstFrame(this.row), role, host: tuples.identity(tuple, side),
      port: tuples.port(tuple, side),
    };
  }

  private ended(): SimultaneousCloses {
    return (this.simultaneousCloses ??= new SimultaneousCloses(this.table.idleCloses));
  }

  /** Copies the telling segments of connection `row` into `into`, in order; answers how many there are. */
  segments(row: Row, into: TellingSegment[]): number {
    const { connections, history } = this.table;
    return history.load(connections.history(row), into);
  }

  /** The first segment of connection `row`; null where the history holds none. */
  firstSegment(row: Row): TellingSegment | null {
    const rows: TellingSegment[] = [];
    return this.segments(row, rows) > 0 ? rows[0]! : null;
  }

  get connections(): Connections {
    return this.table.connections;
  }

  /** Of the SYN that end `role` sent; null where none was seen. */
  private sentInitialSequence(row: Row, role: 0 | 1): number | null {
    const { connections } = this.table;
    return (connections.endpointFlags(row, role) & ENDPOINT_FLAG.syn) === 0
      ? null
      : connections.firstSequence(row, role) >>> 0;
  }

  private describe(row: Row, trace: StateTrace, client: Host, server: Host, observedUntil: Time): Connection {
    const { connections, streams } = this.table;
    const own = connections.stream(row);
    const stream = streams.global(own);
    const lastStream = streams.global(connections.lastStream(row));
    const { ending, closer } = endingOf(
      this.history, trace, this.table.errors.count > 0 && this.table.errors.has(connections.firstFrame(row)),
    );
    const previous = connections.previous(row);
    const { verdict, doubt } = standingOf(ending, this.history, trace, {
      start: connections.start(row), packets: [connections.packets(row, 0), connections.packets(row, 1)],
      unanswered: [connections.unanswered(row, 0), connections.unanswered(row, 1)],
    });
    return {
      id: this.connectionIds.idOf(row),
      stream,
      streams: lastStream === stream ? [stream] : [stream, lastStream],
      client: this.addresses.at(client, row, 0),
      server: this.addresses.at(server, row, 1),
      roles: (connections.flags(row) & CONNECTION_FLAG.guessed) === 0 ? 'handshake' : 'guessed',
      firstFrame: connections.firstFrame(row),
      lastFrame: connections.lastFrame(row),
      start: connections.start(row),
      end: connections.end(row),
      observedUntil,
      packets: { client: connections.packets(row, 0), server: connections.packets(row, 1) },
      bytes: { client: connections.bytes(row, 0), server: connections.bytes(row, 1) },
      states: { client: trace.states[0], server: trace.states[1] },
      ending,
      verdict,
      doubt,
      closer,
      resets: trace.resets,
      zeek: zeekView(this.history),
      isn: { client: this.sentInitialSequence(row, 0), server: this.sentInitialSequence(row, 1) },
      completeness: streams.completeness(own),
      previous: previous < 0 ? null : this.connectionIds.idOf(previous),
    };
  }
}

/** What the history of connection `row` does not hold of one end. */
function surveyEnd(connections: Connections, row: Row, role: 0 | 1, end: EndSummary, captureEnd: Time): void {
  end.widestWindow = connections.widestWindow(row, role);
  end.lowestTtl = connections.lowestTtl(row, role);
  end.highestTtl = connections.highestTtl(row, role);
  // A connection that is over has no window any more.
  const isOver = (connections.flags(row) & CONNECTION_FLAG.closing) !== 0;
  const now = isOver ? connections.end(row) : captureEnd;
  end.closedWindow = connections.closedWindow(row, role, now);
  end.closedWindowFrom = connections.closedWindowFrom(row, role, now);
  end.hasClosedWindow = connections.hasClosedWindow(row, role);
  end.asked = connections.asked(row, role);
  end.deaf = connections.deaf(row, role);
  end.deafSince = connections.deafSince(row, role);
  end.resets = connections.resets(row, role);
  end.largestSent = connections.largestSent(row, role);
  end.largestAcknowledged = connections.largestAcknowledged(row, role);
}
