import type { FrameNumber } from '../../base/numbers.js';
import type { Segment } from '../../decode/segment.js';
import type { Time } from '../../base/time.js';
import type { Packer, RecordLayout, Unpacker } from '../../packing/packer.js';
import { MOST_ROWS, roomIn } from '../columns.js';
import {
  ACKNOWLEDGMENT, ALL_MARKS, FLAGS_AND_MARKS, FRAME, HAS_NOTE, LENGTH, MARKS_SHIFT, REPEATS_AND_HOPS, ROW_SIZE,
  SACK_HIGHEST, SEQUENCE, TIME, TIMESTAMP_ECHO, TIMESTAMP_VALUE, WINDOW_AND_IP_ID,
} from './history-row.js';
import {
  DONT_FRAGMENT, DUPLICATE_SACK, HAS_TIMESTAMPS, LONGEST_NOTE, NO_IP_ID, SERVER_TALKS, TellingSegment,
} from './telling-segment.js';

export const NO_RECORD = -1;

/** Rows in a page. Pages, so that growing copies nothing and no buffer has to hold all of a large capture. */
const PAGE_BITS = 14;
const PAGE_ROWS = 1 << PAGE_BITS;
/** Rows of the first page to begin with, a power of two: most captures are small. */
const FIRST_ROWS = 256;

/**
 * Young rows: 1.7 MB, which a core's caches hold. With half as many it takes 8 ns a packet more, with sixteen times as
 * many 20.
 */
const YOUNG = 1 << 15;

const ROWS: RecordLayout = { size: ROW_SIZE, pageRows: PAGE_ROWS, doubles: [TIME] };
const LINKS: RecordLayout = { size: 1, pageRows: PAGE_ROWS, doubles: [] };

/** Bytes of a row with the link to the one before. */
export const ROW_BYTES = ROW_SIZE * 4 + 4;

/**
 * Histories of connections that go on: telling segments, a row each, chained from the last one back.
 *
 * The record of a connection is written in order but for its running rows (the latest data, the latest ACK…), which are
 * overwritten in place while nothing telling happens; so a reader sorts by frame.
 *
 * Rows are young or old, as objects are to a collector of garbage: most connections are over soon. The young ones are
 * given out in order, and when there are no more of them, whoever is responsible packs or promotes what they tell, and
 * they begin anew: so what is written packet by packet lies side by side. Old rows are used again one by one, wherever
 * they lie; with those alone it takes 45 ns a packet more (Node 20.20, 2000 connections of 15 packets a second).
 */
export class LivingHistories {
  /** The first rows are young, this many. */
  readonly young: number;
  /** Young rows that were given out. */
  private used = 0;
  /** Old rows, those that wait to be used again included. */
  private old = 0;
  /** Rows that tell of a connection that was neither forgotten nor packed. */
  kept = 0;
  /** Rows that there are pages for. */
  private room = 0;
  /** Head of the chain of old rows that wait to be used again; NO_RECORD if there is none. */
  private free = NO_RECORD;
  private readonly words: Int32Array[] = [];
  /** The pages again as doubles, for `TIME`. */
  private readonly times: Float64Array[] = [];
  /**
   * The row before each row in its connection. Apart and dense: going back through the rows themselves waits for memory
   * at each (145 ns a row, so 65).
   */
  private readonly links: Int32Array[] = [];
  /** Payloads of RSTs: rare, so not a field. Of rows that have `HAS_NOTE` alone. */
  private readonly notes = new Map<number, string>();

  constructor(young = YOUNG) {
    this.young = young;
  }

  pack(to: Packer): void {
    const { room } = this;
    to.number(this.young);
    to.number(this.used);
    to.number(this.old);
    to.number(this.kept);
    to.number(this.free);
    to.number(room);
    to.records(this.words, room, ROWS);
    to.records(this.links, room, LINKS);
    to.number(this.notes.size);
    for (const [row, note] of this.notes) {
      to.number(row);
      to.text(note);
    }
  }

