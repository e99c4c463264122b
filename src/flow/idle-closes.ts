import type { End, FrameNumber } from '../base/numbers.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { grown, withRoom } from './columns.js';
import { Listeners } from './listeners.js';

/** Who had been silent for so long did not end because of what it had just heard. */
export const IDLE: Duration = 100 * MILLISECOND;

const FIRST_CAPACITY = 64;

/** Entries beyond which no more are made: some 120 MB. What a busy moment shows is shown by fewer. */
const MOST = 1 << 22;

/**
 * In place of how long a connection had been idle whose first packet is the one that ended it: since the capture began.
 */
const SINCE_THE_BEGINNING = -1;

const RST_BIT = 1;
const UNANSWERED_BIT = 2;
const SERVER_BIT = 4;

/** One entry; refilled. */
export interface IdleClose {
  /** First frame of the connection, which tells it from all others. */
  connection: FrameNumber;
  /** 0 the client ended it, 1 the server. */
  role: End;
  /** Whose host that was, as `TupleTable.identity` has it, and its port. */
  host: number;
  port: number;
  time: Time;
  /** How long nothing had been said on the connection. */
  idle: Duration;
  /** By RST; else by FIN. */
  isReset: boolean;
}

/**
 * Bare FINs and RSTs with which hosts ended connections that had been idle, and with which servers ended what they had
 * never answered.
 *
 * That a host ended several together tells of a process that ended or a listener that was closed, and which of them
 * went before others is seen only beside all others: so these few are kept apart, whatever becomes of their
 * connections.
 */
export class IdleCloses {
  count = 0;
  /** When the first connection began. */
  begin: Time = Infinity;
  /** What else must be known of services to tell why a connection ended. */
  listeners = new Listeners();
  private time = new Float64Array(FIRST_CAPACITY);
  private idle = new Float64Array(FIRST_CAPACITY);
  private host = new Float64Array(FIRST_CAPACITY);
  private connection = new Uint32Array(FIRST_CAPACITY);
  /** Port in the upper half, then bits. */
  private portAndBits = new Uint32Array(FIRST_CAPACITY);

  pack(to: Packer): void {
    const { count } = this;
    to.number(count);
    to.number(this.begin);
    to.column(this.time, count);
    to.column(this.idle, count);
    to.column(this.host, count);
    to.column(this.connection, count);
    to.column(this.portAndBits, count);
    this.listeners.pack(to);
  }

  static unpack(from: Unpacker): IdleCloses {
    const idleCloses = new IdleCloses();
    const count = from.integer(0, MOST);
    idleCloses.count = count;
    idleCloses.begin = from.number();
    idleCloses.time = withRoom(from.column(Float64Array, count), FIRST_CAPACITY);
    idleCloses.idle = withRoom(from.column(Float64Array, count), FIRST_CAPACITY);
    idleCloses.host = withRoom(from.column(Float64Array, count), FIRST_CAPACITY);
    idleCloses.connection = withRoom(from.column(Uint32Array, count), FIRST_CAPACITY);
    idleCloses.portAndBits = withRoom(from.column(Uint32Array, count), FIRST_CAPACITY);
    idleCloses.listeners = Listeners.unpack(from);
    return idleCloses;
  }

  /** @throws UnpackError where a time is none */
  check(): void {
    for (let entry = 0; entry < this.count; entry++) {
      if (![this.time[entry], this.idle[entry], this.host[entry]].every(Number.isFinite))
        throw new UnpackError('a close without a time');
    }
  }

  /** Those of several threads. */
  static union(parts: readonly IdleCloses[]): IdleCloses {
    const union = new IdleCloses();
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    union.reserve(Math.max(count, FIRST_CAPACITY));
    for (const part of parts) {
      union.begin = Math.min(union.begin, part.begin);
      union.listeners.addAll(part.listeners);
      union.time.set(part.time.subarray(0, part.count), union.count);
      union.idle.set(part.idle.subarray(0, part.count), union.count);
      union.host.set(part.host.subarray(0, part.count), union.count);
      union.connection.set(part.connection.subarray(0, part.count), union.count);
      union.portAndBits.set(part.portAndBits.subarray(0, part.count), union.count);
      union.count += part.count;
    }
    return union;
  }

  /** Those of moments that are asked for; these stay as they are. */
  among(isAsked: (time: Time) => boolean): IdleCloses {
    const some = new IdleCloses();
    some.begin = this.begin;
    some.listeners.addAll(this.listeners);
    for (let entry = 0; entry < this.count; entry++) {
      if (!isAsked(this.time[entry]!)) continue;
      const place = some.count++;
      if (place === some.time.length) some.reserve(place * 2);
      some.time[place] = this.time[entry]!;
      some.idle[place] = this.idle[entry]!;
      some.host[place] = this.host[entry]!;
      some.connection[place] = this.connection[entry]!;
      some.portAndBits[place] = this.portAndBits[entry]!;
    }
    return some;
  }

  /** `before`: when the segment before it was seen on its connection; null if it is the first. */
  add(
    connection: FrameNumber, role: End, host: number, port: number, time: Time, before: Time | null, isReset: boolean,
    isUnanswered: boolean,
  ): void {
    if (this.count === MOST) return;
    const entry = this.count++;
    if (entry === this.time.length) this.reserve(entry * 2);
    this.connection[entry] = connection;
    this.host[entry] = host;
    this.time[entry] = time;
    this.idle[entry] = before === null ? SINCE_THE_BEGINNING : Math.max(time - before, 0);
    this.portAndBits[entry] =
      (port << 16) | (isReset ? RST_BIT : 0) | (isUnanswered ? UNANSWERED_BIT : 0) | (role === 1 ? SERVER_BIT : 0);
  }

  timeOf(entry: number): Time {
    return this.time[entry]!;
  }

  connectionOf(entry: number): number {
    return this.connection[entry]!;
  }

  hostOf(entry: number): number {
    return this.host[entry]!;
  }

  portOf(entry: number): number {
    return this.portAndBits[entry]! >>> 16;
  }

  /** Whether it was by a server that had never sent a byte. */
  isUnanswered(entry: number): boolean {
    return (this.portAndBits[entry]! & UNANSWERED_BIT) !== 0;
  }

  read(entry: number, into: IdleClose): IdleClose {
    const bits = this.portAndBits[entry]!;
    const idle = this.idle[entry]!;
    into.connection = this.connectionOf(entry);
    into.role = (bits & SERVER_BIT) === 0 ? 0 : 1;
    into.host = this.hostOf(entry);
    into.port = this.portOf(entry);
    into.time = this.time[entry]!;
    into.idle = idle === SINCE_THE_BEGINNING ? into.time - this.begin : idle;
    into.isReset = (bits & RST_BIT) !== 0;
    return into;
  }

  private reserve(capacity: number): void {
    this.time = grown(this.time, capacity);
    this.idle = grown(this.idle, capacity);
    this.host = grown(this.host, capacity);
    this.connection = grown(this.connection, capacity);
    this.portAndBits = grown(this.portAndBits, capacity);
  }
}
