import type { End, FrameNumber, Row, Side } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { IcmpError } from '../decode/icmp-error.js';
import type { Segment } from '../decode/segment.js';
import { SECOND } from '../base/time.js';
import type { Time } from '../base/time.js';
import { isExpected } from './advance.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { FirstFrames } from './identity/first-frames.js';
import {
  END, ENDPOINTS, ENDPOINT_SIZE, FIRST_SEQUENCE, HISTORY, HOPS_AND_KIND, INCUMBENT, INTERFACE, LAST_FRAME, LAST_PAUSE,
  LAST_STREAM, NEXT_SEQUENCE, PACKETS, PENDING_QUIET, PREVIOUS, RESETS, ROWS, CONNECTION_FLAGS, START, UNANSWERED,
} from './connection-record.js';
import { breakSilence, noteHeader } from './conversation.js';
import * as ENDPOINT_FLAG from './endpoint-flags.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import { NO_CONNECTION } from './connection-pages.js';
import { Connections } from './connections.js';
import { Coverage, SILENT } from './coverage.js';
import { APART, Duplicates } from './duplicates.js';
import { History, isPacked } from './history/history.js';
import { IcmpErrors } from './icmp-errors.js';
import { KeptFirstFrames } from './identity/kept-first-frames.js';
import { FOREIGN, HAS_TIMESTAMPS } from './history/telling-segment.js';
import type { TellingSegment } from './history/telling-segment.js';
import { continues, isFromAttempt, roleIn, roleOf } from './identity/incarnation.js';
import { IdleCloses } from './idle-closes.js';
import { distance } from './sequence.js';
import { HISTORY_LIMIT, SegmentArrives } from './segment-arrives.js';
import { StreamNumbers } from './identity/stream-numbers.js';
import { LATEST, REMEMBERED } from './identity/tuple-record.js';
import { TupleTable } from './identity/tuple-table.js';

/**
 * Of these flags a connection under way has the first alone: its SYN was seen, it stands for itself (`progress`), and
 * neither ends nor has copies.
 */
const UNDER_WAY_MASK =
  CONNECTION_FLAG.established | CONNECTION_FLAG.closing | CONNECTION_FLAG.guessed | CONNECTION_FLAG.doubled;

/** The largest window (RFC 7323 §2.2): no more is on its way at once. */
const MOST_IN_FLIGHT = 2 ** 30;

/** What a segment is to `Duplicates`: nothing; to be remembered; and to be looked up before. */
const IGNORE = 0;
const REMEMBER = 1;
const LOOK_UP = 2;

/** What `FlowTable.beginnings` may be, as its place here is packed. */
const BEGINNINGS = [FirstFrames, KeptFirstFrames] as const;

export interface FlowTableOptions {
  /** Where the table is to hold some connections of a capture only. */
  readonly firstFrames?: FirstFrames | null;
  /** First frames of the streams that are numbered here, where other threads number the others. */
  readonly openings?: FirstFrames | null;
  /** Whether a packet that was captured twice counts twice. */
  readonly keepDuplicates?: boolean;
  /** Where what is told of connections is kept. */
  readonly history?: History;
  readonly tuples?: TupleTable;
  readonly streams?: StreamNumbers;
  readonly connections?: Connections;
  readonly idleCloses?: IdleCloses;
  readonly errors?: IcmpErrors;
  readonly coverage?: Coverage;
  readonly duplicates?: Duplicates | null;
}

/** NFS is asked from privileged ports, which are lower than its own (RFC 7530 §3.1; nfs(5), resvport). */
const NFS = 2049;
const PRIVILEGED = 1024;

/** Which side of a tuple, of which no handshake was seen, is the client: that of the higher port, as a rule. */
function guessedClient(lower: number, upper: number): 0 | 1 {
  if (lower === NFS && upper < PRIVILEGED) return 1;
  if (upper === NFS && lower < PRIVILEGED) return 0;
  return lower >= upper ? 0 : 1;
}

