import { ACK, FIN, SYN } from '../../decode/segment.js';
import type { Time } from '../../base/time.js';
import { MICROSECOND } from '../../base/time.js';
import {
  ACKNOWLEDGMENT, ALL_MARKS, FLAGS_AND_MARKS, FRAME, LENGTH, MARKS_SHIFT, REPEATS_AND_HOPS, SACK_HIGHEST, SEQUENCE,
  TIMESTAMP_ECHO, TIMESTAMP_VALUE, WINDOW_AND_IP_ID,
} from './history-row.js';
import { ANY_COUNT, UnpackError } from '../../packing/packer.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import { withRoom } from '../columns.js';
import type { LivingHistories } from './living-histories.js';
import { LONGEST_NOTE, SERVER_TALKS, TellingSegment } from './telling-segment.js';

/** Bytes of a page. Pages, so that growing copies nothing; no history lies in two. */
const PAGE_BITS = 20;
const PAGE = 1 << PAGE_BITS;
/** More than a row can take, but for its note, which has a byte for each of its letters. */
const LONGEST_ROW = 64;
/** Places are numbered by fours, and as half of all words: that is enough for 8 GB. */
const UNIT_BITS = 2;
const MOST_PAGES = (1 << (31 - PAGE_BITS + UNIT_BITS)) - 1;

/** Before its rows a history has two halfwords: how many bytes it takes, and how many rows. */
const HEAD = 4;

/** Repeats are written above the marks, of which there are eight. */
const REPEATS_SHIFT = 8;

// Bits before a row: which of its values are written, since they are not what its talker was expected to say.

const FROM_SERVER = 1;
const FLAGS = 2;
const MARKS = 4;
const SEQUENCE_DIFFERS = 8;
const ACKNOWLEDGMENT_DIFFERS = 16;
const HAS_LENGTH = 32;
const WINDOW = 64;
const IP_ID = 128;
/** TTL and traffic class. */
const HOPS = 256;
const SACK = 512;
const VALUE_DIFFERS = 1024;
const ECHO_DIFFERS = 2048;
const NOTE = 4096;
/** It acknowledges what its talker did before, not all that the other one has sent. */
const KNOWS_NO_MORE = 8192;
/** Its own time is written, not the nanoseconds since the row before. */
const OWN_TIME = 16384;
/** Or the times are in microseconds: most captures have nothing finer. */
const MICROSECONDS = 32768;

/** What the next row of a talker is expected to say, from its last one. */
class Expected {
  marks = 0;
  sequence = 0;
  acknowledgment = 0;
  window = 0;
  ipId = 0;
  /** TTL in the lower byte, traffic class in the upper. */
  hops = 0;
  timestampValue = 0;
  timestampEcho = 0;

  /** Behind a row that says this; `hops` as above. */
  after(
    flags: number, marks: number, sequence: number, acknowledgment: number, length: number, window: number,
    ipId: number, hops: number, timestampValue: number, timestampEcho: number,
  ): void {
    this.marks = marks;
    this.sequence = (sequence + length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0;
    this.acknowledgment = acknowledgment;
    this.window = window;
    this.ipId = (ipId + 1) & 0xffff;
    this.hops = hops;
    this.timestampValue = timestampValue;
    this.timestampEcho = timestampEcho;
  }

  /** Before the first row there was nothing: nothing but zeros. */
  begin(): void {
    this.after(0, 0, 0, 0, 0, 0, -1, 0, 0, 0);
  }
}

/** What is expected of client and server; one for all histories, which are packed and read one at a time. */
const expected = [new Expected(), new Expected()] as const;

/**
 * Histories of connections that are over, in a third of the memory: their rows in order, and of each what those before
 * it do not let expect.
 */
export class PackedHistories {
  private readonly pages: Uint8Array[] = [];
  /** Bytes of the last page that are used. */
  private used = PAGE;
  /** Bytes of histories that may still be asked for, and of those that were released. */
  kept = 0;
  released = 0;
  /** Page of the history at hand, and where in it the next byte is. */
  private page: Uint8Array = new Uint8Array(0);
  private at = 0;
  /** Time and frame of the row before. */
  private time: Time = 0;
  private frame = 0;

  pack(to: Packer): void {
    to.number(this.pages.length);
    to.number(this.used);
    to.number(this.kept);
    to.number(this.released);
    this.pages.forEach((page, at) => to.column(page, at === this.pages.length - 1 ? this.used : PAGE));
  }

