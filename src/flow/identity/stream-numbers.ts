import type { FrameNumber, Side } from '../../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../../decode/segment.js';
import type { Segment } from '../../decode/segment.js';
import { FirstFrames } from './first-frames.js';
import { ANY_COUNT, UnpackError } from '../../packing/packer.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import { MOST_ROWS, grown, withRoom } from '../columns.js';
import * as COMPLETENESS from '../completeness.js';
import { BASES, NO_STREAM, SIGHTS, STREAM } from './tuple-record.js';

const FIRST_CAPACITY = 64;

/** Where tcp.completeness lies in `SIGHTS`. */
const COMPLETENESS_SHIFT = 8;
/** In `SIGHTS`: the bases of both sides are known. */
const BASED = 3;
/** Both base numbers, data and an acknowledgment were seen: a segment that neither opens nor closes adds nothing. */
const SETTLED = BASED | ((COMPLETENESS.data | COMPLETENESS.ack) << COMPLETENESS_SHIFT);

/**
 * Wireshark's `tcp.stream` and `tcp.completeness`, by the rules of 4.4 and later (packet-tcp.c).
 *
 * One conversation for each tuple, without any idle timeout. A SYN or SYN-ACK opens a new stream if its sequence number
 * is not the base of its direction, or if it is and a FIN or RST was seen. RSTs are not validated there, so not here
 * either.
 *
 * What must be known of a tuple lies in its record, `at` in `words` (tuple-record.ts).
 */
export class StreamNumbers {
  /** Streams so far. */
  count = 0;
  /** Rows: streams, but for those whose row was used again. */
  private rows = 0;
  /** Rows to be used again. */
  private free: number[] = [];
  /** Wireshark's number of each row, once that is not the row itself. */
  private numbers: Uint32Array | null = null;
  /** tcp.completeness of each stream. */
  private complete = new Uint8Array(FIRST_CAPACITY);
  /**
   * Where streams of other threads lie between these: the frames in which all of them opened, and the one of each
   * stream here.
   */
  openings: FirstFrames | null;
  private openedIn = new Uint32Array(0);

  constructor(openings: FirstFrames | null = null) {
    this.openings = openings;
  }

  pack(to: Packer): void {
    to.number(this.count);
    to.number(this.rows);
    to.column(this.complete, this.rows);
    to.number(this.free.length);
    to.column(Int32Array.from(this.free), this.free.length);
    to.number(this.numbers === null ? 0 : 1);
    if (this.numbers !== null) to.column(this.numbers, this.rows);
    to.number(this.openings === null ? 0 : 1);
    if (this.openings === null) return;
    this.openings.pack(to);
    to.column(this.openedIn, this.rows);
  }

  static unpack(from: Unpacker): StreamNumbers {
    const streams = new StreamNumbers();
    streams.count = from.integer(0, ANY_COUNT);
    streams.rows = from.integer(0, MOST_ROWS);
    streams.complete = withRoom(from.column(Uint8Array, streams.rows), FIRST_CAPACITY);
    const free = from.integer(0, streams.rows);
    streams.free = Array.from(from.column(Int32Array, free).subarray(0, free));
    if (from.integer(0, 1) === 1) streams.numbers = withRoom(from.column(Uint32Array, streams.rows), FIRST_CAPACITY);
    if (from.integer(0, 1) === 0) return streams;
    streams.openings = FirstFrames.unpack(from);
    streams.openedIn = from.column(Uint32Array, streams.rows);
    return streams;
  }

  /** The stream of a segment that `side` of a tuple sent. */
  number(words: Int32Array, at: number, side: Side, segment: Segment, frame: FrameNumber): number {
    if ((words[at + SIGHTS]! & SETTLED) === SETTLED && (segment.flags & (SYN | FIN | RST)) === 0)
      return words[at + STREAM]!;
    const stream = this.place(words, at, side, segment, frame);
    if ((words[at + SIGHTS]! & BASED) !== BASED) learnBases(words, at, side, segment);
    this.complement(words, at, stream, segment);
    return stream;
  }

  /**
   * The stream of a header that is no segment of this capture: quoted in an ICMP error, or not whole. Wireshark numbers
   * it, too, but learns no sequence numbers from it, and its length is not known.
   */
  numberHeader(words: Int32Array, at: number, side: Side, segment: Segment, frame: FrameNumber): number {
    segment.length = 0;
    const stream = this.place(words, at, side, segment, frame);
    this.complement(words, at, stream, segment);
    return stream;
  }

  /** Wireshark's number of a stream that `number` answered. */
  global(stream: number): number {
    if (this.numbers !== null) return this.numbers[stream]!;
    return this.openings === null ? stream : this.openings.number(this.openedIn[stream]!);
  }

  completeness(stream: number): number {
    return this.complete[stream]!;
  }

  /** Uses the rows of streams again that `used` does not name: of these nothing will be asked. */
  recycle(used: Iterable<number>): void {
    const isUsed = new Uint8Array(this.rows);
    for (const stream of used) isUsed[stream] = 1;
    this.numbers ??= Uint32Array.from({ length: this.complete.length }, (_, row) => row);
    this.free = [];
    for (let row = this.rows - 1; row >= 0; row--) if (isUsed[row] === 0) this.free.push(row);
  }

  /** Rows of streams, those to be used again included. */
  get rowCount(): number {
    return this.rows;
  }

