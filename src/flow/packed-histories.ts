import { ACK, FIN, SYN } from '../decode/segment.js';
import type { Time } from '../time.js';
import { MICROSECOND } from '../time.js';
import { TellingSegment } from './telling-segment.js';

/** Bytes of a page. Pages, so that growing copies nothing; no history lies in two. */
const PAGE_BITS = 20;
const PAGE = 1 << PAGE_BITS;
/** More than a row can take, and a note: it has a byte for each of its letters. */
const LONGEST_ROW = 64;
const LONGEST_NOTE = 256;
/** Places are numbered by fours, and as half of all words: that is enough for 8 GB. */
const UNIT_BITS = 2;
const MOST_PAGES = (1 << (31 - PAGE_BITS + UNIT_BITS)) - 1;

/** Before its rows a history has two halfwords: how many bytes it takes, and how many rows. */
const HEAD = 4;

/** Repeats are written above the marks, of which there are eight. */
const REPEATS_SHIFT = 8;
const ALL_MARKS = (1 << REPEATS_SHIFT) - 1;

// Bits before a row: which of its values are written, since they are not what its talker was expected to say.

const FROM_SERVER = 1;
const FLAGS = 2;
const MARKS = 4;
const SEQUENCE = 8;
const ACKNOWLEDGMENT = 16;
const LENGTH = 32;
const WINDOW = 64;
const IP_ID = 128;
/** TTL and traffic class. */
const HOPS = 256;
const SACK = 512;
const TIMESTAMP_VALUE = 1024;
const TIMESTAMP_ECHO = 2048;
const NOTE = 4096;
/** It acknowledges what its talker did before, not all that the other one has sent. */
const KNOWS_NO_MORE = 8192;
/** Its own time is written, not the nanoseconds since the row before. */
const TIME = 16384;
/** Or the microseconds: most captures have nothing finer. */
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

  after(row: TellingSegment): void {
    this.marks = row.marks;
    this.sequence = (row.sequence + row.length + (row.flags & SYN ? 1 : 0) + (row.flags & FIN ? 1 : 0)) | 0;
    this.acknowledgment = row.acknowledgment;
    this.window = row.window;
    this.ipId = (row.ipId + 1) & 0xffff;
    this.hops = row.ttl | (row.trafficClass << 8);
    this.timestampValue = row.timestampValue;
    this.timestampEcho = row.timestampEcho;
  }
}

/** What there was before the first row: nothing but zeros is expected behind it. */
const NOTHING = Object.assign(new TellingSegment(), { ipId: -1 });

/** Of client and server, for all histories: they are packed and read one at a time. */
const expected = [new Expected(), new Expected()] as const;

/**
 * Histories of connections that are over, in a third of the memory: their rows in order, and of each what those before it do not let expect.
 */
export class PackedHistories {
  private readonly pages: Uint8Array[] = [];
  /** Bytes of the last page that are used. */
  private used = PAGE;
  /** Bytes of histories that may still be asked for, and of those that were released. */
  kept = 0;
  released = 0;
  /** Of the history at hand: its page, and where in it the next byte is. */
  private page: Uint8Array = new Uint8Array(0);
  private at = 0;
  /** Of the row before. */
  private time: Time = 0;
  private frame = 0;

  /** Packs the first `count` of `rows`, which are in order of frames; answers the place of their history. */
  pack(rows: readonly TellingSegment[], count: number): number {
    const place = this.claim(HEAD + count * (LONGEST_ROW + LONGEST_NOTE));
    this.at += HEAD;
    this.begin();
    for (let i = 0; i < count; i++) this.write(rows[i]!);
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
    expected[0].after(NOTHING);
    expected[1].after(NOTHING);
    this.time = 0;
    this.frame = 0;
  }