  static unpack(from: Unpacker): PackedHistories {
    const histories = new PackedHistories();
    const pages = from.integer(0, MOST_PAGES);
    histories.used = from.integer(0, PAGE);
    histories.kept = from.integer(0, ANY_COUNT);
    histories.released = from.integer(0, ANY_COUNT);
    for (let page = 1; page <= pages; page++) {
      histories.pages.push(withRoom(from.column(Uint8Array, page === pages ? histories.used : PAGE), PAGE));
    }
    return histories;
  }

  /**
   * Packs the first `count` of `rows` of `living`, which are in order of frames; answers the place of their history.
   */
  add(living: LivingHistories, rows: readonly number[], count: number): number {
    const place = this.claim(HEAD + count * (LONGEST_ROW + LONGEST_NOTE));
    this.at += HEAD;
    this.begin();
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      this.write(living.page(row), living.at(row), living.time(row), living.note(row));
    }
    this.page[this.used + 2] = count;
    this.page[this.used + 3] = count >> 8;
    this.finish();
    return place;
  }

  /** Copies the rows of the history at `place` into `into`; answers how many there are. */
  load(place: number, into: TellingSegment[]): number {
    this.open(place);
    const count = this.page[this.at + 2]! | (this.page[this.at + 3]! << 8);
    this.at += HEAD;
    this.begin();
    for (let i = 0; i < count; i++) {
      if (i === into.length) into.push(new TellingSegment());
      this.read(into[i]!);
    }
    return count;
  }

  /** Whether there are no more places: nothing can be packed. */
  get isFull(): boolean {
    return this.pages.length >= MOST_PAGES;
  }

  /** The history at `place` will not be asked for again. */
  release(place: number): void {
    const size = this.sizeOf(place);
    this.kept -= size;
    this.released += size;
  }

  /** Copies the history at `place` to `others`; answers its place there. */
  moveTo(others: PackedHistories, place: number): number {
    const size = this.sizeOf(place);
    const there = others.claim(size);
    others.page.set(this.page.subarray(this.at, this.at + size), others.at);
    others.at += size;
    others.finish();
    return there;
  }

  /**
   * @throws UnpackError unless there is a history of at most `most` rows at `place`; `rows` are used to look at it.
   * Answers how many rows it has.
   */
  check(place: number, most: number, rows: TellingSegment[]): number {
    const page = this.pages[place >> (PAGE_BITS - UNIT_BITS)];
    const from = (place << UNIT_BITS) & (PAGE - 1);
    if (place < 0 || page === undefined || from + HEAD > PAGE) throw new UnpackError('a history that is not there');
    const end = from + (page[from]! | (page[from + 1]! << 8));
    const count = page[from + 2]! | (page[from + 3]! << 8);
    if (count > most || end > PAGE) throw new UnpackError(`a history of ${count} rows`);
    this.load(place, rows);
    if (this.at !== end) throw new UnpackError('a history that is cut off');
    for (let row = 0; row < count; row++)
      if (!Number.isFinite(rows[row]!.time)) throw new UnpackError('a segment without a time');
    return count;
  }

  /** Counts anew what the histories at `places` take: what was said of it is not believed. */
  recount(places: Iterable<number>): void {
    this.kept = 0;
    this.released = 0;
    for (const place of places) this.kept += this.sizeOf(place);
  }

  private sizeOf(place: number): number {
    this.open(place);
    return this.page[this.at]! | (this.page[this.at + 1]! << 8);
  }

  /** Opens a new history of at most `most` bytes, which are fewer than a page; answers its place. */
  private claim(most: number): number {
    if (this.used + most > PAGE) {
      this.pages.push(new Uint8Array(PAGE));
      this.used = 0;
    }
    const place = ((this.pages.length - 1) << (PAGE_BITS - UNIT_BITS)) | (this.used >> UNIT_BITS);
    this.open(place);
    return place;
  }

  private open(place: number): void {
    this.page = this.pages[place >> (PAGE_BITS - UNIT_BITS)]!;
    this.at = (place << UNIT_BITS) & (PAGE - 1);
  }

