import type { Time } from '../time.js';
import { grown } from './columns.js';
import { NO_RECORD } from './history.js';

const FIRST_CAPACITY = 1024;
export const NO_CONNECTION = -1;
/** In place of the tuple of a row whose connection was forgotten. */
const NO_TUPLE = -1;

/** What has been seen of a connection (`seen`). */
export const SEEN = {
  /** The client's SYN. */
  syn: 1,
  synAck: 2,
  /** Something that only a client past the handshake sends, or traffic from the middle. */
  established: 4,
  /** A FIN or RST: from here on every segment is telling. */
  closing: 8,
  /** The roles are a guess: no SYN or SYN-ACK was seen. */
  guessed: 16,
  /** Something that a plain connection does not show (plain.ts). */
  irregular: 32,
} as const;

/** What has been seen of an endpoint (`did`). */
export const DID = {
  /** `firstSequence` is its initial sequence number. */
  syn: 1,
  data: 2,
  ack: 4,
  fin: 8,
} as const;

/**
 * One row for each connection and two for each pair of endpoints, in columns.
 *
 * A connection is one incarnation of a tuple: `endpoint = connection * 2 + role`, role 0 the client, 1 the server,
 * and `endpoint ^ 1` is its peer. Rows are in order of the first frame until one was forgotten and its row is used again.
 */
export class Connections {
  /** Rows, those of forgotten connections included. */
  count = 0;
  private forgotten = 0;
  /** Head of the chain, through `previous`, of rows to be used again. */
  private free = NO_CONNECTION;

  // By connection.
  /** Row of the tuple table. */
  tuple = new Int32Array(FIRST_CAPACITY);
  /** Side of the tuple that the client is. */
  clientSide = new Uint8Array(FIRST_CAPACITY);
  /** Bits of SEEN. */
  seen = new Uint8Array(FIRST_CAPACITY);
  firstFrame = new Uint32Array(FIRST_CAPACITY);
  lastFrame = new Uint32Array(FIRST_CAPACITY);
  start = new Float64Array(FIRST_CAPACITY);
  end = new Float64Array(FIRST_CAPACITY);
  /** When the first FIN was seen; meaningless before. */
  closingAt = new Float64Array(FIRST_CAPACITY);
  /** Wireshark's stream of the first frame, and of the last. */
  stream = new Int32Array(FIRST_CAPACITY);
  lastStream = new Int32Array(FIRST_CAPACITY);
  /** The connection before this one on the tuple; NO_CONNECTION if none. */
  previous = new Int32Array(FIRST_CAPACITY);
  /** While this one is an unanswered attempt: the earlier connection whose sockets may answer in its place; NO_CONNECTION if none. */
  incumbent = new Int32Array(FIRST_CAPACITY);
  /** The last row of its history; NO_RECORD if none. */
  history = new Int32Array(FIRST_CAPACITY);
  /** Rows of its history. */
  rows = new Uint16Array(FIRST_CAPACITY);

  // By endpoint.
  /** Bits of DID. */
  did = new Uint8Array(FIRST_CAPACITY * 2);
  packets = new Uint32Array(FIRST_CAPACITY * 2);
  /** Payload bytes, each once. */
  bytes = new Float64Array(FIRST_CAPACITY * 2);
  /** Initial sequence number, or the first one seen. */
  firstSequence = new Int32Array(FIRST_CAPACITY * 2);
  /** Beyond the highest sequence number sent (SND.NXT as the wire shows it). */
  nextSequence = new Int32Array(FIRST_CAPACITY * 2);
  /** Highest acknowledgment sent (what it provably received). */
  acknowledged = new Int32Array(FIRST_CAPACITY * 2);
  /** Segments sent again or probes since the peer last spoke. */
  unanswered = new Uint16Array(FIRST_CAPACITY * 2);
  /** Bytes of holes: sequence numbers passed over that were not seen yet. */
  missing = new Int32Array(FIRST_CAPACITY * 2);
  /** Widest window field it ever sent, but for that of its SYN. */
  widestWindow = new Uint16Array(FIRST_CAPACITY * 2);
  /** Of the SYN: window scale (-1 if absent), MSS (0 if absent), option layout, as `Segment` has them. */
  windowScale = new Int8Array(FIRST_CAPACITY * 2);
  maximumSegmentSize = new Uint16Array(FIRST_CAPACITY * 2);
  optionLayout = new Int32Array(FIRST_CAPACITY * 2);
  /** Running rows of the history: overwritten while nothing telling happens, NO_RECORD when the next one is to be a new row. */
  latestData = new Int32Array(FIRST_CAPACITY * 2);
  latestAck = new Int32Array(FIRST_CAPACITY * 2);
  firstRepeat = new Int32Array(FIRST_CAPACITY * 2);
  latestRepeat = new Int32Array(FIRST_CAPACITY * 2);

