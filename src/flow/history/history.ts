import type { Row } from '../../base/numbers.js';
import {
  ENDPOINTS, ENDPOINT_SIZE, FIRST_REPEAT, HISTORY, LATEST_ACK, LATEST_DATA, LATEST_REPEAT, ROWS, CONNECTION_FLAGS,
} from '../connection-record.js';
import { UnpackError } from '../../packing/packer.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import { MOST_ROWS } from '../columns.js';
import type { Connections } from '../connections.js';
import { LivingHistories, NO_RECORD, ROW_BYTES } from './living-histories.js';
import { PackedHistories } from './packed-histories.js';
import * as CONNECTION_FLAG from '../connection-flags.js';
import type { TellingSegment } from './telling-segment.js';

/** In place of the last row of a history that is packed stands its place there: `PACKED - place`. */
const PACKED = NO_RECORD - 1;

/** Segments that a history has at most: what the flow table lets it have, and then some. */
const MOST_SEGMENTS = 1024;

/** How a history was before it was packed by `copyPacked`: with young rows, and without. */
const NEW = 1;
const OLD = 2;

/** To look at a connection takes as long as to move so many bytes. */
const LOOK = 16;

/** The words of a connection that are numbers of rows, its last one aside. */
export const RUNNING = [0, 1].flatMap((role) =>
  [LATEST_DATA, LATEST_ACK, FIRST_REPEAT, LATEST_REPEAT].map((word) => ENDPOINTS + role * ENDPOINT_SIZE + word),
);

/**
 * The telling segments of all connections: in rows while a connection goes on, and packed once it closes.
 *
 * Packing takes some 80 ns a row, so small captures, whose rows are young to the end, are spared it.
 */
export class History {
  readonly living: LivingHistories;
  private packed = new PackedHistories();
  /** Where all histories were packed (`copyPacked`): which of them were not before, a byte for each connection. */
  private unpackedBefore: Uint8Array = new Uint8Array(0);
  /** Connections that have young rows. */
  private news: number[] = [];

  /** `young`: rows after which those of connections that close are packed; or rows that there are already. */
  constructor(young?: number | LivingHistories) {
    this.living = young instanceof LivingHistories ? young : new LivingHistories(young);
  }

  pack(to: Packer): void {
    this.living.pack(to);
    this.packed.pack(to);
    to.number(this.news.length);
    to.column(Int32Array.from(this.news), this.news.length);
    to.number(this.unpackedBefore.length);
    to.column(this.unpackedBefore, this.unpackedBefore.length);
  }

  static unpack(from: Unpacker): History {
    const history = new History(LivingHistories.unpack(from));
    history.packed = PackedHistories.unpack(from);
    const count = from.integer(0, MOST_ROWS);
    history.news = Array.from(from.column(Int32Array, count).subarray(0, count));
    history.unpackedBefore = from.column(Uint8Array, from.integer(0, MOST_ROWS));
    return history;
  }

  /** Copies the history that ends in `last` into `into`, in order of frames; answers how many segments it has. */
  load(last: number, into: TellingSegment[]): number {
    return isPacked(last) ? this.packed.load(PACKED - last, into) : this.living.load(last, into);
  }

  /**
   * A new row of connection `row`, whose words are at `at` in `words`: its last one from now on. Its history is not
   * packed.
   */
  append(row: number, words: Int32Array, at: number): number {
    const { living } = this;
    const before = words[at + HISTORY]!;
    const last = living.append(before);
    if (living.isYoung(last) && !living.isYoung(before)) this.news.push(row);
    words[at + HISTORY] = last;
    words[at + ROWS]!++;
    return last;
  }

  /**
   * Connection `row` begins to close: the moment to look whether there are histories to be packed. Its own is not: it
   * goes on at once.
   */
  close(connections: Connections, row: Row): void {
    if (this.living.isFull) this.sweep(connections, row);
  }

  /**
   * Connection `row`, whose history is packed, goes on. It will be packed again, but no third time: to do so with every
   * segment of a half-closed connection takes 15 µs of each.
   */
  wake(connections: Connections, row: Row): void {
    const words = connections.page(row);
    const at = connections.at(row);
    const seen = words[at + CONNECTION_FLAGS]!;
    const place = PACKED - words[at + HISTORY]!;
    const count = this.packed.load(place, segments);
    this.packed.release(place);
    words[at + CONNECTION_FLAGS] =
      seen | ((seen & CONNECTION_FLAG.woken) === 0 ? CONNECTION_FLAG.woken : CONNECTION_FLAG.restless);
    this.putBack(row, words, at, count);
    this.tidy(connections);
  }

  /** Forgets the history of connection `row`. */
  forget(connections: Connections, row: Row): void {
    const last = connections.history(row);
    if (isPacked(last)) this.packed.release(PACKED - last);
    else this.living.release(last);
  }

  /**
   * Packs the histories of `copies`, which are connections of this history in `rows`, into a new one; `restore` makes
   * them what they were.
   */
  copyPacked(copies: Connections, rows: ArrayLike<number>): History {
    const packed = new History(this.living.emptied());
    const news = new Set(this.news);
    packed.unpackedBefore = new Uint8Array(copies.count);
    for (let row = 0; row < copies.count; row++) {
      const words = copies.page(row);
      const at = copies.at(row);
      const last = words[at + HISTORY]!;
      if (isPacked(last)) {
        words[at + HISTORY] = PACKED - this.packed.moveTo(packed.packed, PACKED - last);
        continue;
      }
      const count = this.living.order(last, order);
      placesOfRunning(words, at, order, count);
      words[at + HISTORY] = PACKED - packed.packed.add(this.living, order, count);
      packed.unpackedBefore[row] = news.has(rows[row]!) ? NEW : OLD;
    }
    return packed;
  }

