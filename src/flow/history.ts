import { ENDPOINTS, ENDPOINT_SIZE, FIRST_REPEAT, HISTORY, LATEST_ACK, LATEST_DATA, LATEST_REPEAT, SEEN_BITS } from './connection-record.js';
import { NO_CONNECTION } from './connections.js';
import type { Connections } from './connections.js';
import { LivingHistories, NO_RECORD, ROW_BYTES } from './living-histories.js';
import { PackedHistories } from './packed-histories.js';
import * as SEEN from './seen.js';
import type { TellingSegment } from './telling-segment.js';

/** In place of the last row of a history that is packed stands its place there: `PACKED - place`. */
const PACKED = NO_RECORD - 1;

/** Rows of a thread from which on it packs: 55 MB, a hundred thousand connections. To pack one takes 0.8 µs, and small captures need not be small in memory. */
const MANY_ROWS = 1 << 20;

/** Connections that began to close last, a power of two: by the time that so many others have, nearly all have said all they had to say. */
const LINGERING = 1024;

/** To look at a connection takes as long as to move so many bytes. */
const LOOK = 16;

/** The words of a connection that are numbers of rows, its last one aside. */
const RUNNING = [0, 1].flatMap((role) => [LATEST_DATA, LATEST_ACK, FIRST_REPEAT, LATEST_REPEAT].map((word) => ENDPOINTS + role * ENDPOINT_SIZE + word));

/**
 * The telling segments of all connections: in rows while a connection goes on, and packed once it has closed and there are many.
 *
 * From then on rows are used again while they are in the processor's caches.
 */
export class History {
  living = new LivingHistories();
  private packed = new PackedHistories();
  private packs = false;
  private readonly manyRows: number;
  /** Rows of connections that began to close last: a ring. A row may be another connection's by now; packed too early, that wakes. */
  private readonly lingering: Int32Array;
  private next = 0;

  constructor(manyRows = MANY_ROWS, lingering = LINGERING) {
    this.manyRows = manyRows;
    this.lingering = new Int32Array(lingering).fill(NO_CONNECTION);
  }

  /** Copies the history that ends in `last` into `into`, in order of frames; answers how many segments it has. */
  load(last: number, into: TellingSegment[]): number {
    return isPacked(last) ? this.packed.load(PACKED - last, into) : this.living.load(last, into);
  }

  /** Connection `row` begins to close; so one that did long ago may be packed. */
  close(connections: Connections, row: number): void {
    const place = this.next++ & (this.lingering.length - 1);
    const other = this.lingering[place]!;
    this.lingering[place] = row;
    if (this.packs) {
      if (this.packed.isFull) return;
      if (other !== NO_CONNECTION && other !== row && connections.isKept(other)) this.pack(connections.page(other), connections.at(other));
    } else if (this.living.kept > this.manyRows) {
      this.packs = true;
      this.packAll(connections);
    }
  }

  /**
   * Connection `row`, whose history is packed, goes on. It will be packed again, but no third time: to do so with every segment of a
   * half-closed connection takes 15 µs of each.
   */
  wake(connections: Connections, row: number): void {
    const words = connections.page(row);
    const at = connections.at(row);
    const place = PACKED - words[at + HISTORY]!;
    const count = this.packed.load(place, segments);
    this.packed.release(place);
    this.settle(words, at, count);
    this.tidy(connections);
    if ((words[at + SEEN_BITS]! & SEEN.woken) === 0) this.close(connections, row);
    words[at + SEEN_BITS]! |= SEEN.woken;
  }

  /** Forgets the history of connection `row`. */
  forget(connections: Connections, row: number): void {
    const last = connections.history(row);
    if (isPacked(last)) this.packed.release(PACKED - last);
    else this.living.release(last, connections.rows(row));
  }

  /** Moves what is packed closer together, where that halves its memory and is worth a look at every connection. */
  tidy(connections: Connections): void {
    if (this.packed.released <= this.packed.kept + connections.count * LOOK) return;
    const tight = new PackedHistories();
    for (let row = 0; row < connections.count; row++) {
      const last = connections.isKept(row) ? connections.history(row) : NO_RECORD;
      if (isPacked(last)) connections.page(row)[connections.at(row) + HISTORY] = PACKED - this.packed.moveTo(tight, PACKED - last);
    }
    this.packed = tight;
  }

  /** Bytes of all that is remembered, texts in rows of RSTs aside. */
  get bytes(): number {
    return this.living.kept * ROW_BYTES + this.packed.kept;
  }

  /** Packs the history of every connection that closed, and lets go of all rows but those of the others. */
  private packAll(connections: Connections): void {
    const { living: before } = this;
    const lingering = new Set(this.lingering);
    this.living = new LivingHistories();
    for (let row = 0; row < connections.count; row++) {
      if (!connections.isKept(row) || connections.history(row) === NO_RECORD) continue;
      const words = connections.page(row);
      const at = connections.at(row);
      const count = before.order(words[at + HISTORY]!, rows);
      placesOfRunning(words, at, count);
      if ((connections.seen(row) & SEEN.closing) === 0 || lingering.has(row)) this.settle(words, at, before.load(words[at + HISTORY]!, segments));
      else words[at + HISTORY] = PACKED - this.packed.pack(before, rows, count);
    }
  }

  private pack(words: Int32Array, at: number): void {
    const last = words[at + HISTORY]!;
    if (last === NO_RECORD || isPacked(last)) return;
    const count = this.living.order(last, rows);
    placesOfRunning(words, at, count);
    words[at + HISTORY] = PACKED - this.packed.pack(this.living, rows, count);
    this.living.release(last, count);
  }

  /** The first `count` of `segments` become rows, and running ones are told by these again. */
  private settle(words: Int32Array, at: number, count: number): void {
    const rows: number[] = [];
    let last = NO_RECORD;
    for (let place = 0; place < count; place++) {
      last = this.living.append(last);
      this.living.put(last, segments[place]!);
      rows.push(last);
    }
    for (const word of RUNNING) if (words[at + word] !== NO_RECORD) words[at + word] = rows[words[at + word]!]!;
    words[at + HISTORY] = last;
  }
}

/** Of the history that is packed: its rows. */
const rows: number[] = [];
/** Of the one that is unpacked. */
const segments: TellingSegment[] = [];

/** Running rows are told by their places among the first `count` of `rows` from here on. */
function placesOfRunning(words: Int32Array, at: number, count: number): void {
  for (const word of RUNNING) {
    const running = words[at + word]!;
    if (running === NO_RECORD) continue;
    let place = 0;
    while (place < count && rows[place] !== running) place++;
    words[at + word] = place;
  }
}

/** Whether `last`, where the last row of a history is told, says that it is packed. */
export function isPacked(last: number): boolean {
  return last <= PACKED;
}