/** Finds the connection of every segment and keeps what must be known of it later (segment-arrives.ts). */
export class FlowTable {
  readonly tuples: TupleTable;
  readonly streams: StreamNumbers;
  readonly connections: Connections;
  readonly history: History;
  /** Idle closes of these connections; of those of all threads once they are known. */
  idleCloses: IdleCloses;
  /** What routers and hosts said of segments of these connections. */
  readonly errors: IcmpErrors;
  /** Until when silence says something: as these connections show it, or those of all threads once they are known. */
  coverage: Coverage;
  /** Where the segments come from that are added: an index into the capture's interfaces. */
  interface = 0;
  /** Null where packets that were captured twice count twice. */
  readonly duplicates: Duplicates | null;
  /** Kept where connections may be forgotten, or others lie between them. */
  firstFrames: FirstFrames | null;
  private readonly arrives: SegmentArrives;
  /** Connection of the segment last added, who sent it (0 client, 1 server) and its stream. */
  connection = NO_CONNECTION;
  role = 0;
  stream = 0;
  /** Frame in which the segment last added was captured before; 0 if it was not. */
  duplicateOf = 0;

  constructor({
    firstFrames = null, openings = null, keepDuplicates = false, history = new History(), tuples = new TupleTable(),
    streams = new StreamNumbers(openings), connections = new Connections(), idleCloses = new IdleCloses(),
    errors = new IcmpErrors(), coverage = new Coverage(), duplicates = keepDuplicates ? null : new Duplicates(),
  }: FlowTableOptions = {}) {
    this.tuples = tuples;
    this.streams = streams;
    this.connections = connections;
    this.history = history;
    this.idleCloses = idleCloses;
    this.errors = errors;
    this.coverage = coverage;
    this.duplicates = duplicates;
    this.firstFrames = firstFrames;
    this.arrives = new SegmentArrives(this);
  }

  pack(to: Packer): void {
    this.tuples.pack(to);
    this.streams.pack(to);
    this.connections.pack(to);
    this.history.pack(to);
    this.idleCloses.pack(to);
    this.errors.pack(to);
    this.coverage.pack(to);
    to.number(this.duplicates === null ? 0 : 1);
    this.duplicates?.pack(to);
    to.number(BEGINNINGS.findIndex((kind) => this.firstFrames?.constructor === kind));
    this.firstFrames?.pack(to);
  }

  static unpack(from: Unpacker): FlowTable {
    return new FlowTable({
      tuples: TupleTable.unpack(from),
      streams: StreamNumbers.unpack(from),
      connections: Connections.unpack(from),
      history: History.unpack(from),
      idleCloses: IdleCloses.unpack(from),
      errors: IcmpErrors.unpack(from),
      coverage: Coverage.unpack(from),
      duplicates: from.integer(0, 1) === 0 ? null : Duplicates.unpack(from),
      firstFrames: BEGINNINGS[from.integer(-1, BEGINNINGS.length - 1)]?.unpack(from) ?? null,
    });
  }

  /** Takes in one segment; `bytes` is the buffer that `segment.payloadOffset` points into. */
  add(segment: Segment, frame: FrameNumber, time: Time, bytes: Uint8Array): void {
    const { tuples, connections, duplicates } = this;
    const tuple = tuples.locate(segment);
    const { side } = tuples;
    const key = tuples.page(tuple);
    const keyAt = tuples.at(tuple);
    const stream = this.streams.number(key, keyAt, side, segment, frame);
    let connection = key[keyAt + LATEST]!;
    if (
      connection !== NO_CONNECTION && (segment.flags & (SYN | FIN | RST)) === 0 && this.isUnderWay(connection, time)
    ) {
      this.goOn(connection, side, segment, frame, time, stream, bytes);
      return;
    }
    const interest = duplicates === null ? IGNORE : this.interest(connection, side, segment, time);
    const sender = tuple * 2 + side;
    if (
      interest === LOOK_UP && duplicates!.meets(sender, key[keyAt + REMEMBERED + side]!, segment, time) &&
      this.isCopy(duplicates!, segment, frame, time, stream)
    )
      return;
    if (connection === NO_CONNECTION || (segment.flags & SYN) !== 0)
      connection = this.incarnation(connection, tuple, side, segment, frame, time, stream);
    let words = connections.page(connection);
    let at = connections.at(connection);
    if (words[at + INCUMBENT] !== NO_CONNECTION) {
      connection = this.contested(connection, side, segment, frame, time);
      words = connections.page(connection);
      at = connections.at(connection);
    }
    words[at + LAST_STREAM] = stream;
    if (isPacked(words[at + HISTORY]!)) this.history.wake(connections, connection);

    const role = roleOf(words[at + CONNECTION_FLAGS]!, side);
    if ((segment.flags & (FIN | RST)) !== 0) this.arrives.notePart(connection, role, segment, frame, time);
    this.count(connection, words, at, role, segment, frame, time, stream);
    if (interest !== IGNORE)
      key[keyAt + REMEMBERED + side] = duplicates!.remember(
        sender, key[keyAt + REMEMBERED + side]!, connection * 2 + role, segment, frame, time,
      );
    if (
      (segment.flags & (SYN | FIN | RST)) === 0 &&
      (words[at + CONNECTION_FLAGS]! & (CONNECTION_FLAG.established | CONNECTION_FLAG.closing)) ===
        CONNECTION_FLAG.established
    ) {
      this.arrives.carry(connection, words, at, role, segment, frame, time, bytes);
    } else {
      this.arrives.tell(connection, words, at, role, segment, frame, time, bytes);
    }
  }

