import type { End, FrameNumber } from '../base/numbers.js';
import type { IcmpError } from '../decode/icmp-error.js';
import type { Time } from '../base/time.js';
import { UnpackError } from '../packing/packer.js';
import type { Column, Packer, Unpacker } from '../packing/packer.js';
import { grown, withRoom } from './columns.js';

/** Errors that are kept, some 5 MB; a flood of them tells no more than its beginning. */
const MOST = 1 << 16;

/** Errors of one connection that differ in sender, kind or MTU: a road has no more routers that complain. */
const MOST_EACH = 8;

const FIRST_CAPACITY = 16;
const NO_ENTRY = -1;

/** One entry. Words of the sender's address as `Segment` has them. */
export interface KeptError {
  readonly frame: FrameNumber;
  readonly time: Time;
  readonly family: number;
  readonly sender: readonly [number, number, number, number];
  readonly type: number;
  readonly code: number;
  readonly mtu: number;
  /** Who had sent the quoted segment, 0 the client, 1 the server; and its sequence number. */
  readonly talker: End;
  readonly sequence: number;
  /** How often the sender said the same of this end's segments, and when last. */
  readonly count: number;
  readonly last: Time;
}

/**
 * What routers and hosts said of the connections' segments in ICMP errors: a few of each connection, which few have, so
 * not in the connections' own words. A connection is named by its first frame, which tells it from all others.
 */
export class IcmpErrors {
  count = 0;
  /** Entries that were ever in use, those to be used again included; and the chain of these. */
  private used = 0;
  private free = NO_ENTRY;
  private readonly heads = new Map<number, number>();
  private next = new Int32Array(FIRST_CAPACITY);
  private frame = new Uint32Array(FIRST_CAPACITY);
  private time = new Float64Array(FIRST_CAPACITY);
  private last = new Float64Array(FIRST_CAPACITY);
  private repeats = new Uint32Array(FIRST_CAPACITY);
  private mtu = new Uint32Array(FIRST_CAPACITY);
  private sequence = new Int32Array(FIRST_CAPACITY);
  /** Family, type, code and talker, a byte each. */
  private kind = new Int32Array(FIRST_CAPACITY);
  private sender = new Int32Array(FIRST_CAPACITY * 4);

  pack(to: Packer): void {
    const connections: number[] = [];
    const entries: number[] = [];
    for (const [connection, head] of this.heads) {
      for (let entry = head; entry !== NO_ENTRY; entry = this.next[entry]!) {
        connections.push(connection);
        entries.push(entry);
      }
    }
    const { length } = entries;
    to.number(length);
    to.column(Uint32Array.from(connections), length);
    for (const column of [this.frame, this.time, this.last, this.repeats, this.mtu, this.sequence, this.kind]) {
      to.column(picked(column, entries), length);
    }
    to.column(
      picked(
        this.sender, entries.flatMap((entry) => [0, 1, 2, 3].map((word) => entry * 4 + word)),
      ),
      length * 4,
    );
  }

  static unpack(from: Unpacker): IcmpErrors {
    const errors = new IcmpErrors();
    const count = from.integer(0, MOST);
    const connections = from.column(Uint32Array, count);
    errors.count = errors.used = count;
    errors.frame = withRoom(from.column(Uint32Array, count), FIRST_CAPACITY);
    errors.time = withRoom(from.column(Float64Array, count), FIRST_CAPACITY);
    errors.last = withRoom(from.column(Float64Array, count), FIRST_CAPACITY);
    errors.repeats = withRoom(from.column(Uint32Array, count), FIRST_CAPACITY);
    errors.mtu = withRoom(from.column(Uint32Array, count), FIRST_CAPACITY);
    errors.sequence = withRoom(from.column(Int32Array, count), FIRST_CAPACITY);
    errors.kind = withRoom(from.column(Int32Array, count), FIRST_CAPACITY);
    errors.sender = withRoom(from.column(Int32Array, count * 4), FIRST_CAPACITY * 4);
    errors.next = new Int32Array(errors.time.length).fill(NO_ENTRY);
    for (let entry = 0; entry < count; entry++) {
      const connection = connections[entry]!;
      if (entry > 0 && connections[entry - 1] === connection) errors.next[entry - 1] = entry;
      else errors.heads.set(connection, entry);
    }
    return errors;
  }

