import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { Time } from '../base/time.js';

/** What of the flags tells one segment from another: a box on the way may set or clear the others (PSH, ECE, CWR). */
export const TELLING_FLAGS = SYN | FIN | RST | ACK;

const FIRST_CAPACITY = 1024;

/**
 * Segments of some connections at one tap, in the order of the capture: a row each, no object.
 *
 * Copies (one packet that was captured twice) are left out before they come here.
 */
export class SegmentLog {
  count = 0;
  /** Id of the connection in its own analysis. */
  connection = new Int32Array(FIRST_CAPACITY);
  /** Who sent it: 0 the client, 1 the server. */
  role = new Uint8Array(FIRST_CAPACITY);
  /** By the clock of this tap, counted from the epoch of the client's analysis. */
  time = new Float64Array(FIRST_CAPACITY);
  frame = new Uint32Array(FIRST_CAPACITY);
  /** As on the wire, signed 32 bits. */
  sequence = new Int32Array(FIRST_CAPACITY);
  acknowledgment = new Int32Array(FIRST_CAPACITY);
  /** `TELLING_FLAGS` only. */
  flags = new Uint8Array(FIRST_CAPACITY);
  /** Bytes of payload on the wire. */
  length = new Uint32Array(FIRST_CAPACITY);
  /** 1 where the segment has timestamps (RFC 7323). */
  hasTimestamps = new Uint8Array(FIRST_CAPACITY);
  timestamp = new Int32Array(FIRST_CAPACITY);
  ttl = new Uint8Array(FIRST_CAPACITY);
  /** -1 for IPv6. */
  ipId = new Int32Array(FIRST_CAPACITY);
  private order: Int32Array | null = null;
  private begins: Map<number, readonly [number, number]> | null = null;

  add(segment: Segment, connection: number, role: number, frame: number, time: Time): void {
    const row = this.count++;
    if (row === this.role.length) this.grow();
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

  /** Rows of a connection, in order. */
  rowsOf(connection: number): Int32Array {
    if (this.begins === null) this.sort();
    const [from, to] = this.begins!.get(connection) ?? [0, 0];
    return this.order!.subarray(from, to);
  }

  /** The number behind the last byte, SYN and FIN counted. */
  end(row: number): number {
    const flags = this.flags[row]!;
    return (
      (this.sequence[row]! + this.length[row]! + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0)) | 0
    );
  }

  /** Counts the rows of each connection, then puts each row where its connection's rows are. */
  private sort(): void {
    const counts = new Map<number, number>();
    for (let row = 0; row < this.count; row++)
      counts.set(this.connection[row]!, (counts.get(this.connection[row]!) ?? 0) + 1);
    this.begins = new Map();
    const next = new Map<number, number>();
    let at = 0;
    for (const [connection, count] of counts) {
      this.begins.set(connection, [at, at + count]);
      next.set(connection, at);
      at += count;
    }
    this.order = new Int32Array(this.count);
    for (let row = 0; row < this.count; row++) {
      const place = next.get(this.connection[row]!)!;
      this.order[place] = row;
      next.set(this.connection[row]!, place + 1);
    }
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
  }
}

type Column = Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

function twice<T extends Column>(column: T): T {
  const grown = new (column.constructor as new (length: number) => T)(column.length * 2);
  grown.set(column);
  return grown;
}
