import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { Time } from '../base/time.js';

/** What of the flags tells one segment from another: a box on the way may set or clear the others (PSH, ECE, CWR). */
export const TELLING_FLAGS = SYN | FIN | RST | ACK;

const FIRST_CAPACITY = 1024;

/** In place of the row at the other tap: it is in none there. */
export const ONLY_HERE = -1;
/** Its bytes are there, but in segments of other lengths: an offload cuts and joins them (TSO, GRO). */
export const OTHERWISE_CUT = -2;
/** It stands in the stream of another connection there, which has the same addresses and ports. */
export const ELSEWHERE = -3;

/**
 * Segments of some connections at one tap, in the order of the capture: a row each of 48 bytes, no object.
 *
 * Copies (one packet that was captured twice) are left out before they come here.
 */
export class SegmentLog {
  count = 0;
  /** Id of the connection in its own analysis. */
  connection: Int32Array<ArrayBuffer>;
  /** Who sent it: 0 the client, 1 the server. */
  role: Uint8Array<ArrayBuffer>;
  /** By the clock of this tap, counted from the epoch of the client's analysis. */
  time: Float64Array<ArrayBuffer>;
  frame: Uint32Array<ArrayBuffer>;
  /** As on the wire, signed 32 bits. */
  sequence: Int32Array<ArrayBuffer>;
  acknowledgment: Int32Array<ArrayBuffer>;
  /** `TELLING_FLAGS` only. */
  flags: Uint8Array<ArrayBuffer>;
  /** Bytes of payload on the wire. */
  length: Uint32Array<ArrayBuffer>;
  /** 1 where the segment has timestamps (RFC 7323). */
  hasTimestamps: Uint8Array<ArrayBuffer>;
  timestamp: Int32Array<ArrayBuffer>;
  ttl: Uint8Array<ArrayBuffer>;
  /** -1 for IPv6. */
  ipId: Int32Array<ArrayBuffer>;
  /** The row of the other tap's log that is the same segment, or why there is none. */
  match: Int32Array<ArrayBuffer>;
  private highest = -1;
  private order: Order | null = null;

  constructor(expected = 0) {
    const capacity = Math.max(FIRST_CAPACITY, expected);
    this.connection = new Int32Array(capacity);
    this.role = new Uint8Array(capacity);
    this.time = new Float64Array(capacity);
    this.frame = new Uint32Array(capacity);
    this.sequence = new Int32Array(capacity);
    this.acknowledgment = new Int32Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.length = new Uint32Array(capacity);
    this.hasTimestamps = new Uint8Array(capacity);
    this.timestamp = new Int32Array(capacity);
    this.ttl = new Uint8Array(capacity);
    this.ipId = new Int32Array(capacity);
    this.match = new Int32Array(capacity).fill(ONLY_HERE);
  }

  add(segment: Segment, connection: number, role: number, frame: number, time: Time): void {
    const row = this.count++;
    if (row === this.role.length) this.grow();
    if (connection > this.highest) this.highest = connection;
    this.connection[row] = connection;
    this.role[row] = role;
    this.time[row] = time;
    this.frame[row] = frame;
    this.sequence[row] = segment.sequence;
    this.acknowledgment[row] = segment.acknowledgment;
    this.flags[row] = segment.flags & TELLING_FLAGS;
    this.length[row] = segment.length;
    this.hasTimestamps[row] = segment.hasTimestamps;
    this.timestamp[row] = segment.timestampValue;
    this.ttl[row] = segment.ttl;
    this.ipId[row] = segment.ipId;
  }

  /** Rows that an end of a connection sent (0 the client, 1 the server), in order. */
  rowsOf(connection: number, role: number): Int32Array {
    if (connection > this.highest) return new Int32Array();
    const { rows, begins } = (this.order ??= this.ordered());
    const end = 2 * connection + role;
    return rows.subarray(begins[end], begins[end + 1]);
  }

  /** Rows of a connection, in order. */
  allOf(connection: number): Int32Array {
    return joined([this.rowsOf(connection, 0), this.rowsOf(connection, 1)]);
  }

  /** The number behind the last byte, SYN and FIN counted. */
  end(row: number): number {
    const flags = this.flags[row]!;
    return (
      (this.sequence[row]! + this.length[row]! + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0)) | 0
    );
  }

  /** Counts the rows of each end of a connection, then puts each row where those of its end are. */
  private ordered(): Order {
    const { connection, role, count } = this;
    const begins = new Int32Array(2 * (this.highest + 1) + 1);
    for (let row = 0; row < count; row++) begins[2 * connection[row]! + role[row]! + 1]!++;
    for (let end = 1; end < begins.length; end++) begins[end]! += begins[end - 1]!;
    const next = begins.slice();
    const rows = new Int32Array(count);
    for (let row = 0; row < count; row++) rows[next[2 * connection[row]! + role[row]!]!++] = row;
    return { rows, begins };
  }

  private grow(): void {
    this.connection = twice(this.connection);
    this.role = twice(this.role);
    this.time = twice(this.time);
    this.frame = twice(this.frame);
    this.sequence = twice(this.sequence);
    this.acknowledgment = twice(this.acknowledgment);
    this.flags = twice(this.flags);
    this.length = twice(this.length);
    this.hasTimestamps = twice(this.hasTimestamps);
    this.timestamp = twice(this.timestamp);
    this.ttl = twice(this.ttl);
    this.ipId = twice(this.ipId);
    const { length } = this.match;
    this.match = twice(this.match).fill(ONLY_HERE, length);
  }
}

/** Rows by the end that sent them, and where those of each end (twice its connection, and its role) begin. */
interface Order {
  readonly rows: Int32Array;
  readonly begins: Int32Array;
}

/** Rows of several ends, in order. */
export function joined(several: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(several.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const rows of several) {
    all.set(rows, at);
    at += rows.length;
  }
  return all.sort();
}

type Column = Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

function twice<T extends Column>(column: T): T {
  const grown = new (column.constructor as new (length: number) => T)(column.length * 2);
  grown.set(column);
  return grown;
}