  /** The new history ends here. */
  private finish(): void {
    const size = this.at - this.used;
    this.page[this.used] = size;
    this.page[this.used + 1] = size >> 8;
    this.kept += size;
    this.used = (this.at + (1 << UNIT_BITS) - 1) & -(1 << UNIT_BITS);
  }

  private begin(): void {
    expected[0].begin();
    expected[1].begin();
    this.time = 0;
    this.frame = 0;
  }

  /** Writes a row, at `from` in `words` (history-row.ts), at the end of the history at hand. */
  private write(words: Int32Array, from: number, time: Time, note: string): void {
    const frame = words[from + FRAME]! >>> 0;
    const sequence = words[from + SEQUENCE]!;
    const acknowledgment = words[from + ACKNOWLEDGMENT]!;
    const length = words[from + LENGTH]!;
    const flags = words[from + FLAGS_AND_MARKS]! & 0xffff;
    const marks = (words[from + FLAGS_AND_MARKS]! >>> MARKS_SHIFT) & ALL_MARKS;
    const window = words[from + WINDOW_AND_IP_ID]! & 0xffff;
    const ipId = words[from + WINDOW_AND_IP_ID]! >>> 16;
    const repeats = words[from + REPEATS_AND_HOPS]! & 0xffff;
    const hops = words[from + REPEATS_AND_HOPS]! >>> 16;
    const sackHighest = words[from + SACK_HIGHEST]!;
    const timestampValue = words[from + TIMESTAMP_VALUE]!;
    const timestampEcho = words[from + TIMESTAMP_ECHO]!;
    const talker = marks & SERVER_TALKS;
    const own = expected[talker as 0 | 1];
    const other = expected[(talker ^ 1) as 0 | 1];
    const since = time - this.time;
    const micros = since / MICROSECOND;
    let bits = talker;
    if (flags !== ACK) bits |= FLAGS;
    if (marks !== own.marks || repeats !== 0) bits |= MARKS;
    if (sequence !== own.sequence) bits |= SEQUENCE_DIFFERS;
    if (acknowledgment !== other.sequence)
      bits |= acknowledgment === own.acknowledgment ? KNOWS_NO_MORE : ACKNOWLEDGMENT_DIFFERS;
    if (length !== 0) bits |= HAS_LENGTH;
    if (window !== own.window) bits |= WINDOW;
    if (ipId !== own.ipId) bits |= IP_ID;
    if (hops !== own.hops) bits |= HOPS;
    if (sackHighest !== acknowledgment) bits |= SACK;
    if (timestampValue !== own.timestampValue) bits |= VALUE_DIFFERS;
    if (timestampEcho !== other.timestampValue) bits |= ECHO_DIFFERS;
    if (note !== '') bits |= NOTE;
    if (this.time + since !== time) bits |= OWN_TIME;
    else if (isNumber(micros)) bits |= MICROSECONDS;
    else if (!isNumber(since)) bits |= OWN_TIME;
    const { page } = this;
    let at = putHalf(page, this.at, bits);
    at = bits & OWN_TIME ? putDouble(page, at, time) : putNumber(page, at, bits & MICROSECONDS ? micros : since);
    at = putNumber(page, at, frame - this.frame);
    if (bits & FLAGS) at = putNumber(page, at, flags);
    if (bits & MARKS) at = putNumber(page, at, marks | (repeats << REPEATS_SHIFT));
    if (bits & SEQUENCE_DIFFERS) at = putNumber(page, at, (sequence - own.sequence) | 0);
    if (bits & ACKNOWLEDGMENT_DIFFERS) at = putNumber(page, at, (acknowledgment - own.acknowledgment) | 0);
    if (bits & HAS_LENGTH) at = putNumber(page, at, length);
    if (bits & WINDOW) at = putHalf(page, at, window);
    if (bits & IP_ID) at = putNumber(page, at, (ipId - own.ipId) & 0xffff);
    if (bits & HOPS) at = putHalf(page, at, hops);
    if (bits & SACK) at = putNumber(page, at, (sackHighest - acknowledgment) | 0);
    if (bits & VALUE_DIFFERS) at = putNumber(page, at, (timestampValue - own.timestampValue) | 0);
    if (bits & ECHO_DIFFERS) at = putNumber(page, at, (timestampEcho - own.timestampEcho) | 0);
    if (bits & NOTE) at = putNote(page, at, note);
    this.at = at;
    this.time = time;
    this.frame = frame;
    own.after(flags, marks, sequence, acknowledgment, length, window, ipId, hops, timestampValue, timestampEcho);
  }

