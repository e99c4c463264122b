import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { Time } from '../time.js';
import type { Beginnings } from './beginnings.js';
import { grown } from './columns.js';
import { Connections, DID, NO_CONNECTION, SEEN } from './connections.js';
import { CLOSE_NOTIFY, FOREIGN, History, NO_RECORD, PROBE, REPEAT, SERVER_TALKS } from './history.js';
import { continues, isFromAttempt, roleIn } from './incarnation.js';
import { isTlsAlert, resetNote } from './note.js';
import { isPlain } from './plain.js';
import { distance, isAfter } from './sequence.js';
import { StreamNumbers } from './stream-numbers.js';
import { TupleTable } from './tuple-table.js';

/**
 * Rows a connection's history may have before closing segments, too, are kept in running rows only.
 * A close takes four, a lossy one some thirty; a half-closed connection that goes on sending fills it, and so do hostile captures.
 */
const HISTORY_LIMIT = 128;

const FIRST_CAPACITY = 1024;

/**
 * Finds the connection of every segment and keeps what must be known of it later.
 *
 * Bulk traffic only moves a few columns and overwrites the running rows of its endpoint; what opens, closes or repeats
 * becomes a row of the history.
 */
export class FlowTable {
  readonly tuples = new TupleTable();
  readonly streams = new StreamNumbers();
  readonly connections = new Connections();
  readonly history = new History();
  /** Kept where connections may be forgotten. */
  readonly beginnings: Beginnings | null;
  /** Of the segment last added: its connection, who sent it (0 client, 1 server) and its stream. */
  connection = NO_CONNECTION;
  role = 0;
  stream = 0;
  /** The latest connection of each tuple. */
  private latest = new Int32Array(FIRST_CAPACITY).fill(NO_CONNECTION);

  constructor(beginnings: Beginnings | null = null) {
    this.beginnings = beginnings;
  }

  /** Takes in one segment; `bytes` is the buffer that `segment.payloadOffset` points into. */
  add(segment: Segment, frame: number, time: Time, bytes: Uint8Array): void {
    const tuple = this.tuples.locate(segment);
    const { side } = this.tuples;
    if (tuple >= this.latest.length) this.growTuples(tuple);
    const stream = this.streams.number(tuple, side, segment);
    const { connections } = this;
    let connection = this.latest[tuple]!;
    if (connection === NO_CONNECTION || (segment.flags & SYN) !== 0) connection = this.incarnation(connection, tuple, side, segment, frame, time, stream);
    if (connections.incumbent[connection] !== NO_CONNECTION) connection = this.contested(connection, side, segment, frame, time);
    else connections.lastStream[connection] = stream;

    const role = roleIn(connections, connection, side);
    this.connection = connection;
    this.role = role;
    this.stream = stream;
    this.advance(connection, role, segment, frame, time, bytes);
  }

  /**
   * Gives away all memory of connections, each the only one on its tuple. What is seen of their tuples from now on begins anew.
   * For many at a time: it looks at every tuple.
   */
  forget(rows: readonly number[]): void {
    if (rows.length === 0) return;
    const { connections, history, streams, tuples } = this;
    for (const row of rows) {
      const tuple = connections.tuple[row]!;
      history.release(connections.history[row]!);
      streams.forget(tuple);
      tuples.forget(tuple);
      this.latest[tuple] = NO_CONNECTION;
      connections.forget(row);
    }
    tuples.tidy();
  }

  /** Whether no other connection was seen on its tuple. */
  isAlone(connection: number): boolean {
    return this.connections.previous[connection] === NO_CONNECTION && this.latest[this.connections.tuple[connection]!] === connection;
  }

  /** Takes in a header that is no segment but has a stream (`isNumbered`): the streams behind it are counted as Wireshark counts them. */
  addHeader(segment: Segment): void {
    const tuple = this.tuples.locate(segment);
    this.stream = this.streams.numberHeader(tuple, this.tuples.side, segment);
  }

  private growTuples(tuple: number): void {
    const from = this.latest.length;
    this.latest = grown(this.latest, Math.max(from * 2, tuple + 1)).fill(NO_CONNECTION, from);
  }

