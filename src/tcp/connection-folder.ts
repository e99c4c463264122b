import { formatAddress } from '../decode/address.js';
import * as ENDPOINT_FLAG from '../flow/endpoint-flags.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import { ConnectionsPerService } from '../flow/connections-per-service.js';
import { FOREIGN, HAS_TIMESTAMPS } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { SYN } from '../decode/segment.js';
import type { FlowTable } from '../flow/flow-table.js';
import { closedCleanly } from '../flow/clean-close.js';
import { isUnanswered } from '../flow/forgettable.js';
import { connectionIdsOf } from '../flow/identity/connection-ids.js';
import type { ConnectionIds } from '../flow/identity/connection-ids.js';
import { distance } from '../flow/sequence.js';
import type { Time } from '../base/time.js';
import type { Address, Connection } from './connection.js';
import { SimultaneousCloses } from './reset/simultaneous-closes.js';
import type { ClosingEnd } from './reset/simultaneous-closes.js';
import { endingOf } from './ending.js';
import { exchangeOf } from './exchange.js';
import type { Exchange } from './exchange.js';
import { fold } from './fold.js';
import type { StateTrace, HostContext } from './fold.js';
import type { Timers } from './profiles.js';
import { SegmentHistory } from './segment-history.js';
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
}

/** `initialDistances` where there was no connection before: of most. */
const UNKNOWN: Verdict['initialDistances'] = [null, null];

/** The timers of the host with this address. */
export type TimersOf = (address: string) => Timers;

/** Hosts whose name and timers are kept at hand: those of a busy minute, not those of a scan of all addresses. */
const HOSTS_KEPT = 4096;

/** Services of one host that are kept at hand with it, so that all connections to one, and their findings, have the same object. */
const SERVICES_KEPT = 64;

interface Host {
  readonly address: string;
  readonly timers: Timers;
  /** By port. */
  readonly services: Map<number, Address>;
}

/** Makes connections out of the flow table; names them by the table's rows. */
export class ConnectionFolder {
  readonly connectionIds: ConnectionIds;
  private readonly history = new SegmentHistory();
  private readonly table: FlowTable;
  private readonly timersOf: TimersOf;
  private readonly hosts = new Map<number, Host>();
  /** When these were numbered: `TupleTable.tidied`. */
  private numbered: number;
  private second: ConnectionFolder | null = null;
  /** Made when a RST asks for it: most captures have none that does. */
  private simultaneousCloses: SimultaneousCloses | null = null;
  /** The row that is being judged. */
  private row = 0;
  private readonly hostContext: HostContext = {
    simultaneousClose: (end, time) => this.ended().beside(this.closingEnd(end), time),
    listenerAborts: (time) => this.ended().listenerAbortsBeside(this.closingEnd(1), time),
    servedLater: (time) => this.ended().servedLater(this.closingEnd(1), time),
    answeredOther: (start) => this.ended().answeredOther(this.closingEnd(1), start),
    answeredLater: (time) => this.ended().answeredLater(this.closingEnd(1), time),
  };

  constructor(table: FlowTable, timersOf: TimersOf, connectionIds = connectionIdsOf(table)) {
    this.table = table;
    this.connectionIds = connectionIds;
    this.timersOf = timersOf;
    this.numbered = table.tuples.tidied;
  }

  /** What became of connection `row`, as far as the capture goes: to `captureEnd`. */
  fold(row: number, captureEnd: Time): Verdict {
    const { table, history } = this;
    const { connections } = table;
    history.captureEnd = captureEnd;
    history.count = table.history.load(connections.history(row), history.rows);
    history.scan();
    for (const role of [0, 1] as const) {
      const end = history.ends[role];
      end.widestWindow = connections.widestWindow(row, role);
      end.lowestTtl = connections.lowestTtl(row, role);
      end.highestTtl = connections.highestTtl(row, role);
    }
    const client = this.host(row, 0);
    const server = this.host(row, 1);
    const timers = [client.timers, server.timers] as const;
    this.row = row;
    const trace = fold(history, timers, this.hostContext);
    const connection = this.describe(row, trace, client, server);
    const initialDistances = connection.previous === null ? UNKNOWN : [this.initialDistance(row, 0), this.initialDistance(row, 1)] as const;
    return { connection, history, trace, timers, initialDistances, exchange: exchangeOf(connections, row), beside: this.hostContext };
  }

  /**
   * How connection `row` ended, where that is seen without its history, and there is nothing else to be said of it: it opened and closed
   * cleanly, or nobody ever answered it. Else null.
   */
  endingAtSight(row: number): 'closed' | 'unanswered' | null {
    const { table } = this;
    if (closedCleanly(table.connections, row)) return 'closed';
    return table.isAlone(row) && isUnanswered(table, row) ? 'unanswered' : null;
  }

  /** For a first look at all connections. */
  connectionsPerService(): ConnectionsPerService {
    return new ConnectionsPerService(this.table, this.connectionIds.rows());
  }

  firstFrame(row: number): number {
    return this.table.connections.firstFrame(row);
  }