  /**
   * Whether a connection is one of which nothing is to be asked but who sent a segment that neither opens nor closes.
   */
  private isUnderWay(connection: Row, time: Time): boolean {
    const { connections } = this;
    const words = connections.page(connection);
    const at = connections.at(connection);
    if (
      (words[at + CONNECTION_FLAGS]! & UNDER_WAY_MASK) !== CONNECTION_FLAG.established ||
      isPacked(words[at + HISTORY]!)
    )
      return false;
    return time - connections.doublesOf(connection)[(at + START) >> 1]! > APART;
  }

  private goOn(
    connection: Row, side: Side, segment: Segment, frame: FrameNumber, time: Time, stream: number, bytes: Uint8Array,
  ): void {
    const { connections } = this;
    const words = connections.page(connection);
    const at = connections.at(connection);
    const role = roleOf(words[at + CONNECTION_FLAGS]!, side);
    words[at + LAST_STREAM] = stream;
    this.count(connection, words, at, role, segment, frame, time, stream);
    this.arrives.carry(connection, words, at, role, segment, frame, time, bytes);
  }

  /** One more segment of a connection, and no copy. */
  private count(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, frame: FrameNumber, time: Time,
    stream: number,
  ): void {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const doubles = this.connections.doublesOf(connection);
    if ((segment.flags & RST) === 0) {
      if (words[at + LAST_FRAME] !== 0) {
        const quiet = time - doubles[(at + END) >> 1]!;
        // A FIN is no sign that a silence was survived.
        if (
          (segment.flags & FIN) === 0 &&
          (quiet >= SECOND || (words[at + PENDING_QUIET]! | words[at + LAST_PAUSE]!) !== 0)
        )
          breakSilence(words, at, role, quiet);
        if (quiet > SILENT && isExpected(words, own, at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE, segment))
          this.coverage.bridge(this.interface, time - quiet, time);
      }
      if ((words[own + HOPS_AND_KIND]! & 0xff) !== segment.ttl) noteHeader(words, own, segment.ttl);
    } else words[own + RESETS]!++;
    words[at + INTERFACE] = this.interface;
    this.duplicateOf = 0;
    this.connection = connection;
    this.role = role;
    this.stream = stream;
    words[own + PACKETS]!++;
    words[at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE + UNANSWERED] = 0;
    words[at + LAST_FRAME] = frame;
    doubles[(at + END) >> 1] = time;
  }

  /**
   * Whether copies of a segment are to be told: where it opens or closes; and where the connection is young, had copies
   * before, or is older than the capture, if it brings payload or is a probe. And whether it may be one itself: what
   * reaches beyond all that was sent is none.
   */
  private interest(
    connection: Row, side: Side, { length, flags, sequence }: Segment, time: Time,
  ): typeof IGNORE | typeof REMEMBER | typeof LOOK_UP {
    if (connection === NO_CONNECTION) return REMEMBER;
    if ((flags & (SYN | FIN | RST)) !== 0) return LOOK_UP;
    const { connections } = this;
    const words = connections.page(connection);
    const at = connections.at(connection);
    const seen = words[at + CONNECTION_FLAGS]!;
    if (
      (seen & (CONNECTION_FLAG.doubled | CONNECTION_FLAG.guessed)) === 0 &&
      time - connections.start(connection) > APART
    )
      return IGNORE;
    const next = words[at + ENDPOINTS + roleOf(seen, side) * ENDPOINT_SIZE + NEXT_SEQUENCE]!;
    if (length === 0) return distance(sequence, next) < 0 ? LOOK_UP : IGNORE;
    // Of an earlier connection of the tuple it may be, too, whose numbers are others.
    return distance((sequence + length) | 0, next) <= 0 || words[at + PREVIOUS] !== NO_CONNECTION ? LOOK_UP : REMEMBER;
  }