  /** Writes a row at the end of the history at hand. */
  private write(row: TellingSegment): void {
    const own = expected[row.talker as 0 | 1];
    const other = expected[(row.talker ^ 1) as 0 | 1];
    const since = row.time - this.time;
    const hops = row.ttl | (row.trafficClass << 8);
    let bits = row.talker;
    if (row.flags !== ACK) bits |= FLAGS;
    if (row.marks !== own.marks || row.repeats !== 0) bits |= MARKS;
    if (row.sequence !== own.sequence) bits |= SEQUENCE;
    if (row.acknowledgment !== other.sequence) bits |= row.acknowledgment === own.acknowledgment ? KNOWS_NO_MORE : ACKNOWLEDGMENT;
    if (row.length !== 0) bits |= LENGTH;
    if (row.window !== own.window) bits |= WINDOW;
    if (row.ipId !== own.ipId) bits |= IP_ID;
    if (hops !== own.hops) bits |= HOPS;
    if (row.sackHighest !== row.acknowledgment) bits |= SACK;
    if (row.timestampValue !== own.timestampValue) bits |= TIMESTAMP_VALUE;
    if (row.timestampEcho !== other.timestampValue) bits |= TIMESTAMP_ECHO;
    if (row.note !== '') bits |= NOTE;
    if (this.time + since !== row.time) bits |= TIME;
    else if (isNumber(since / MICROSECOND)) bits |= MICROSECONDS;
    else if (!isNumber(since)) bits |= TIME;
    const { page } = this;
    let at = putHalf(page, this.at, bits);
    at = bits & TIME ? putDouble(page, at, row.time) : putNumber(page, at, bits & MICROSECONDS ? since / MICROSECOND : since);
    at = putNumber(page, at, row.frame - this.frame);
    if (bits & FLAGS) at = putNumber(page, at, row.flags);
    if (bits & MARKS) at = putNumber(page, at, row.marks | (row.repeats << REPEATS_SHIFT));
    if (bits & SEQUENCE) at = putNumber(page, at, (row.sequence - own.sequence) | 0);
    if (bits & ACKNOWLEDGMENT) at = putNumber(page, at, (row.acknowledgment - own.acknowledgment) | 0);
    if (bits & LENGTH) at = putNumber(page, at, row.length);
    if (bits & WINDOW) at = putHalf(page, at, row.window);
    if (bits & IP_ID) at = putNumber(page, at, (row.ipId - own.ipId) & 0xffff);
    if (bits & HOPS) at = putHalf(page, at, hops);
    if (bits & SACK) at = putNumber(page, at, (row.sackHighest - row.acknowledgment) | 0);
    if (bits & TIMESTAMP_VALUE) at = putNumber(page, at, (row.timestampValue - own.timestampValue) | 0);
    if (bits & TIMESTAMP_ECHO) at = putNumber(page, at, (row.timestampEcho - own.timestampEcho) | 0);
    if (bits & NOTE) at = putNote(page, at, row.note);
    this.at = at;
    this.goOn(own, row);
  }

  /** Reads the next row of the history at hand. */
  private read(row: TellingSegment): void {
    const bits = this.half();
    const talker = (bits & FROM_SERVER) as 0 | 1;
    const own = expected[talker];
    const other = expected[(talker ^ 1) as 0 | 1];
    row.talker = talker;
    row.time = bits & TIME ? this.double() : this.time + this.number() * (bits & MICROSECONDS ? MICROSECOND : 1);
    row.frame = this.frame + this.number();
    row.flags = bits & FLAGS ? this.number() : ACK;
    const marks = bits & MARKS ? this.number() : own.marks;
    row.marks = marks & ALL_MARKS;
    row.repeats = marks >> REPEATS_SHIFT;
    row.sequence = bits & SEQUENCE ? (own.sequence + this.number()) | 0 : own.sequence;
    row.acknowledgment = bits & ACKNOWLEDGMENT ? (own.acknowledgment + this.number()) | 0 : bits & KNOWS_NO_MORE ? own.acknowledgment : other.sequence;
    row.length = bits & LENGTH ? this.number() : 0;
    row.window = bits & WINDOW ? this.half() : own.window;
    row.ipId = bits & IP_ID ? (own.ipId + this.number()) & 0xffff : own.ipId;
    const hops = bits & HOPS ? this.half() : own.hops;
    row.ttl = hops & 0xff;
    row.trafficClass = hops >> 8;
    row.sackHighest = bits & SACK ? (row.acknowledgment + this.number()) | 0 : row.acknowledgment;
    row.timestampValue = bits & TIMESTAMP_VALUE ? (own.timestampValue + this.number()) | 0 : own.timestampValue;
    row.timestampEcho = bits & TIMESTAMP_ECHO ? (own.timestampEcho + this.number()) | 0 : other.timestampValue;
    row.note = bits & NOTE ? this.note() : '';
    this.goOn(own, row);
  }

  private goOn(own: Expected, row: TellingSegment): void {
    own.after(row);
    this.time = row.time;
    this.frame = row.frame;
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
    const length = this.number();
    this.at += length;
    return String.fromCharCode(...this.page.subarray(this.at - length, this.at));
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