  /**
   * Makes of the histories that `copyPacked` has packed what they were before. Nobody vouches for these.
   *
   * @throws UnpackError where a connection has no history here that it could have
   */
  restore(connections: Connections): void {
    const { packed, living } = this;
    if (living.count > living.young || living.kept > 0 || this.news.length > 0)
      throw new UnpackError('histories that are not packed');
    if (this.unpackedBefore.length !== connections.count) throw new UnpackError('histories of other connections');
    const places = new Int32Array(connections.count);
    for (let row = 0; row < connections.count; row++) {
      const words = connections.page(row);
      const at = connections.at(row);
      if (!isPacked(words[at + HISTORY]!)) throw new UnpackError('a connection without a history');
      places[row] = PACKED - words[at + HISTORY]!;
      const count = packed.check(places[row]!, MOST_SEGMENTS, segments);
      if (RUNNING.some((word) => words[at + word]! < NO_RECORD || words[at + word]! >= count))
        throw new UnpackError('a segment that is not there');
      if (this.unpackedBefore[row] !== 0) this.putBackOld(row, words, at, count);
    }
    packed.recount(places);
    for (let row = 0; row < connections.count; row++) if (this.unpackedBefore[row] !== 0) packed.release(places[row]!);
    this.unpackedBefore = new Uint8Array(0);
    this.tidy(connections);
  }

  /** The first `count` of `segments` become old rows. */
  private putBackOld(row: number, words: Int32Array, at: number, count: number): void {
    let last = NO_RECORD;
    for (let segment = 0; segment < count; segment++) {
      order[segment] = last = this.living.appendOld(last);
      this.living.put(last, segments[segment]!);
    }
    words[at + HISTORY] = last;
    for (const word of RUNNING) if (words[at + word] !== NO_RECORD) words[at + word] = order[words[at + word]!]!;
    if (this.unpackedBefore[row] === NEW) this.news.push(row);
  }

  /** Moves what is packed closer together, where that halves its memory and is worth a look at every connection. */
  tidy(connections: Connections): void {
    if (this.packed.released <= this.packed.kept + connections.count * LOOK) return;
    const tight = new PackedHistories();
    for (let row = 0; row < connections.count; row++) {
      const last = connections.isKept(row) ? connections.history(row) : NO_RECORD;
      if (isPacked(last))
        connections.page(row)[connections.at(row) + HISTORY] = PACKED - this.packed.moveTo(tight, PACKED - last);
    }
    this.packed = tight;
  }

  /** Bytes of all that is remembered, texts in rows of RSTs aside. */
  get bytes(): number {
    return this.living.kept * ROW_BYTES + this.packed.kept;
  }

  /**
   * Packs the history of every connection that closes and has young rows, and makes old ones of those of the others,
   * and of `spared`.
   */
  private sweep(connections: Connections, spared: number): void {
    const { living, packed, news } = this;
    for (const row of news) {
      const words = connections.page(row);
      const at = connections.at(row);
      const last = words[at + HISTORY]!;
      if (!connections.isKept(row) || isPacked(last)) continue;
      const isOver =
        row !== spared &&
        (words[at + CONNECTION_FLAGS]! & (CONNECTION_FLAG.closing | CONNECTION_FLAG.restless)) ===
          CONNECTION_FLAG.closing;
      if (isOver && !packed.isFull) this.packOne(words, at, last);
      else this.promote(words, at, last);
    }
    news.length = 0;
    living.renew();
  }

  private packOne(words: Int32Array, at: number, last: number): void {
    const { living } = this;
    const count = living.order(last, rows);
    placesOfRunning(words, at, rows, count);
    words[at + HISTORY] = PACKED - this.packed.add(living, rows, count);
    living.release(last);
  }

  private promote(words: Int32Array, at: number, last: number): void {
    const { living } = this;
    words[at + HISTORY] = living.promote(last);
    for (const word of RUNNING)
      if (living.isYoung(words[at + word]!)) words[at + word] = living.promoted(words[at + word]!);
  }

  /** The first `count` of `segments` become rows, and running ones are told by these again. */
  private putBack(row: number, words: Int32Array, at: number, count: number): void {
    words[at + HISTORY] = NO_RECORD;
    words[at + ROWS]! -= count;
    for (let place = 0; place < count; place++) {
      rows[place] = this.append(row, words, at);
      this.living.put(rows[place]!, segments[place]!);
    }
    for (const word of RUNNING) if (words[at + word] !== NO_RECORD) words[at + word] = rows[words[at + word]!]!;
  }
}

/** Rows of the history that is packed or unpacked. */
const order: number[] = [];
/** Rows of the history that is being packed or unpacked, while others are put in order. */
const rows: number[] = [];
/** What the rows tell of a history that is being unpacked. */
const segments: TellingSegment[] = [];

/** Running rows are told by their places among the first `count` of `rows` from here on. */
function placesOfRunning(words: Int32Array, at: number, rows: readonly number[], count: number): void {
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