  add(tuple: number, clientSide: number, frame: number, time: Time, stream: number, previous: number): number {
    const connection = this.free === NO_CONNECTION ? this.newRow() : this.usedRow();
    this.tuple[connection] = tuple;
    this.clientSide[connection] = clientSide;
    this.firstFrame[connection] = frame;
    this.start[connection] = time;
    this.stream[connection] = stream;
    this.previous[connection] = previous;
    this.incumbent[connection] = NO_CONNECTION;
    this.history[connection] = NO_RECORD;
    for (let endpoint = connection * 2; endpoint < connection * 2 + 2; endpoint++) {
      this.windowScale[endpoint] = -1;
      this.freeze(endpoint);
    }
    return connection;
  }

  /** Connections that were not forgotten. */
  get kept(): number {
    return this.count - this.forgotten;
  }

  /** Whether there is a connection in this row: it was not forgotten. */
  isKept(connection: number): boolean {
    return this.tuple[connection] !== NO_TUPLE;
  }

  /** Gives the row away to another connection. */
  forget(connection: number): void {
    this.tuple[connection] = NO_TUPLE;
    this.previous[connection] = this.free;
    this.free = connection;
    this.forgotten++;
  }

  private newRow(): number {
    if (this.count === this.tuple.length) this.grow();
    return this.count++;
  }

  /** A row of a forgotten connection; what `add` and the first segments do not set is as in a new one. */
  private usedRow(): number {
    const row = this.free;
    this.free = this.previous[row]!;
    this.forgotten--;
    this.seen[row] = 0;
    this.rows[row] = 0;
    for (let endpoint = row * 2; endpoint < row * 2 + 2; endpoint++) {
      this.did[endpoint] = 0;
      this.packets[endpoint] = 0;
      this.bytes[endpoint] = 0;
      this.firstSequence[endpoint] = 0;
      this.nextSequence[endpoint] = 0;
      this.acknowledged[endpoint] = 0;
      this.unanswered[endpoint] = 0;
      this.missing[endpoint] = 0;
      this.widestWindow[endpoint] = 0;
      this.maximumSegmentSize[endpoint] = 0;
      this.optionLayout[endpoint] = 0;
    }
    return row;
  }

  /** Leaves the endpoint's running rows as they are: the next of each kind is a new row. */
  freeze(endpoint: number): void {
    this.latestData[endpoint] = NO_RECORD;
    this.latestAck[endpoint] = NO_RECORD;
    this.firstRepeat[endpoint] = NO_RECORD;
    this.latestRepeat[endpoint] = NO_RECORD;
  }

  private grow(): void {
    const capacity = this.tuple.length * 2;
    this.tuple = grown(this.tuple, capacity);
    this.clientSide = grown(this.clientSide, capacity);
    this.seen = grown(this.seen, capacity);
    this.firstFrame = grown(this.firstFrame, capacity);
    this.lastFrame = grown(this.lastFrame, capacity);
    this.start = grown(this.start, capacity);
    this.end = grown(this.end, capacity);
    this.closingAt = grown(this.closingAt, capacity);
    this.stream = grown(this.stream, capacity);
    this.lastStream = grown(this.lastStream, capacity);
    this.previous = grown(this.previous, capacity);
    this.incumbent = grown(this.incumbent, capacity);
    this.history = grown(this.history, capacity);
    this.rows = grown(this.rows, capacity);
    this.did = grown(this.did, capacity * 2);
    this.packets = grown(this.packets, capacity * 2);
    this.bytes = grown(this.bytes, capacity * 2);
    this.firstSequence = grown(this.firstSequence, capacity * 2);
    this.nextSequence = grown(this.nextSequence, capacity * 2);
    this.acknowledged = grown(this.acknowledged, capacity * 2);
    this.unanswered = grown(this.unanswered, capacity * 2);
    this.missing = grown(this.missing, capacity * 2);
    this.widestWindow = grown(this.widestWindow, capacity * 2);
    this.windowScale = grown(this.windowScale, capacity * 2);
    this.maximumSegmentSize = grown(this.maximumSegmentSize, capacity * 2);
    this.optionLayout = grown(this.optionLayout, capacity * 2);
    this.latestData = grown(this.latestData, capacity * 2);
    this.latestAck = grown(this.latestAck, capacity * 2);
    this.firstRepeat = grown(this.firstRepeat, capacity * 2);
    this.latestRepeat = grown(this.latestRepeat, capacity * 2);
  }
}