  private advance(connection: number, role: number, segment: Segment, frame: number, time: Time, bytes: Uint8Array): void {
    const { connections } = this;
    const endpoint = connection * 2 + role;
    connections.packets[endpoint]!++;
    connections.lastFrame[connection] = frame;
    connections.end[connection] = time;
    connections.unanswered[endpoint ^ 1] = 0;
    const seen = connections.seen[connection]!;
    if ((segment.flags & (SYN | FIN | RST)) === 0 && (seen & (SEEN.established | SEEN.closing)) === SEEN.established) {
      this.carry(connection, endpoint, role, segment, frame, time);
    } else {
      this.tell(connection, endpoint, role, segment, frame, time, bytes);
    }
  }

  /** A segment of an open connection: data, an acknowledgment, a repetition. */
  private carry(connection: number, endpoint: number, role: number, segment: Segment, frame: number, time: Time): void {
    const { connections } = this;
    const { sequence, length } = segment;
    const did = connections.did[endpoint]!;
    if ((did & (DID.ack | DID.data)) === 0 && (did & DID.syn) === 0) this.begin(endpoint, segment);
    if ((segment.flags & ACK) === 0) connections.seen[connection]! |= SEEN.irregular;
    const beyond = distance((sequence + length) | 0, connections.nextSequence[endpoint]!);
    this.acknowledge(endpoint, segment);
    if (segment.window > connections.widestWindow[endpoint]!) connections.widestWindow[endpoint] = segment.window;
    if (length > 0 && beyond > 0) {
      if (beyond > length) connections.missing[endpoint]! += beyond - length;
      connections.bytes[endpoint]! += Math.min(length, beyond);
      connections.nextSequence[endpoint] = (sequence + length) | 0;
      if ((did & DID.data) !== 0) {
        this.overwrite(connections.latestData, connection, endpoint, role, segment, frame, time, 0);
        return;
      }
      connections.did[endpoint] = did | DID.data;
      this.append(connection, role, segment, frame, time, 0, 0);
      return;
    }
    if (length > 0 || beyond < 0) return this.repeat(connection, endpoint, role, segment, frame, time);
    if ((did & DID.ack) !== 0) {
      this.overwrite(connections.latestAck, connection, endpoint, role, segment, frame, time, 0);
      return;
    }
    connections.did[endpoint] = did | DID.ack;
    this.append(connection, role, segment, frame, time, 0, 0);
  }

  private repeat(connection: number, endpoint: number, role: number, segment: Segment, frame: number, time: Time): void {
    const { connections } = this;
    const repeats = Math.min(connections.unanswered[endpoint]! + 1, 0xffff);
    connections.unanswered[endpoint] = repeats;
    this.fill(endpoint, segment.length);
    const running = repeats === 1 ? connections.firstRepeat : connections.latestRepeat;
    this.overwrite(running, connection, endpoint, role, segment, frame, time, repeats, this.repeatMarks(endpoint, segment));
  }

  /** What comes behind a hole, late or again, fills it before it counts as a repetition. */
  private fill(endpoint: number, length: number): void {
    const { missing, bytes } = this.connections;
    const filled = Math.min(length, missing[endpoint]!);
    if (filled <= 0) return;
    missing[endpoint]! -= filled;
    bytes[endpoint]! += filled;
  }

  /** A byte or none below what the peer has acknowledged asks for an answer, and is neither data nor a retransmission. */
  private repeatMarks(endpoint: number, segment: Segment): number {
    const probes = segment.length <= 1 && isAfter(this.connections.acknowledged[endpoint ^ 1]!, segment.sequence);
    return probes ? REPEAT | PROBE : REPEAT;
  }

