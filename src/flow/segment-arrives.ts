import type { End, FrameNumber, Row } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { Time } from '../base/time.js';
import { acknowledge, begin, beginLate, progress, repeatMarks } from './advance.js';
import {
  ACKNOWLEDGED, BYTES, CLOSED_WINDOW_SINCE, CLOSING_AT, ENDPOINT_FLAGS, ENDPOINTS, ENDPOINT_SIZE, FIRST_REPEAT,
  HOPS_AND_KIND, LAST_HOLE, LATEST_ACK, LATEST_DATA, LATEST_REPEAT, LONGEST_STALL, MISSING, NEXT_SEQUENCE, PACKETS,
  REPEATS, ROWS, CONNECTION_FLAGS, STALL_FROM, START, TURNS_PRODUCT_BITS, UNANSWERED, WIDEST_WINDOW,
} from './connection-record.js';
import {
  OUTAGE, hasTurn, millisecondsSince, noteAgain, noteAside, noteClose, noteKind, notePayload, noteProduct, noteStall,
  noteWindow, offersWindow, repliesToPush, serverTurn,
} from './conversation.js';
import * as ENDPOINT_FLAG from './endpoint-flags.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import { freeze } from './connections.js';
import type { Connections } from './connections.js';
import { farewell } from './farewell.js';
import { noteGoAway } from './go-away.js';
import type { History } from './history/history.js';
import { NO_RECORD } from './history/living-histories.js';
import { FAREWELL, NO_QUESTION, SERVER_TALKS } from './history/telling-segment.js';
import { resetPayload } from './history/reset-payload.js';
import { noteMessage, noteUnfinished } from './http-message.js';
import { IDLE } from './idle-closes.js';
import type { IdleCloses } from './idle-closes.js';
import {
  GREETED, PAYLOAD_KINDS, POSTGRESQL_GREETED, payloadKind, refusesGreeted, refusesPassed,
} from './payload-kind.js';
import { isCleanStep } from './clean-close.js';
import { asksNothing, isAnswer, mayReply } from './no-question.js';
import { product } from './product.js';
import { distance, isAfter } from './sequence.js';
import type { TupleTable } from './identity/tuple-table.js';

/**
 * Rows a connection's history may have before closing segments, too, are kept in running rows only. A close takes four,
 * a lossy one some thirty; a half-closed connection that goes on sending fills it, and so do hostile captures.
 */
export const HISTORY_LIMIT = 128;

/**
 * Rows beyond that which only SYN, FIN and RST take: a FIN behind a long upload into a half-closed connection is no
 * repetition to be overwritten.
 */
const RESERVED = 16;

/** Running rows of what was sent again, and of all payload. */
const REPEATED = [FIRST_REPEAT, LATEST_REPEAT];
const SEEN_BEFORE = [LATEST_DATA, FIRST_REPEAT, LATEST_REPEAT];

/** So often in a row somebody sends again before his silence is worth a note: random loss seldom takes three. */
const STALLS = 3;

/** No payload of an end has told its kind yet. */
const NOTHING_SAID = PAYLOAD_KINDS.indexOf('none');
const HTTP_REQUEST = PAYLOAD_KINDS.indexOf('http-request');
const HTTP_ANSWER = PAYLOAD_KINDS.indexOf('http-answer');
const HTTP2 = PAYLOAD_KINDS.indexOf('http2');
const MYSQL = PAYLOAD_KINDS.indexOf('mysql-greeting');
const POSTGRESQL = PAYLOAD_KINDS.indexOf('postgresql-startup');
const RSYNC = PAYLOAD_KINDS.indexOf('rsync');
const REFUSAL = PAYLOAD_KINDS.indexOf('refusal');

/** The parts of a table that what a segment changes reaches. */
export interface Reached {
  readonly tuples: TupleTable;
  readonly connections: Connections;
  readonly history: History;
  readonly idleCloses: IdleCloses;
}

/**
 * What a segment changes of the connection that it belongs to (RFC 9293 §3.10.7, "SEGMENT ARRIVES", as a tap sees it):
 * bulk traffic moves a few words and overwrites the running rows of its endpoint; what opens, closes or repeats becomes
 * a row of the history.
 */
export class SegmentArrives {
  /** The table: its idle closes may be others later. */
  private readonly table: Reached;
  private readonly connections: Connections;
  private readonly history: History;

  constructor(table: Reached) {
    this.table = table;
    this.connections = table.connections;
    this.history = table.history;
  }

  /** Notes what ends a connection out of idleness, or unanswered. `segment` has not been taken in yet. */
  notePart(
    connection: Row, role: End, { flags, length, sequence }: Segment, frame: FrameNumber, time: Time,
  ): void {
    const { connections, tuples } = this.table;
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
    this.table.idleCloses.add(
      firstFrame, role, tuples.identity(tuple, side), tuples.port(tuple, side), time, before, isReset, isUnanswered,
    );
  }