  /**
   * The streams of `used` alone, where others may have been recycled; `moved` tells their new rows. Else these
   * themselves.
   */
  compacted(used: Iterable<number>): { readonly streams: StreamNumbers; readonly moved: (row: number) => number } {
    if (this.numbers === null) return { streams: this, moved: (row) => row };
    const streams = new StreamNumbers();
    const rows = [...new Set(used)].sort((a, b) => a - b);
    const places = new Map(rows.map((row, place) => [row, place]));
    streams.count = this.count;
    streams.rows = rows.length;
    streams.complete = withRoom(Uint8Array.from(rows, (row) => this.complete[row]!), FIRST_CAPACITY);
    streams.numbers = withRoom(Uint32Array.from(rows, (row) => this.numbers![row]!), FIRST_CAPACITY);
    return { streams, moved: (row) => places.get(row)! };
  }

  /** @throws UnpackError where rows are used again that are not there */
  check(): void {
    if (new Set(this.free).size !== this.free.length || this.free.some((row) => row < 0 || row >= this.rows))
      throw new UnpackError('streams that are not there');
    if (this.openings !== null) throw new UnpackError('streams of several threads');
  }

  private place(words: Int32Array, at: number, side: Side, segment: Segment, frame: FrameNumber): number {
    const stream = words[at + STREAM]!;
    if (stream === NO_STREAM || ((segment.flags & SYN) !== 0 && opens(words, at, side, segment)))
      return this.open(words, at, segment, frame);
    // The SYN of a side that was not heard of yet is where the stream really begins (issue 19092 there).
    if ((segment.flags & (SYN | ACK)) === SYN && (words[at + SIGHTS]! & (1 << side)) === 0)
      this.setCompleteness(words, at, stream, begun(segment));
    return stream;
  }

  private open(words: Int32Array, at: number, segment: Segment, frame: FrameNumber): number {
    const stream = this.free.pop() ?? this.rows++;
    if (stream >= this.complete.length) this.complete = grown(this.complete, this.complete.length * 2);
    if (this.numbers !== null) this.renumber(stream, this.count);
    this.count++;
    if (this.openings !== null) this.note(stream, frame, this.openings);
    words[at + STREAM] = stream;
    words[at + SIGHTS] = 0;
    // Only a stream that begins with a SYN is complete at its start.
    this.setCompleteness(words, at, stream, (segment.flags & (SYN | ACK)) === SYN ? begun(segment) : 0);
    return stream;
  }

  private renumber(row: number, number: number): void {
    if (row >= this.numbers!.length) this.numbers = grown(this.numbers!, this.complete.length);
    this.numbers![row] = number;
  }

  private note(stream: number, frame: FrameNumber, openings: FirstFrames): void {
    if (stream >= this.openedIn.length) this.openedIn = grown(this.openedIn, this.complete.length);
    this.openedIn[stream] = frame;
    openings.add(frame);
  }

  /** Adds what a segment shows: seldom anything new, so that all streams' bytes are seldom looked for. */
  private complement(words: Int32Array, at: number, stream: number, segment: Segment): void {
    const known = words[at + SIGHTS]! >> COMPLETENESS_SHIFT;
    const shown = completenessOf(segment, segment.flags);
    if ((known | shown) !== known) this.setCompleteness(words, at, stream, known | shown);
  }

  private setCompleteness(words: Int32Array, at: number, stream: number, completeness: number): void {
    words[at + SIGHTS] = (words[at + SIGHTS]! & BASED) | (completeness << COMPLETENESS_SHIFT);
    this.complete[stream] = completeness;
  }
}

function opens(words: Int32Array, at: number, side: Side, segment: Segment): boolean {
  const sights = words[at + SIGHTS]!;
  if ((sights & (1 << side)) === 0) return false;
  if (segment.sequence !== words[at + BASES + side]) return true;
  return ((sights >> COMPLETENESS_SHIFT) & (COMPLETENESS.fin | COMPLETENESS.rst)) !== 0;
}

function learnBases(words: Int32Array, at: number, side: Side, segment: Segment): void {
  let sights = words[at + SIGHTS]!;
  if ((sights & (1 << side)) === 0) {
    sights |= 1 << side;
    words[at + BASES + side] = (segment.flags & SYN) !== 0 ? segment.sequence : (segment.sequence - 1) | 0;
  }
  const other = side ^ 1;
  if ((sights & (1 << other)) === 0 && (segment.flags & ACK) !== 0) {
    sights |= 1 << other;
    words[at + BASES + other] = (segment.acknowledgment - 1) | 0;
  }
  words[at + SIGHTS] = sights;
}

/** Completeness of a stream with its first SYN, which may bring data (TCP Fast Open). */
function begun(syn: Segment): number {
  return syn.length > 0 ? COMPLETENESS.syn | COMPLETENESS.data : COMPLETENESS.syn;
}

/**
 * What one segment adds (packet-tcp.c, "conversation completeness"): an empty segment with ACK counts as ACK, a FIN
 * only with ACK.
 */
function completenessOf(segment: Segment, flags: number): number {
  let bits = 0;
  if ((flags & SYN) !== 0) {
    if ((flags & ACK) !== 0) bits |= COMPLETENESS.synAck;
  } else if ((flags & ACK) !== 0) {
    bits |= segment.length > 0 ? COMPLETENESS.data : COMPLETENESS.ack;
  }
  if ((flags & (FIN | ACK)) === (FIN | ACK)) bits |= COMPLETENESS.fin;
  if ((flags & RST) !== 0) bits |= COMPLETENESS.rst;
  return bits;
}