  /** A segment that opens or closes, or lies near one that does. */
  private tell(connection: number, endpoint: number, role: number, segment: Segment, frame: number, time: Time, bytes: Uint8Array): void {
    const { connections } = this;
    const { flags, length } = segment;
    const did = connections.did[endpoint]!;
    const seen = connections.seen[connection]!;
    let marks = 0;
    let repeats = 0;
    if (!isPlain(connections, connection, endpoint, segment, time)) connections.seen[connection]! |= SEEN.irregular;
    if ((flags & RST) === 0) {
      if (connections.packets[endpoint] === 1 || did === 0) this.begin(endpoint, segment);
      const end = (segment.sequence + length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0;
      const beyond = distance(end, connections.nextSequence[endpoint]!);
      if (beyond > 0 && (did & DID.fin) === 0) {
        connections.nextSequence[endpoint] = end;
        if (did !== 0) connections.missing[endpoint]! += Math.max(0, beyond - distance(end, segment.sequence));
        if (length > 0) connections.bytes[endpoint]! += Math.min(length, beyond);
      } else if (beyond < 0 || (did !== 0 && end !== segment.sequence)) {
        this.fill(endpoint, length);
        marks = this.repeatMarks(endpoint, segment);
        repeats = Math.min(connections.unanswered[endpoint]! + 1, 0xffff);
        connections.unanswered[endpoint] = repeats;
        connections.seen[connection]! |= SEEN.irregular;
      }
      this.acknowledge(endpoint, segment);
    }
    if ((flags & RST) === 0) connections.did[endpoint] = did | (flags & SYN ? DID.syn : length > 0 ? DID.data : DID.ack) | (flags & FIN ? DID.fin : 0);
    if ((flags & FIN) !== 0 && (seen & SEEN.closing) === 0) connections.closingAt[connection] = time;
    this.progress(connection, role, segment);
    if ((flags & (SYN | FIN | RST)) !== 0 && connections.rows[connection]! < HISTORY_LIMIT) {
      connections.freeze(endpoint);
      connections.freeze(endpoint ^ 1);
    }
    const row = this.append(connection, role, segment, frame, time, marks, repeats);
    if (segment.payloadCaptured > 0 && (seen & SEEN.closing) !== 0 && isTlsAlert(segment, bytes)) this.history.annotate(row, CLOSE_NOTIFY);
    if ((flags & RST) !== 0 && (segment.payloadCaptured > 0 || segment.mptcpResetReason >= 0)) this.history.annotate(row, resetNote(segment, bytes));
  }

  private begin(endpoint: number, segment: Segment): void {
    const { connections } = this;
    connections.firstSequence[endpoint] = segment.sequence;
    connections.nextSequence[endpoint] = segment.sequence;
    if ((segment.flags & ACK) !== 0) connections.acknowledged[endpoint] = segment.acknowledgment;
    if ((segment.flags & SYN) === 0) return;
    connections.windowScale[endpoint] = segment.windowScale;
    connections.maximumSegmentSize[endpoint] = segment.maximumSegmentSize;
    connections.optionLayout[endpoint] = segment.optionLayout;
  }

  private acknowledge(endpoint: number, segment: Segment): void {
    const { acknowledged, did } = this.connections;
    if ((segment.flags & ACK) === 0) return;
    if ((did[endpoint]! & (DID.ack | DID.data)) === 0 || isAfter(segment.acknowledgment, acknowledged[endpoint]!)) acknowledged[endpoint] = segment.acknowledgment;
  }

  /** Moves `seen` on, and ends the contest with an earlier connection once the handshake is through. */
  private progress(connection: number, role: number, segment: Segment): void {
    const { connections } = this;
    const { flags } = segment;
    let seen = connections.seen[connection]!;
    if ((flags & SYN) !== 0) {
      seen |= (flags & ACK) !== 0 ? SEEN.synAck : SEEN.syn;
      if ((flags & FIN) !== 0) seen |= SEEN.closing;
    } else {
      if ((flags & (FIN | RST)) !== 0) seen |= SEEN.closing;
      if ((flags & RST) === 0 && (role === 0 ? (flags & ACK) !== 0 && (seen & SEEN.synAck) !== 0 : true)) {
        // A RST before the handshake was through answered a challenge ACK, and ended nothing of this connection.
        if ((seen & SEEN.established) === 0) seen &= ~SEEN.closing;
        if ((flags & FIN) !== 0) seen |= SEEN.closing;
        seen |= SEEN.established;
        connections.incumbent[connection] = NO_CONNECTION;
      }
    }
    connections.seen[connection] = seen;
  }

  /** Adds a row, or where the history is full overwrites the running one; answers which. */
  private append(connection: number, role: number, segment: Segment, frame: number, time: Time, marks: number, repeats: number): number {
    const { connections, history } = this;
    if (connections.rows[connection]! >= HISTORY_LIMIT) {
      connections.seen[connection]! |= SEEN.irregular;
      return this.overwrite(connections.latestRepeat, connection, connection * 2 + role, role, segment, frame, time, repeats, marks);
    }
    const row = history.append(connections.history[connection]!);
    connections.history[connection] = row;
    connections.rows[connection]!++;
    history.write(row, segment, frame, time, marks | (role === 0 ? 0 : SERVER_TALKS), repeats);
    return row;
  }

  private overwrite(running: Int32Array, connection: number, endpoint: number, role: number, segment: Segment, frame: number, time: Time, repeats: number, marks = 0): number {
    const { connections, history } = this;
    let row = running[endpoint]!;
    if (row === NO_RECORD) {
      row = history.append(connections.history[connection]!);
      connections.history[connection] = row;
      connections.rows[connection]!++;
      running[endpoint] = row;
    }
    history.write(row, segment, frame, time, marks | (role === 0 ? 0 : SERVER_TALKS), repeats);
    return row;
  }

  /** The connection that a SYN, a SYN-ACK or the first segment of a tuple belongs to. */
  private incarnation(connection: number, tuple: number, side: number, segment: Segment, frame: number, time: Time, stream: number): number {
    const { flags } = segment;
    if (connection !== NO_CONNECTION && ((flags & RST) !== 0 || continues(this.connections, connection, side, segment))) return connection;
    const { connections } = this;
    const guessed = (flags & SYN) === 0;
    let clientSide = (flags & ACK) === 0 ? side : side ^ 1;
    if (guessed) clientSide = this.tuples.port(tuple, 0) >= this.tuples.port(tuple, 1) ? 0 : 1;
    this.beginnings?.add(frame);
    const created = connections.add(tuple, clientSide, frame, time, stream, connection);
    if (guessed) connections.seen[created] = SEEN.established | SEEN.guessed;
    if (connection !== NO_CONNECTION) {
      const lived = (connections.seen[connection]! & SEEN.established) !== 0;
      connections.incumbent[created] = lived ? connection : connections.incumbent[connection]!;
      if (!lived) connections.incumbent[connection] = NO_CONNECTION;
    }
    this.latest[tuple] = created;
    return created;
  }

  /**
   * While an attempt is unanswered, sockets of the earlier connection may speak on the same tuple: a challenge ACK
   * (RFC 9293 §3.10.7.4 first and fourth), the TIME-WAIT ACK, a retransmission. Their numbers tell them apart.
   */
  private contested(attempt: number, side: number, segment: Segment, frame: number, time: Time): number {
    const { connections } = this;
    const incumbent = connections.incumbent[attempt]!;
    const role = roleIn(connections, attempt, side);
    const owner = isFromAttempt(connections, attempt, incumbent, side, role, segment) ? attempt : incumbent;
    // What the attempt's client sends, the sockets of the earlier connection hear too; and the SYN-ACK shows that its TIME-WAIT is over.
    const heard = owner === attempt && (role === 0 || (segment.flags & SYN) !== 0);
    if (heard) this.overhear(incumbent, side, segment, frame, time);
    // And what the earlier connection's sockets answer, the attempt's client hears.
    if (owner === incumbent && role === 1) this.overhear(attempt, side, segment, frame, time);
    return owner;
  }

  private overhear(connection: number, side: number, segment: Segment, frame: number, time: Time): void {
    this.connections.seen[connection]! |= SEEN.irregular;
    if (this.connections.rows[connection]! >= HISTORY_LIMIT) return;
    this.append(connection, roleIn(this.connections, connection, side), segment, frame, time, FOREIGN, 0);
  }
}