  static unpack(from: Unpacker): LivingHistories {
    const histories = new LivingHistories(from.integer(0, MOST_ROWS));
    histories.used = from.integer(0, histories.young);
    histories.old = from.integer(0, MOST_ROWS);
    histories.kept = from.integer(0, MOST_ROWS);
    histories.free = from.integer(NO_RECORD, MOST_ROWS);
    const room = from.integer(0, MOST_ROWS);
    for (const page of from.records(room, ROWS)) {
      histories.words.push(page);
      histories.times.push(new Float64Array(page.buffer));
    }
    histories.links.push(...from.records(room, LINKS));
    histories.room = roomIn(histories.words, ROWS);
    for (let notes = from.integer(0, MOST_ROWS); notes > 0; notes--)
      histories.notes.set(from.integer(0, MOST_ROWS), from.text(LONGEST_NOTE));
    return histories;
  }

  /**
   * A new row behind `previous` (the connection's last one, or NO_RECORD); its segment is written by `write` or `put`.
   */
  append(previous: number): number {
    const row = this.used < this.young ? this.youngRow() : this.oldRow();
    this.link(row, previous);
    this.kept++;
    return row;
  }

  /** A row behind `previous`, but an old one. */
  appendOld(previous: number): number {
    const row = this.oldRow();
    this.link(row, previous);
    this.kept++;
    return row;
  }

  /** Without a row; but as many young ones seem to have been given out as here. */
  emptied(): LivingHistories {
    const histories = new LivingHistories(this.young);
    histories.used = this.used;
    return histories;
  }

  isYoung(row: number): boolean {
    return row >= 0 && row < this.young;
  }

  /** Whether there are no more young rows. */
  get isFull(): boolean {
    return this.used === this.young;
  }

  /** Gives the young rows out anew: none of them tells of a connection any more. */
  renew(): void {
    this.used = 0;
  }

  /** Rows that were made so far: a measure of the memory taken. */
  get count(): number {
    return this.used + this.old;
  }

  /** Forgets the chain that ends in `last`: its rows may be used again. */
  release(last: number): void {
    for (let row = last; row !== NO_RECORD;) {
      const before = this.before(row);
      this.kept--;
      if (!this.isYoung(row)) {
        this.link(row, this.free);
        this.free = row;
      }
      row = before;
    }
  }

  /**
   * Has old rows tell what the young ones of the chain that ends in `last` do; answers where it ends now. `promoted`
   * then tells which did.
   */
  promote(last: number): number {
    let first = last;
    for (let row = last, behind = NO_RECORD; row !== NO_RECORD;) {
      const before = this.before(row);
      if (this.isYoung(row)) {
        const old = this.oldRow();
        this.copy(row, old);
        this.link(old, before);
        if (behind === NO_RECORD) first = old;
        else this.link(behind, old);
        this.link(row, old);
        behind = old;
      } else behind = row;
      row = before;
    }
    return first;
  }

  /** The old row that tells what the young one did, until that is given out anew. */
  promoted(young: number): number {
    return this.before(young);
  }

  private youngRow(): number {
    const row = this.used++;
    while (row >= this.room) this.makeRoom();
    return row;
  }

  private oldRow(): number {
    if (this.free !== NO_RECORD) {
      const row = this.free;
      this.free = this.before(row);
      return row;
    }
    const row = this.young + this.old++;
    while (row >= this.room) this.makeRoom();
    return row;
  }

  /** Of the segment that `row` tells. */
  sequence(row: number): number {
    return this.page(row)[this.at(row) + SEQUENCE]!;
  }

  /** The row before `row` in its chain. */
  private before(row: number): number {
    return this.links[row >> PAGE_BITS]![row & (PAGE_ROWS - 1)]!;
  }

  private link(row: number, before: number): void {
    this.links[row >> PAGE_BITS]![row & (PAGE_ROWS - 1)] = before;
  }