  /** Reads the next row of the history at hand. */
  private read(row: TellingSegment): void {
    const bits = this.half();
    const talker = (bits & FROM_SERVER) as 0 | 1;
    const own = expected[talker];
    const other = expected[(talker ^ 1) as 0 | 1];
    row.talker = talker;
    row.time = bits & OWN_TIME ? this.double() : this.time + this.number() * (bits & MICROSECONDS ? MICROSECOND : 1);
    row.frame = this.frame + this.number();
    row.flags = bits & FLAGS ? this.number() : ACK;
    const marks = bits & MARKS ? this.number() : own.marks;
    row.marks = marks & ALL_MARKS;
    row.repeats = marks >> REPEATS_SHIFT;
    row.sequence = bits & SEQUENCE_DIFFERS ? (own.sequence + this.number()) | 0 : own.sequence;
    row.acknowledgment =
      bits & ACKNOWLEDGMENT_DIFFERS
        ? (own.acknowledgment + this.number()) | 0
        : bits & KNOWS_NO_MORE
          ? own.acknowledgment
          : other.sequence;
    row.length = bits & HAS_LENGTH ? this.number() : 0;
    row.window = bits & WINDOW ? this.half() : own.window;
    row.ipId = bits & IP_ID ? (own.ipId + this.number()) & 0xffff : own.ipId;
    const hops = bits & HOPS ? this.half() : own.hops;
    row.ttl = hops & 0xff;
    row.trafficClass = hops >> 8;
    row.sackHighest = bits & SACK ? (row.acknowledgment + this.number()) | 0 : row.acknowledgment;
    row.timestampValue = bits & VALUE_DIFFERS ? (own.timestampValue + this.number()) | 0 : own.timestampValue;
    row.timestampEcho = bits & ECHO_DIFFERS ? (own.timestampEcho + this.number()) | 0 : other.timestampValue;
    row.note = bits & NOTE ? this.note() : '';
    this.time = row.time;
    this.frame = row.frame;
    own.after(
      row.flags, row.marks, row.sequence, row.acknowledgment, row.length, row.window, row.ipId, hops,
      row.timestampValue, row.timestampEcho,
    );
  }

  private number(): number {
    const { page } = this;
    let { at } = this;
    let byte = page[at++]!;
    let number = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = page[at++]!;
      number |= (byte & 0x7f) << shift;
    }
    this.at = at;
    return number >>> 0;
  }

  private half(): number {
    return this.page[this.at++]! | (this.page[this.at++]! << 8);
  }

  private double(): number {
    bytesOfDouble.set(this.page.subarray(this.at, this.at + 8));
    this.at += 8;
    return double[0]!;
  }

  private note(): string {
    const length = Math.min(this.number(), LONGEST_NOTE);
    this.at += length;
    // Of what is cut off the letters that are there: a page that was unpacked may end before they do.
    const letters = this.page.subarray(this.at - length, this.at);
    return Buffer.from(letters.buffer, letters.byteOffset, letters.length).toString('latin1');
  }
}

const double = new Float64Array(1);
const bytesOfDouble = new Uint8Array(double.buffer);

/** Whether `putNumber` can write it. */
function isNumber(value: number): boolean {
  return value >= 0 && value < 2 ** 32 && Number.isInteger(value);
}

// What writes a value at `at`, and answers where the next one goes.

/** Seven bits a byte, the lowest first; the last byte has no eighth bit. */
function putNumber(page: Uint8Array, at: number, number: number): number {
  let rest = number | 0;
  for (; (rest & ~0x7f) !== 0; rest >>>= 7) page[at++] = rest | 0x80;
  page[at] = rest;
  return at + 1;
}

function putHalf(page: Uint8Array, at: number, half: number): number {
  page[at] = half;
  page[at + 1] = half >> 8;
  return at + 2;
}

function putDouble(page: Uint8Array, at: number, value: number): number {
  double[0] = value;
  page.set(bytesOfDouble, at);
  return at + 8;
}

/** A byte for each letter: notes are ASCII. */
function putNote(page: Uint8Array, at: number, note: string): number {
  let next = putNumber(page, at, note.length);
  for (let i = 0; i < note.length; i++) page[next++] = note.charCodeAt(i);
  return next;
}
