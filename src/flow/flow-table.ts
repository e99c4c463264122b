import type { End, FrameNumber, Row, Side } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { IcmpError } from '../decode/icmp-error.js';
import type { Segment } from '../decode/segment.js';
import { SECOND } from '../base/time.js';
import type { Time } from '../base/time.js';
import { acknowledge, begin, beginLate, isExpected, progress, repeatMarks } from './advance.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { FirstFrames } from './identity/first-frames.js';
import {
  ACKNOWLEDGED, BYTES, CLOSED_WINDOW_SINCE, CLOSING_AT, ENDPOINT_FLAGS, END, ENDPOINTS, ENDPOINT_SIZE, FIRST_REPEAT,
  FIRST_SEQUENCE, HISTORY, HOPS_AND_KIND, INCUMBENT, INTERFACE, LAST_FRAME, LAST_HOLE, LAST_PAUSE, LAST_STREAM,
  LATEST_ACK, LATEST_DATA, LATEST_REPEAT, MISSING, NEXT_SEQUENCE, PACKETS, PENDING_QUIET, PREVIOUS, REPEATS, RESETS,
  ROWS, CONNECTION_FLAGS, START, TURNS_PRODUCT_BITS, UNANSWERED, WIDEST_WINDOW,
} from './connection-record.js';
import {
  breakSilence, hasTurn, millisecondsSince, noteAgain, noteClose, noteHeader, noteKind, notePayload, noteProduct,
  noteStall, noteWindow, offersWindow, serverTurn,
} from './conversation.js';
import * as ENDPOINT_FLAG from './endpoint-flags.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import { Connections, NO_CONNECTION, freeze } from './connections.js';
import { Coverage, SILENT } from './coverage.js';
import { APART, Duplicates } from './duplicates.js';
import { farewell } from './farewell.js';
import { noteGoAway } from './go-away.js';
import { History, isPacked } from './history/history.js';
import { IcmpErrors } from './icmp-errors.js';
import { KeptFirstFrames } from './identity/kept-first-frames.js';
import { NO_RECORD } from './history/living-histories.js';
import { FAREWELL, FOREIGN, HAS_TIMESTAMPS, SERVER_TALKS } from './history/telling-segment.js';
import type { TellingSegment } from './history/telling-segment.js';
import { continues, isFromAttempt, roleIn, roleOf } from './identity/incarnation.js';
import { resetPayload } from './history/reset-payload.js';
import { noteMessage, noteUnfinished } from './http-message.js';
import { IDLE, IdleCloses } from './idle-closes.js';
import { PAYLOAD_KINDS, payloadKind } from './payload-kind.js';
import { isCleanStep } from './clean-close.js';
import { product } from './product.js';
import { distance, isAfter } from './sequence.js';
import { StreamNumbers } from './identity/stream-numbers.js';
import { LATEST, REMEMBERED } from './identity/tuple-record.js';
import { TupleTable } from './identity/tuple-table.js';

/**
 * Rows a connection's history may have before closing segments, too, are kept in running rows only. A close takes four,
 * a lossy one some thirty; a half-closed connection that goes on sending fills it, and so do hostile captures.
 */
const HISTORY_LIMIT = 128;

/**
 * Rows beyond that which only SYN, FIN and RST take: a FIN behind a long upload into a half-closed connection is no
 * repetition to be overwritten.
 */
const RESERVED = 16;

/**
 * Of these flags a connection under way has the first alone: its SYN was seen, it stands for itself (`progress`), and
 * neither ends nor has copies.
 */
const UNDER_WAY_MASK =
  CONNECTION_FLAG.established | CONNECTION_FLAG.closing | CONNECTION_FLAG.guessed | CONNECTION_FLAG.doubled;

/** The largest window (RFC 7323 §2.2): no more is on its way at once. */
const MOST_IN_FLIGHT = 2 ** 30;
/** Running rows of what was sent again, and of all payload. */
const REPEATED = [FIRST_REPEAT, LATEST_REPEAT];
const SEEN_BEFORE = [LATEST_DATA, FIRST_REPEAT, LATEST_REPEAT];

/** So often in a row somebody sends again before his silence is worth a note: random loss seldom takes three. */
const STALLS = 3;