  private copy(from: number, to: number): void {
    const words = this.page(to);
    const at = this.at(to);
    const others = this.page(from);
    const otherAt = this.at(from);
    this.dropNote(words, at, to);
    for (let word = 0; word < ROW_SIZE; word++) words[at + word] = others[otherAt + word]!;
    if ((words[at + FLAGS_AND_MARKS]! & HAS_NOTE) !== 0) this.notes.set(to, this.note(from));
  }

  write(row: number, segment: Segment, frame: FrameNumber, time: Time, marks: number, repeats: number): void {
    const words = this.page(row);
    const at = this.at(row);
    this.dropNote(words, at, row);
    const { acknowledgment, ipId } = segment;
    let sackHighest = acknowledgment;
    if (segment.sackCount > 0) {
      if (((segment.sackRight - acknowledgment) | 0) <= 0) marks |= DUPLICATE_SACK;
      sackHighest = segment.sackHighest;
    }
    if (ipId < 0) marks |= NO_IP_ID;
    if (segment.dontFragment !== 0) marks |= DONT_FRAGMENT;
    if (segment.hasTimestamps !== 0) marks |= HAS_TIMESTAMPS;
    this.times[row >> PAGE_BITS]![(at + TIME) >> 1] = time;
    words[at + FRAME] = frame;
    words[at + SEQUENCE] = segment.sequence;
    words[at + ACKNOWLEDGMENT] = acknowledgment;
    words[at + LENGTH] = segment.length;
    words[at + FLAGS_AND_MARKS] = segment.flags | (marks << MARKS_SHIFT);
    words[at + WINDOW_AND_IP_ID] = segment.window | (ipId < 0 ? 0 : ipId << 16);
    words[at + REPEATS_AND_HOPS] = repeats | (segment.ttl << 16) | (segment.trafficClass << 24);
    words[at + SACK_HIGHEST] = sackHighest;
    words[at + TIMESTAMP_VALUE] = segment.timestampValue;
    words[at + TIMESTAMP_ECHO] = segment.timestampEcho;
  }

  /** Writes a row that was read before: what `write` writes, from what `read` has filled. */
  put(row: number, segment: TellingSegment): void {
    const words = this.page(row);
    const at = this.at(row);
    this.dropNote(words, at, row);
    this.times[row >> PAGE_BITS]![(at + TIME) >> 1] = segment.time;
    words[at + FRAME] = segment.frame;
    words[at + SEQUENCE] = segment.sequence;
    words[at + ACKNOWLEDGMENT] = segment.acknowledgment;
    words[at + LENGTH] = segment.length;
    words[at + FLAGS_AND_MARKS] = segment.flags | (segment.marks << MARKS_SHIFT);
    words[at + WINDOW_AND_IP_ID] = segment.window | (segment.ipId << 16);
    words[at + REPEATS_AND_HOPS] = segment.repeats | (segment.ttl << 16) | (segment.trafficClass << 24);
    words[at + SACK_HIGHEST] = segment.sackHighest;
    words[at + TIMESTAMP_VALUE] = segment.timestampValue;
    words[at + TIMESTAMP_ECHO] = segment.timestampEcho;
    if (segment.note !== '') this.annotate(row, segment.note);
  }

  annotate(row: number, note: string): void {
    this.page(row)[this.at(row) + FLAGS_AND_MARKS]! |= HAS_NOTE;
    this.notes.set(row, note);
  }

  /** Copies the chain that ends in `last` into `into`, in order of frames; answers how many rows there are. */
  load(last: number, into: TellingSegment[]): number {
    const count = this.order(last, rows);
    for (let place = 0; place < count; place++) {
      if (place === into.length) into.push(new TellingSegment());
      this.read(rows[place]!, into[place]!);
    }
    return count;
  }

