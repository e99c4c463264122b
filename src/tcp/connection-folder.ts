import { formatAddress } from '../decode/address.js';
import * as DID from '../flow/endpoint-flags.js';
import * as SEEN from '../flow/connection-flags.js';
import { Crowds } from '../flow/connections-per-service.js';
import { FOREIGN, HAS_TIMESTAMPS } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { SYN } from '../decode/segment.js';
import type { FlowTable } from '../flow/flow-table.js';
import { closedPlainly } from '../flow/clean-close.js';
import { isUnanswered } from '../flow/forgettable.js';
import { rosterOf } from '../flow/identity/connection-ids.js';
import type { Roster } from '../flow/identity/connection-ids.js';
import { distance } from '../flow/sequence.js';
import type { Time } from '../base/time.js';
import type { Address, Connection } from './connection.js';
import { Departures } from './reset/simultaneous-closes.js';
import type { Leaver } from './reset/simultaneous-closes.js';
import { endingOf } from './ending.js';
import { fold } from './fold.js';
import type { Course, Surroundings } from './fold.js';
import type { Timers } from './profiles.js';
import { Story } from './segment-history.js';
import { zeekView } from './zeek.js';

/** A connection with what it was made from. The story is reused: valid until the next verdict is asked for. */
export interface Verdict {
  readonly connection: Connection;
  readonly story: Story;
  readonly course: Course;
  /** Timers of client and server. */
  readonly timers: readonly [Timers, Timers];
  /**
   * How far the initial sequence numbers of client and server lie beyond the last ones that the same end used in the
   * connection before on the tuple; null where either is not known.
   */
  readonly initialDistances: readonly [number | null, number | null];
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
export class Judge {
  readonly roster: Roster;
  private readonly story = new Story();
  private readonly table: FlowTable;
  private readonly timersOf: TimersOf;
  private readonly hosts = new Map<number, Host>();
  /** When these were numbered: `TupleTable.tidied`. */
  private numbered: number;
  private second: Judge | null = null;
  /** Made when a RST asks for it: most captures have none that does. */
  private departures: Departures | null = null;
  /** The row that is being judged. */
  private judged = 0;
  private readonly beside: Surroundings = {
    departure: (end, time) => this.ended().beside(this.leaver(end), time),
    unanswered: (time) => this.ended().unansweredBeside(this.leaver(1), time),
  };

  constructor(table: FlowTable, timersOf: TimersOf, roster = rosterOf(table)) {
    this.table = table;
    this.roster = roster;
    this.timersOf = timersOf;
    this.numbered = table.tuples.tidied;
  }

  /** What became of connection `row`, as far as the capture goes: to `captureEnd`. */
  judge(row: number, captureEnd: Time): Verdict {
    const { table, story } = this;
    const { connections } = table;
    story.captureEnd = captureEnd;
    story.count = table.history.load(connections.history(row), story.rows);
    story.survey();
    story.ends[0].widestWindow = connections.widestWindow(row, 0);
    story.ends[1].widestWindow = connections.widestWindow(row, 1);
    const client = this.host(row, 0);
    const server = this.host(row, 1);
    const timers = [client.timers, server.timers] as const;
    this.judged = row;
    const course = fold(story, timers, this.beside);
    const connection = this.describe(row, course, client, server);
    const initialDistances = connection.previous === null ? UNKNOWN : [this.initialDistance(row, 0), this.initialDistance(row, 1)] as const;
    return { connection, story, course, timers, initialDistances };
  }

  /**
   * How connection `row` ended, where that is seen without its history, and there is nothing else to be said of it: it opened and closed
   * plainly, or nobody ever answered it. Else null.
   */
  endingAtSight(row: number): 'closed' | 'unanswered' | null {
    const { table } = this;
    if (closedPlainly(table.connections, row)) return 'closed';
    return table.isAlone(row) && isUnanswered(table, row) ? 'unanswered' : null;
  }

  /** For a first look at all connections. */
  crowds(): Crowds {
    return new Crowds(this.table, this.roster.rows());
  }

  firstFrame(row: number): number {
    return this.table.connections.firstFrame(row);
  }

  /** The same beside a verdict that is still being looked at: with a story of its own. */
  again(row: number, captureEnd: Time): Verdict {
    this.second ??= new Judge(this.table, this.timersOf, this.roster);
    return this.second.judge(row, captureEnd);
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
  private leaver(role: number): Leaver {
    const { connections, tuples } = this.table;
    const tuple = connections.tuple(this.judged);
    const side = connections.clientSide(this.judged) ^ role;
    return { connection: connections.firstFrame(this.judged), role, host: tuples.identity(tuple, side), port: tuples.port(tuple, side) };
  }

  private ended(): Departures {
    return (this.departures ??= new Departures(this.table.partings));
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
    if (previous < 0 || (connections.did(row, role) & DID.syn) === 0) return null;
    const before = role ^ connections.clientSide(row) ^ connections.clientSide(previous);
    return connections.packets(previous, before) === 0 ? null : distance(connections.firstSequence(row, role), connections.nextSequence(previous, before));
  }

  private describe(row: number, course: Course, client: Host, server: Host): Connection {
    const { connections, streams } = this.table;
    const own = connections.stream(row);
    const stream = streams.global(own);
    const lastStream = streams.global(connections.lastStream(row));
    const { ending, closer } = endingOf(this.story, course);
    const previous = connections.previous(row);
    return {
      id: this.roster.idOf(row),
      stream,
      streams: lastStream === stream ? [stream] : [stream, lastStream],
      client: this.addressAt(client, row, 0),
      server: this.addressAt(server, row, 1),
      roles: (connections.seen(row) & SEEN.guessed) === 0 ? 'handshake' : 'guessed',
      firstFrame: connections.firstFrame(row),
      lastFrame: connections.lastFrame(row),
      start: connections.start(row),
      end: connections.end(row),
      packets: { client: connections.packets(row, 0), server: connections.packets(row, 1) },
      bytes: { client: connections.bytes(row, 0), server: connections.bytes(row, 1) },
      states: { client: course.states[0], server: course.states[1] },
      ending,
      closer,
      resets: course.resets,
      zeek: zeekView(this.story),
      completeness: streams.completeness(own),
      previous: previous < 0 ? null : this.roster.idOf(previous),
    };
  }
}