  /** @throws UnpackError where a time is none */
  check(): void {
    for (let entry = 0; entry < this.count; entry++) {
      if (![this.time[entry], this.last[entry]].every(Number.isFinite))
        throw new UnpackError('an ICMP error without a time');
    }
  }

  /** `error` quotes a segment of end `talker` of `connection`. */
  add(
    connection: FrameNumber, talker: End, sequence: number, error: Readonly<IcmpError>, frame: FrameNumber, time: Time,
  ): void {
    const kind = (error.family << 24) | (error.type << 16) | (error.code << 8) | talker;
    let last = NO_ENTRY;
    let of = 0;
    for (let entry = this.heads.get(connection) ?? NO_ENTRY; entry !== NO_ENTRY; entry = this.next[entry]!, of++) {
      last = entry;
      if (this.kind[entry] !== kind || this.mtu[entry] !== error.mtu || !this.isFrom(entry, error)) continue;
      this.repeats[entry]!++;
      this.last[entry] = time;
      return;
    }
    if (this.count === MOST || of === MOST_EACH) return;
    const entry = this.free === NO_ENTRY ? this.used++ : this.free;
    if (entry === this.time.length) this.reserve(entry * 2);
    else if (entry === this.free) this.free = this.next[entry]!;
    this.count++;
    if (last === NO_ENTRY) this.heads.set(connection, entry);
    else this.next[last] = entry;
    this.next[entry] = NO_ENTRY;
    this.frame[entry] = frame;
    this.time[entry] = this.last[entry] = time;
    this.repeats[entry] = 1;
    this.mtu[entry] = error.mtu;
    this.sequence[entry] = sequence;
    this.kind[entry] = kind;
    this.sender.set([error.sender0, error.sender1, error.sender2, error.sender3], entry * 4);
  }

  /** Those of a connection that is forgotten: nobody asks for them any more. */
  forget(connection: FrameNumber): void {
    const head = this.heads.get(connection);
    if (head === undefined) return;
    this.heads.delete(connection);
    for (let entry = head; entry !== NO_ENTRY;) {
      const next = this.next[entry]!;
      this.next[entry] = this.free;
      this.free = entry;
      this.count--;
      entry = next;
    }
  }

  has(connection: FrameNumber): boolean {
    return this.heads.has(connection);
  }

  /** In the order in which they came. */
  of(connection: FrameNumber): KeptError[] {
    const errors: KeptError[] = [];
    for (let entry = this.heads.get(connection) ?? NO_ENTRY; entry !== NO_ENTRY; entry = this.next[entry]!)
      errors.push(this.read(entry));
    return errors;
  }

  private read(entry: number): KeptError {
    const kind = this.kind[entry]!;
    const word = (at: number): number => this.sender[entry * 4 + at]!;
    return {
      frame: this.frame[entry]!, time: this.time[entry]!, family: kind >>> 24,
      sender: [word(0), word(1), word(2), word(3)], type: (kind >>> 16) & 0xff, code: (kind >>> 8) & 0xff,
      mtu: this.mtu[entry]!, talker: kind & 1, sequence: this.sequence[entry]!, count: this.repeats[entry]!,
      last: this.last[entry]!,
    };
  }

  private isFrom(entry: number, { sender0, sender1, sender2, sender3 }: Readonly<IcmpError>): boolean {
    const { sender } = this;
    const at = entry * 4;
    return (
      sender[at] === sender0 && sender[at + 1] === sender1 && sender[at + 2] === sender2 && sender[at + 3] === sender3
    );
  }

  private reserve(capacity: number): void {
    this.next = grown(this.next, capacity);
    this.frame = grown(this.frame, capacity);
    this.time = grown(this.time, capacity);
    this.last = grown(this.last, capacity);
    this.repeats = grown(this.repeats, capacity);
    this.mtu = grown(this.mtu, capacity);
    this.sequence = grown(this.sequence, capacity);
    this.kind = grown(this.kind, capacity);
    this.sender = grown(this.sender, capacity * 4);
  }
}

/** The values of a column at these places. */
function picked<T extends Column>(column: T, places: readonly number[]): T {
  const values = new (column.constructor as new (length: number) => T)(places.length);
  for (let at = 0; at < places.length; at++) values[at] = column[places[at]!]!;
  return values;
}