  /** A segment of an open connection: data, an acknowledgment, a repetition. */
  carry(
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
      if (note !== '') this.annotateForGood(words, at, own, row, note);
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

  /**
   * What `row` says stays though more follows: behind a GOAWAY come the answers of streams that are still open (RFC
   * 9113 §6.8), which overwrite the running row.
   */
  private annotateForGood(words: Int32Array, at: number, own: number, row: number, note: string): void {
    this.history.living.annotate(row, note);
    if (note !== NO_QUESTION && words[at + ROWS]! < HISTORY_LIMIT) words[own + LATEST_DATA] = NO_RECORD;
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
    if (words[own + HOPS_AND_KIND]! >>> 24 === NOTHING_SAID) {
      noteKind(words, own, payloadKind(segment, bytes));
      if (role === 1) {
        noteProduct(words, at, product(segment, bytes));
        this.noteAnswer(connection);
      }
    }
    const kind = words[own + HOPS_AND_KIND]! >>> 24;
    if (
      (kind === MYSQL || kind === RSYNC) && role === 1 && words[at + TURNS_PRODUCT_BITS]! >>> 16 <= GREETED &&
      refusesGreeted(segment, bytes)
    )
      noteKind(words, own, REFUSAL);
    if (
      role === 1 && words[peer + HOPS_AND_KIND]! >>> 24 === POSTGRESQL &&
      words[at + TURNS_PRODUCT_BITS]! >>> 16 <= POSTGRESQL_GREETED && refusesPassed(segment, bytes)
    )
      noteKind(words, own, REFUSAL);
    if (kind === HTTP_REQUEST || kind === HTTP_ANSWER)
      noteMessage(
        words, at, role, segment, bytes, (words[at + TURNS_PRODUCT_BITS]! & (hasTurn | serverTurn)) === hasTurn,
      );
    const isAcknowledged = words[peer + ACKNOWLEDGED] === words[own + NEXT_SEQUENCE];
    const kindOfPeer = words[peer + HOPS_AND_KIND]! >>> 24;
    const isHttp2 = kind === HTTP2 || (role === 1 && kindOfPeer === HTTP2);
    const passed = this.passed(connection, at, time);
    const saysGoodBye = farewell(segment, bytes) > 0;
    if (
      isHttp2 ? asksNothing(role, segment, bytes)
        : role === 0 && !saysGoodBye && (isAnswer(segment, bytes) ||
            (mayReply(kind, kindOfPeer, segment.length) && repliesToPush(words, at, passed)))
    ) {
      noteAside(words, at, role, segment.length, isAcknowledged, passed);
      return NO_QUESTION;
    }
    notePayload(words, at, role, segment.length, isAcknowledged, saysGoodBye, passed);
    return isHttp2 && role === 1 ? noteGoAway(words, at, segment, bytes) : '';
  }

  /** How things stand at the first FIN or RST. */
  private noteFirstClose(
    connection: Row, words: Int32Array, at: number, role: End, segment: Segment, time: Time,
  ): void {
    noteClose(words, at, role, segment.flags, this.passed(connection, at, time));
    noteUnfinished(words, at, role, segment);
  }

  private noteHandshake(connection: Row, time: Time): void {
    const { tuples, connections } = this.table;
    const tuple = connections.tuple(connection);
    const side = connections.clientSide(connection) ^ 1;
    this.table.idleCloses.listeners.noteHandshake(tuples.identity(tuple, side), tuples.port(tuple, side), time);
  }

  private noteAnswer(connection: Row): void {
    const { tuples, connections } = this.table;
    if ((connections.flags(connection) & CONNECTION_FLAG.syn) === 0) return;
    const tuple = connections.tuple(connection);
    const side = connections.clientSide(connection) ^ 1;
    this.table.idleCloses.listeners.noteAnswer(
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
    else if (repeats === 1 && words[at + LONGEST_STALL]! >>> 1 >= OUTAGE) this.keepStall(connection, words, at, role);
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

  /** The rows of a long stall stay: what is sent again from now on has rows of its own. */
  private keepStall(connection: Row, words: Int32Array, at: number, role: End): void {
    const own = at + ENDPOINTS + role * ENDPOINT_SIZE;
    const first = words[own + FIRST_REPEAT]!;
    if (
      first === NO_RECORD || words[at + ROWS]! >= HISTORY_LIMIT || (words[at + LONGEST_STALL]! & 1) !== role ||
      this.passed(connection, at, this.history.living.time(first)) !== words[at + STALL_FROM]! >>> 0
    )
      return;
    words[own + FIRST_REPEAT] = NO_RECORD;
    words[own + LATEST_REPEAT] = NO_RECORD;
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
  tell(
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
  append(
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
}