  /** The same beside a verdict that is still being looked at: with a history of its own. */
  foldAgain(row: number, captureEnd: Time): Verdict {
    this.second ??= new ConnectionFolder(this.table, this.timersOf, this.connectionIds);
    return this.second.fold(row, captureEnd);
  }

  address(row: number, role: 0 | 1): Address {
    return this.addressAt(this.host(row, role), row, role);
  }

  /** End `role` of connection `row`, which is at `host`. */
  private addressAt({ address, services }: Host, row: number, role: 0 | 1): Address {
    const { connections, tuples } = this.table;
    const port = tuples.port(connections.tuple(row), connections.clientSide(row) ^ role);
    if (role === 0) return { address, port };
    const known = services.get(port);
    if (known) return known;
    const service = { address, port };
    if (services.size < SERVICES_KEPT) services.set(port, service);
    return service;
  }

  /** End `role` of the connection that is being judged. */
  private closingEnd(role: number): ClosingEnd {
    const { connections, tuples } = this.table;
    const tuple = connections.tuple(this.row);
    const side = connections.clientSide(this.row) ^ role;
    return { connection: connections.firstFrame(this.row), role, host: tuples.identity(tuple, side), port: tuples.port(tuple, side) };
  }

  private ended(): SimultaneousCloses {
    return (this.simultaneousCloses ??= new SimultaneousCloses(this.table.idleCloses));
  }

  private host(row: number, role: 0 | 1): Host {
    const { connections, tuples } = this.table;
    const tuple = connections.tuple(row);
    const side = connections.clientSide(row) ^ role;
    const number = tuples.host(tuple, side);
    if (this.numbered !== tuples.tidied) {
      this.hosts.clear();
      this.numbered = tuples.tidied;
    }
    let host = this.hosts.get(number);
    if (host) return host;
    const { family, words } = tuples.address(tuple, side);
    const address = formatAddress(family, ...words);
    host = { address, timers: this.timersOf(address), services: new Map() };
    if (this.hosts.size >= HOSTS_KEPT) this.hosts.clear();
    this.hosts.set(number, host);
    return host;
  }

  /** How far the timestamp of the client's first SYN lies beyond the last one of the same end in the connection before; null where either is not known. */
  timestampAdvance(row: number): number | null {
    const { connections, history } = this.table;
    const previous = connections.previous(row);
    if (previous < 0) return null;
    const before = connections.clientSide(row) === connections.clientSide(previous) ? 0 : 1;
    const rows: TellingSegment[] = [];
    const own = history.load(connections.history(row), rows);
    const syn = rows.slice(0, own).find(({ talker, flags, marks }) => talker === 0 && flags & SYN && !(marks & FOREIGN));
    if (!syn || !(syn.marks & HAS_TIMESTAMPS)) return null;
    const value = syn.timestampValue;
    const count = history.load(connections.history(previous), rows);
    const last = rows.slice(0, count).findLast(({ talker, marks }) => talker === before && marks & HAS_TIMESTAMPS && !(marks & FOREIGN));
    return last ? distance(value, last.timestampValue) : null;
  }

  private initialDistance(row: number, role: 0 | 1): number | null {
    const { connections } = this.table;
    const previous = connections.previous(row);
    if (previous < 0 || (connections.endpointFlags(row, role) & ENDPOINT_FLAG.syn) === 0) return null;
    const before = role ^ connections.clientSide(row) ^ connections.clientSide(previous);
    return connections.packets(previous, before) === 0 ? null : distance(connections.firstSequence(row, role), connections.nextSequence(previous, before));
  }

  private initialSequence(row: number, role: 0 | 1): number | null {
    const { connections } = this.table;
    return (connections.endpointFlags(row, role) & ENDPOINT_FLAG.syn) === 0
      ? null
      : connections.firstSequence(row, role) >>> 0;
  }

  private describe(row: number, trace: StateTrace, client: Host, server: Host): Connection {
    const { connections, streams } = this.table;
    const own = connections.stream(row);
    const stream = streams.global(own);
    const lastStream = streams.global(connections.lastStream(row));
    const { ending, closer } = endingOf(this.history, trace);
    const previous = connections.previous(row);
    return {
      id: this.connectionIds.idOf(row),
      stream,
      streams: lastStream === stream ? [stream] : [stream, lastStream],
      client: this.addressAt(client, row, 0),
      server: this.addressAt(server, row, 1),
      roles: (connections.flags(row) & CONNECTION_FLAG.guessed) === 0 ? 'handshake' : 'guessed',
      firstFrame: connections.firstFrame(row),
      lastFrame: connections.lastFrame(row),
      start: connections.start(row),
      end: connections.end(row),
      packets: { client: connections.packets(row, 0), server: connections.packets(row, 1) },
      bytes: { client: connections.bytes(row, 0), server: connections.bytes(row, 1) },
      states: { client: trace.states[0], server: trace.states[1] },
      ending,
      closer,
      resets: trace.resets,
      zeek: zeekView(this.history),
      isn: { client: this.initialSequence(row, 0), server: this.initialSequence(row, 1) },
      completeness: streams.completeness(own),
      previous: previous < 0 ? null : this.connectionIds.idOf(previous),
    };
  }
}