  /** Whether a segment that met the same one before is a copy of it: then it is only counted. */
  private isCopy(duplicates: Duplicates, segment: Segment, frame: FrameNumber, time: Time, stream: number): boolean {
    const { connections } = this;
    const connection = duplicates.endpoint >> 1;
    const role = duplicates.endpoint & 1;
    const words = connections.page(connection);
    const at = connections.at(connection);
    if (
      !duplicates.isCopy(
        segment, time, connections.lastFrame(connection),
        (words[at + CONNECTION_FLAGS]! & CONNECTION_FLAG.doubled) !== 0,
      )
    )
      return false;
    duplicates.count++;
    this.connection = connection;
    this.role = role;
    this.stream = stream;
    this.duplicateOf = duplicates.frame;
    words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.doubled;
    words[at + ENDPOINTS + role * ENDPOINT_SIZE + PACKETS]!++;
    words[at + LAST_FRAME] = frame;
    connections.doublesOf(connection)[(at + END) >> 1] = time;
    duplicates.meetAgain(frame);
    return true;
  }

  /**
   * Gives away all memory of connections. What is seen of tuples from now on whose last one was among them begins anew:
   * so were all others on them. For many at a time: it looks at every tuple.
   */
  forget(rows: readonly number[]): void {
    if (rows.length === 0) return;
    const { connections, history, tuples } = this;
    for (const row of rows) {
      history.forget(connections, row);
      this.firstFrames?.forget(connections.firstFrame(row));
      this.errors.forget(connections.firstFrame(row));
      const tuple = connections.tuple(row);
      if (this.latestOf(tuple) === row) tuples.forget(tuple);
      connections.forget(row);
    }
    tuples.tidy();
    history.tidy(connections);
    this.duplicates?.forget((connection) => !connections.isKept(connection));
  }

  /** Forgets tuples that were seen in headers alone (`addHeader`). */
  forgetHeaders(): void {
    const { tuples } = this;
    for (let tuple = 0; tuple < tuples.count; tuple++)
      if (tuples.isKept(tuple) && this.latestOf(tuple) === NO_CONNECTION) tuples.forget(tuple);
    tuples.tidy();
  }

  /** Whether no other connection was seen on its tuple. */
  isAlone(connection: Row): boolean {
    return (
      this.connections.previous(connection) === NO_CONNECTION &&
      this.latestOf(this.connections.tuple(connection)) === connection
    );
  }

  /**
   * Takes in a header that is no segment but has a stream (`isNumbered`): the streams behind it are counted as
   * Wireshark counts them.
   */
  addHeader(segment: Segment, frame: FrameNumber): void {
    const { tuples } = this;
    const tuple = tuples.locate(segment);
    this.stream = this.streams.numberHeader(tuples.page(tuple), tuples.at(tuple), tuples.side, segment, frame);
  }

  /**
   * Takes in an ICMP error that quotes `segment`. It belongs to the latest connection of the tuple that can have sent
   * it: a sequence number beyond all that it sent is invented, or of another (RFC 5927 §4.1). Answers that connection,
   * or `NO_CONNECTION`.
   */
  addError(segment: Segment, error: Readonly<IcmpError>, frame: FrameNumber, time: Time): number {
    const { tuples, connections } = this;
    const tuple = tuples.locate(segment);
    const { side } = tuples;
    for (
      let connection = this.latestOf(tuple);
      connection !== NO_CONNECTION;
      connection = connections.previous(connection)
    ) {
      const talker = roleOf(connections.flags(connection), side);
      if (connections.packets(connection, talker) === 0) continue;
      const before = distance(connections.nextSequence(connection, talker), segment.sequence);
      if (before < 0 || before > MOST_IN_FLIGHT) continue;
      this.errors.add(connections.firstFrame(connection), talker, segment.sequence, error, frame, time);
      return connection;
    }
    return NO_CONNECTION;
  }

  private latestOf(tuple: number): number {
    return this.tuples.page(tuple)[this.tuples.at(tuple) + LATEST]!;
  }