const HTTP_REQUEST = PAYLOAD_KINDS.indexOf('http-request');
const HTTP_ANSWER = PAYLOAD_KINDS.indexOf('http-answer');
const HTTP2 = PAYLOAD_KINDS.indexOf('http2');

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

/**
 * Finds the connection of every segment and keeps what must be known of it later.
 *
 * Bulk traffic only moves a few words and overwrites the running rows of its endpoint; what opens, closes or repeats
 * becomes a row of the history.
 */
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
    if ((segment.flags & (FIN | RST)) !== 0) this.notePart(connection, role, segment, frame, time);
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
      this.carry(connection, words, at, role, segment, frame, time, bytes);
    } else {
      this.tell(connection, words, at, role, segment, frame, time, bytes);
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
    this.carry(connection, words, at, role, segment, frame, time, bytes);
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

  /** Notes what ends a connection out of idleness, or unanswered. `segment` has not been taken in yet. */
  private notePart(
    connection: Row, role: End, { flags, length, sequence }: Segment, frame: FrameNumber, time: Time,
  ): void {
    const { connections, tuples } = this;
    const isReset = (flags & (RST | ACK)) === (RST | ACK);
    const did = connections.endpointFlags(connection, role);
    if (length > 0 || !(isReset || ((flags & (FIN | SYN)) === FIN && (did & ENDPOINT_FLAG.fin) === 0))) return;
    // A capture may have been filtered to SYN, FIN and RST: the number of the RST still tells of payload.
    const sentNothing =
      (did & ENDPOINT_FLAG.data) === 0 &&
      ((did & ENDPOINT_FLAG.syn) === 0 || distance(sequence, connections.firstSequence(connection, role)) === 1);
    const isUnanswered =
      isReset && role === 1 && sentNothing && (connections.flags(connection) & CONNECTION_FLAG.established) !== 0;
    const firstFrame = connections.firstFrame(connection);
    const before = firstFrame === frame ? null : connections.end(connection);
    if (!isUnanswered && before !== null && time - before < IDLE) return;
    const tuple = connections.tuple(connection);
    const side = connections.clientSide(connection) ^ role;
    this.idleCloses.add(
      firstFrame, role, tuples.identity(tuple, side), tuples.port(tuple, side), time, before, isReset, isUnanswered,
    );
  }

  /** A segment of an open connection: data, an acknowledgment, a repetition. */
  private carry(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, frame: FrameNumber, time: Time,
    bytes: Uint8Array,
  ): void {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const { sequence, length } = segment;
    const did = words[own + ENDPOINT_FLAGS]!;
    if ((did & (ENDPOINT_FLAG.ack | ENDPOINT_FLAG.data | ENDPOINT_FLAG.syn)) === 0) begin(words, own, segment);
    if ((segment.flags & ACK) === 0) words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
    const beyond = distance((sequence + length) | 0, words[own + NEXT_SEQUENCE]!);
    this.hear(connection, words, at, role, segment, time);
    if (segment.window > words[own + WIDEST_WINDOW]!) words[own + WIDEST_WINDOW] = segment.window;
    if (segment.window === 0 || words[own + CLOSED_WINDOW_SINCE] !== 0)
      noteWindow(words, at, own, segment.window, this.passed(connection, at, time));
    if (length > 0 && beyond > 0) {
      const note = this.converse(connection, words, at, role, segment, time, bytes);
      if (beyond > length) {
        words[own + MISSING]! += beyond - length;
        words[at + LAST_HOLE] = this.passed(connection, at, time) + 1;
      }
      this.connections.doublesOf(connection)[(own + BYTES) >> 1]! += Math.min(length, beyond);
      words[own + NEXT_SEQUENCE] = (sequence + length) | 0;
      let row: number;
      if ((did & ENDPOINT_FLAG.data) !== 0)
        row = this.overwrite(connection, words, at, own + LATEST_DATA, role, segment, frame, time, 0, 0);
      else {
        words[own + ENDPOINT_FLAGS] = did | ENDPOINT_FLAG.data;
        row = this.append(connection, words, at, role, segment, frame, time, 0, 0);
      }
      if (note !== '') this.history.living.annotate(row, note);
      return;
    }
    if (length > 0 && this.fillsHole(words, at, role, segment)) return this.fill(connection, words, own, length);
    if (length > 0 || beyond < 0) return this.repeat(connection, words, at, role, segment, frame, time);
    if ((did & ENDPOINT_FLAG.ack) !== 0) {
      this.overwrite(connection, words, at, own + LATEST_ACK, role, segment, frame, time, 0, 0);
      return;
    }
    words[own + ENDPOINT_FLAGS] = did | ENDPOINT_FLAG.ack;
    this.append(connection, words, at, role, segment, frame, time, 0, 0);
  }

  /** What a segment acknowledges; and if that is more than was seen of the other side, that it was missed. */
  private hear(connection: Row, words: Int32Array, at: number, role: End, segment: Segment, time: Time): void {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const peer = at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE;
    const known = words[own + ACKNOWLEDGED]!;
    acknowledge(words, own, segment);
    const heard = words[own + ACKNOWLEDGED]!;
    if (heard === known || words[peer + PACKETS] === 0 || !isAfter(heard, words[peer + NEXT_SEQUENCE]!)) return;
    words[at + LAST_HOLE] = this.passed(connection, at, time) + 1;
  }

  /**
   * New payload: whose turn it is; and of the first one what it is. Before `NEXT_SEQUENCE` and `ENDPOINT_FLAGS` know of
   * it. Answers what its row is to say of it, mostly nothing.
   */
  private converse(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, time: Time, bytes: Uint8Array,
  ): string {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const peer = at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE;
    if ((words[own + ENDPOINT_FLAGS]! & ENDPOINT_FLAG.data) === 0) {
      noteKind(words, own, payloadKind(segment, bytes));
      if (role === 1) {
        noteProduct(words, at, product(segment, bytes));
        this.noteAnswer(connection);
      }
    }
    const kind = words[own + HOPS_AND_KIND]! >>> 24;
    if (kind === HTTP_REQUEST || kind === HTTP_ANSWER)
      noteMessage(
        words, at, role, segment, bytes, (words[at + TURNS_PRODUCT_BITS]! & (hasTurn | serverTurn)) === hasTurn,
      );
    const isAcknowledged = words[peer + ACKNOWLEDGED] === words[own + NEXT_SEQUENCE];
    notePayload(
      words, at, role, segment.length, isAcknowledged, farewell(segment, bytes) > 0, this.passed(connection, at, time),
    );
    return role === 1 && (kind === HTTP2 || words[peer + HOPS_AND_KIND]! >>> 24 === HTTP2)
      ? noteGoAway(words, at, segment, bytes)
      : '';
  }

  /** How things stand at the first FIN or RST. */
  private noteFirstClose(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, time: Time,
  ): void {
    noteClose(words, at, role, segment.flags, this.passed(connection, at, time));
    noteUnfinished(words, at, role, segment);
  }

  private noteHandshake(connection: Row, time: Time): void {
    const { tuples, connections } = this;
    const tuple = connections.tuple(connection);
    const side = connections.clientSide(connection) ^ 1;
    this.idleCloses.listeners.noteHandshake(tuples.identity(tuple, side), tuples.port(tuple, side), time);
  }

  private noteAnswer(connection: Row): void {
    const { tuples, connections } = this;
    if ((connections.flags(connection) & CONNECTION_FLAG.syn) === 0) return;
    const tuple = connections.tuple(connection);
    const side = connections.clientSide(connection) ^ 1;
    this.idleCloses.listeners.noteAnswer(
      tuples.identity(tuple, side), tuples.port(tuple, side), connections.start(connection),
    );
  }

  /** Milliseconds since the connection began. */
  private passed(connection: Row, at: number, time: Time): number {
    return millisecondsSince(this.connections.doublesOf(connection)[(at + START) >> 1]!, time);
  }

  private repeat(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, frame: FrameNumber, time: Time,
  ): void {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const peer = at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE;
    const repeats = Math.min(words[own + UNANSWERED]! + 1, 0xffff);
    words[own + UNANSWERED] = repeats;
    words[own + REPEATS]!++;
    this.noteAgain(connection, words, at, role, segment, time);
    if (repeats >= STALLS) this.noteStall(connection, words, at, role, repeats, time);
    this.fill(connection, words, own, segment.length);
    this.overwrite(
      connection, words, at, own + (repeats === 1 ? FIRST_REPEAT : LATEST_REPEAT), role, segment, frame, time, repeats,
      repeatMarks(words, peer, segment),
    );
  }

  /** The row of the first repetition stands until the peer has been heard. */
  private noteStall(
    connection: Row, words: Int32Array, at: number, role: End, repeats: number, time: Time,
  ): void {
    const first = words[at + ENDPOINTS + role * ENDPOINT_SIZE + FIRST_REPEAT]!;
    if (first === NO_RECORD) return;
    noteStall(
      words, at, role, repeats, this.passed(connection, at, this.history.living.time(first)),
      this.passed(connection, at, time),
    );
  }

  private noteAgain(
    connection: Row, words: Int32Array, at: number, role: End, { sequence, length }: Segment, time: Time,
  ): void {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const peer = at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE;
    const { living } = this.history;
    let before = -1;
    for (const word of REPEATED) {
      const row = words[own + word]!;
      if (row !== NO_RECORD && living.sequence(row) === sequence)
        before = Math.max(before, this.passed(connection, at, living.time(row)));
    }
    noteAgain(
      words, own, peer, !isAfter((sequence + length) | 0, words[peer + ACKNOWLEDGED]!),
      this.passed(connection, at, time), before,
    );
  }

  /**
   * Whether payload that stands below what was sent is seen for the first time: reordered, or sent again after it was
   * lost before the tap. What the peer has acknowledged fills no hole that anybody waits for; nor does what was seen
   * last, or has come again before.
   */
  private fillsHole(words: Int32Array, at: number, role: End, { sequence, length }: Segment): boolean {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const peer = at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE;
    if (words[own + MISSING]! < length || isAfter(words[peer + ACKNOWLEDGED]!, sequence)) return false;
    const { living } = this.history;
    for (const word of SEEN_BEFORE)
      if (words[own + word] !== NO_RECORD && living.sequence(words[own + word]!) === sequence) return false;
    return true;
  }

  /** What comes behind a hole, late or again, fills it before it counts as a repetition. */
  private fill(connection: Row, words: Int32Array, own: number, length: number): void {
    const filled = Math.min(length, words[own + MISSING]!);
    if (filled <= 0) return;
    words[own + MISSING]! -= filled;
    this.connections.doublesOf(connection)[(own + BYTES) >> 1]! += filled;
  }

  /** A segment that opens or closes, or lies near one that does. */
  private tell(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, frame: FrameNumber, time: Time,
    bytes: Uint8Array,
  ): void {
    const { connections } = this;
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const peer = at + ENDPOINTS + (1 - role) * ENDPOINT_SIZE;
    const { flags, length } = segment;
    const did = words[own + ENDPOINT_FLAGS]!;
    const seen = words[at + CONNECTION_FLAGS]!;
    let [marks, repeats, note] = [0, 0, ''];
    if (!isCleanStep(seen, words[peer + ACKNOWLEDGED]!, connections.closingAt(connection), segment, time))
      words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
    if ((flags & RST) === 0) {
      if (words[own + PACKETS] === 1 || did === 0) begin(words, own, segment);
      const end = (segment.sequence + length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0;
      const beyond = distance(end, words[own + NEXT_SEQUENCE]!);
      if (offersWindow(segment) && (segment.window === 0 || words[own + CLOSED_WINDOW_SINCE] !== 0))
        noteWindow(words, at, own, segment.window, this.passed(connection, at, time));
      if (beyond > 0 && (did & ENDPOINT_FLAG.fin) === 0) {
        // A FIN beyond all that was sent brings payload only where it reaches further than by itself.
        if (length > 0 && ((flags & FIN) === 0 || beyond > 1))
          note = this.converse(connection, words, at, role, segment, time, bytes);
        words[own + NEXT_SEQUENCE] = end;
        // A SYN begins the numbers (RFC 9293 §3.4): what its sender was seen to say before has those of another
        // connection.
        const isFirstSyn = (flags & SYN) !== 0 && (did & ENDPOINT_FLAG.syn) === 0;
        if (isFirstSyn && did !== 0) beginLate(words, at, own, segment);
        const passedOver = did === 0 || isFirstSyn ? 0 : beyond - distance(end, segment.sequence);
        if (passedOver > 0) {
          words[own + MISSING]! += passedOver;
          words[at + LAST_HOLE] = this.passed(connection, at, time) + 1;
        }
        // The last of what lies beyond is the FIN itself, which is no byte.
        if (length > 0)
          connections.doublesOf(connection)[(own + BYTES) >> 1]! += Math.min(
            length, (flags & FIN) !== 0 ? beyond - 1 : beyond,
          );
      } else if ((flags & SYN) !== 0 && (did & ENDPOINT_FLAG.syn) === 0) {
        beginLate(words, at, own, segment);
      } else if (beyond < 0 || (did !== 0 && end !== segment.sequence)) {
        this.fill(connection, words, own, length);
        marks = repeatMarks(words, peer, segment);
        repeats = Math.min(words[own + UNANSWERED]! + 1, 0xffff);
        words[own + UNANSWERED] = repeats;
        words[own + REPEATS]!++;
        if ((flags & (SYN | FIN)) === 0) this.noteAgain(connection, words, at, role, segment, time);
        words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
      }
      this.hear(connection, words, at, role, segment, time);
    }
    if ((flags & RST) === 0)
      words[own + ENDPOINT_FLAGS] =
        did | (flags & SYN ? ENDPOINT_FLAG.syn : length > 0 ? ENDPOINT_FLAG.data : ENDPOINT_FLAG.ack) |
        (flags & FIN ? ENDPOINT_FLAG.fin : 0);
    if ((flags & FIN) !== 0 && (seen & CONNECTION_FLAG.closing) === 0)
      connections.doublesOf(connection)[(at + CLOSING_AT) >> 1] = time;
    if ((flags & (FIN | RST)) !== 0 && (seen & CONNECTION_FLAG.closing) === 0)
      this.noteFirstClose(connection, words, at, role, segment, time);
    progress(words, at, role, flags);
    if (
      (seen & (CONNECTION_FLAG.established | CONNECTION_FLAG.synAck)) === CONNECTION_FLAG.synAck &&
      (words[at + CONNECTION_FLAGS]! & CONNECTION_FLAG.established) !== 0
    )
      this.noteHandshake(connection, time);
    if ((flags & (SYN | FIN | RST)) !== 0 && words[at + ROWS]! < HISTORY_LIMIT) {
      freeze(words, own);
      freeze(words, peer);
    }
    if ((flags & (FIN | RST)) !== 0 && (seen & CONNECTION_FLAG.closing) === 0)
      this.history.close(connections, connection);
    const row = this.append(connection, words, at, role, segment, frame, time, marks, repeats);
    if (
      segment.payloadCaptured > 0 && (seen & CONNECTION_FLAG.closing) !== 0 && (flags & RST) === 0 &&
      farewell(segment, bytes) > 0
    )
      this.history.living.annotate(row, FAREWELL);
    else if (note !== '') this.history.living.annotate(row, note);
    if ((flags & RST) !== 0 && (segment.payloadCaptured > 0 || segment.mptcpResetReason >= 0))
      this.history.living.annotate(row, resetPayload(segment, bytes));
  }

  /** Adds a row, or where the history is full overwrites the running one; answers which. */
  private append(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, frame: FrameNumber, time: Time,
    marks: number, repeats: number,
  ): number {
    const limit = (segment.flags & (SYN | FIN | RST)) === 0 ? HISTORY_LIMIT : HISTORY_LIMIT + RESERVED;
    if (words[at + ROWS]! >= limit) {
      words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
      return this.overwrite(
        connection, words, at, at + ENDPOINTS + role * ENDPOINT_SIZE + LATEST_REPEAT, role, segment, frame, time,
        repeats, marks,
      );
    }
    const row = this.history.append(connection, words, at);
    this.history.living.write(row, segment, frame, time, marks | (role === 0 ? 0 : SERVER_TALKS), repeats);
    return row;
  }

  /** Writes the running row whose number is the word `running`. */
  private overwrite(
    connection: Row, words: Int32Array, at: number, running: number, role: End, segment: Segment, frame: FrameNumber,
    time: Time, repeats: number, marks: number,
  ): number {
    let row = words[running]!;
    if (row === NO_RECORD) {
      row = this.history.append(connection, words, at);
      words[running] = row;
    }
    this.history.living.write(row, segment, frame, time, marks | (role === 0 ? 0 : SERVER_TALKS), repeats);
    return row;
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
    this.append(connection, words, at, roleIn(this.connections, connection, side), segment, frame, time, FOREIGN, 0);
  }
}