  /** Puts the rows of the chain that ends in `last` into `into`, in order of frames; answers how many there are. */
  order(last: number, into: number[]): number {
    let count = 0;
    for (let row = last; row !== NO_RECORD; row = this.before(row)) into[count++] = row;
    for (let low = 0, high = count - 1; low < high; low++, high--) {
      const row = into[low]!;
      into[low] = into[high]!;
      into[high] = row;
    }
    // Insertion sort: what the chain tells is almost ordered, and short.
    for (let place = 1; place < count; place++) {
      const row = into[place]!;
      const frame = this.frame(row);
      let to = place;
      for (; to > 0 && this.frame(into[to - 1]!) > frame; to--) into[to] = into[to - 1]!;
      into[to] = row;
    }
    return count;
  }

  /** The page of a row. */
  page(row: number): Int32Array {
    return this.words[row >> PAGE_BITS]!;
  }

  /** Where in its page a row begins, in words. */
  at(row: number): number {
    return (row & (PAGE_ROWS - 1)) * ROW_SIZE;
  }

  /** Frame of the segment in `row`. */
  frame(row: number): number {
    return this.page(row)[this.at(row) + FRAME]! >>> 0;
  }

  time(row: number): Time {
    return this.times[row >> PAGE_BITS]![(this.at(row) + TIME) >> 1]!;
  }

  /** What a RST carried; empty otherwise. */
  note(row: number): string {
    return (this.page(row)[this.at(row) + FLAGS_AND_MARKS]! & HAS_NOTE) === 0 ? '' : (this.notes.get(row) ?? '');
  }

  /** `row`, at `at` in `words`, is to tell of another segment. */
  private dropNote(words: Int32Array, at: number, row: number): void {
    if ((words[at + FLAGS_AND_MARKS]! & HAS_NOTE) !== 0) this.notes.delete(row);
  }

  private read(row: number, into: TellingSegment): void {
    const words = this.page(row);
    const at = this.at(row);
    const flagsAndMarks = words[at + FLAGS_AND_MARKS]!;
    const windowAndIpId = words[at + WINDOW_AND_IP_ID]!;
    const repeatsAndTtl = words[at + REPEATS_AND_HOPS]!;
    into.time = this.time(row);
    into.frame = words[at + FRAME]! >>> 0;
    into.flags = flagsAndMarks & 0xffff;
    into.marks = (flagsAndMarks >>> MARKS_SHIFT) & ALL_MARKS;
    into.talker = into.marks & SERVER_TALKS;
    into.sequence = words[at + SEQUENCE]!;
    into.acknowledgment = words[at + ACKNOWLEDGMENT]!;
    into.length = words[at + LENGTH]!;
    into.window = windowAndIpId & 0xffff;
    into.ipId = windowAndIpId >>> 16;
    into.repeats = repeatsAndTtl & 0xffff;
    into.ttl = (repeatsAndTtl >>> 16) & 0xff;
    into.trafficClass = repeatsAndTtl >>> 24;
    into.sackHighest = words[at + SACK_HIGHEST]!;
    into.timestampValue = words[at + TIMESTAMP_VALUE]!;
    into.timestampEcho = words[at + TIMESTAMP_ECHO]!;
    into.note = this.note(row);
  }

  /** Makes the first page larger until it is a whole one; then adds pages. */
  private makeRoom(): void {
    const rows = this.room === 0 ? FIRST_ROWS : Math.min(this.room * 2, PAGE_ROWS);
    const at = this.room < PAGE_ROWS ? 0 : this.words.length;
    const page = new ArrayBuffer(rows * ROW_SIZE * 4);
    const words = new Int32Array(page);
    const links = new Int32Array(rows);
    if (this.words[at] !== undefined) {
      words.set(this.words[at]);
      links.set(this.links[at]!);
    }
    this.words[at] = words;
    this.times[at] = new Float64Array(page);
    this.links[at] = links;
    this.room = at * PAGE_ROWS + rows;
  }
}

/** Rows of the chain that is being read. */
const rows: number[] = [];