  /** The connection that a SYN, a SYN-ACK or the first segment of a tuple belongs to. */
  private incarnation(
    connection: Row, tuple: number, side: Side, segment: Segment, frame: FrameNumber, time: Time, stream: number,
  ): number {
    const { flags } = segment;
    if (
      connection !== NO_CONNECTION &&
      ((flags & RST) !== 0 || continues(this.connections, connection, side, segment, time) ||
        this.isLate(connection, side, segment))
    )
      return connection;
    const { connections } = this;
    const guessed = (flags & SYN) === 0;
    let clientSide = (flags & ACK) === 0 ? side : side ^ 1;
    if (guessed) clientSide = guessedClient(this.tuples.port(tuple, 0), this.tuples.port(tuple, 1));
    this.firstFrames?.add(frame);
    this.idleCloses.begin = Math.min(this.idleCloses.begin, time);
    const created = connections.add(tuple, clientSide, frame, time, stream, connection);
    if (connection !== NO_CONNECTION && (flags & (SYN | ACK)) === (SYN | ACK))
      this.supposeSyn(created, segment.acknowledgment);
    if (guessed)
      connections.page(created)[connections.at(created) + CONNECTION_FLAGS]! |=
        CONNECTION_FLAG.established | CONNECTION_FLAG.guessed;
    if (connection !== NO_CONNECTION) connections.succeed(connection, created);
    this.tuples.page(tuple)[this.tuples.at(tuple) + LATEST] = created;
    return created;
  }

  /**
   * Whether a SYN is the one that opened this connection, which has come late or twice: its number is the same, and its
   * timestamp no newer than what the client has sent since. A stack that begins with the same number each time has a
   * newer one.
   */
  private isLate(connection: Row, side: Side, segment: Segment): boolean {
    const { connections, history } = this;
    if (
      (segment.flags & (SYN | ACK)) !== SYN || segment.hasTimestamps === 0 ||
      roleIn(connections, connection, side) !== 0
    )
      return false;
    if (
      (connections.endpointFlags(connection, 0) & ENDPOINT_FLAG.syn) === 0 ||
      connections.firstSequence(connection, 0) !== segment.sequence
    )
      return false;
    const rows: TellingSegment[] = [];
    const count = history.load(connections.history(connection), rows);
    const last = rows
      .slice(0, count)
      .findLast(({ talker, marks }) => talker === 0 && (marks & (HAS_TIMESTAMPS | FOREIGN)) === HAS_TIMESTAMPS);
    return last !== undefined && distance(segment.timestampValue, last.timestampValue) <= 0;
  }

  /**
   * The SYN that a SYN-ACK answers was not captured: its number is known all the same, by which the attempt is told
   * from the connection before it.
   */
  private supposeSyn(connection: Row, acknowledgment: number): void {
    const words = this.connections.page(connection);
    const own = this.connections.at(connection) + ENDPOINTS;
    words[own + FIRST_SEQUENCE] = (acknowledgment - 1) | 0;
    words[own + NEXT_SEQUENCE] = acknowledgment;
  }

  /**
   * While an attempt is unanswered, sockets of the earlier connection may speak on the same tuple: a challenge ACK
   * (RFC 9293 §3.10.7.4 first and fourth), the TIME-WAIT ACK, a retransmission. Their numbers tell them apart.
   */
  private contested(attempt: number, side: Side, segment: Segment, frame: FrameNumber, time: Time): number {
    const { connections } = this;
    const incumbent = connections.incumbent(attempt);
    const role = roleIn(connections, attempt, side);
    const owner = isFromAttempt(connections, attempt, incumbent, side, role, segment) ? attempt : incumbent;
    // What the attempt's client sends, the sockets of the earlier connection hear too; and the SYN-ACK shows that its
    // TIME-WAIT is over.
    const heard = owner === attempt && (role === 0 || (segment.flags & SYN) !== 0);
    if (heard) this.overhear(incumbent, side, segment, frame, time);
    // And what the earlier connection's sockets answer, the attempt's client hears.
    if (owner === incumbent && role === 1) this.overhear(attempt, side, segment, frame, time);
    return owner;
  }

  private overhear(connection: Row, side: Side, segment: Segment, frame: FrameNumber, time: Time): void {
    const words = this.connections.page(connection);
    const at = this.connections.at(connection);
    words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.overheard;
    if (words[at + ROWS]! >= HISTORY_LIMIT) return;
    if (isPacked(words[at + HISTORY]!)) this.history.wake(this.connections, connection);
    const role = roleIn(this.connections, connection, side);
    this.arrives.append(connection, words, at, role, segment, frame, time, FOREIGN, 0);
  }
}
