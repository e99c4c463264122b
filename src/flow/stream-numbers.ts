import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { Beginnings } from './beginnings.js';
import { grown } from './columns.js';
import * as COMPLETENESS from './completeness.js';

const FIRST_CAPACITY = 64;
const NONE = -1;

/**
 * Wireshark's `tcp.stream` and `tcp.completeness`, by the rules of 4.4 and later (packet-tcp.c).
 *
 * One conversation for each tuple, without any idle timeout. A SYN or SYN-ACK opens a new stream if its sequence number
 * is not the base of its direction, or if it is and a FIN or RST was seen. RSTs are not validated there, so not here either.
 */
export class StreamNumbers {
  /** Streams so far. */
  count = 0;
  /** Latest stream of each tuple. */
  private stream = new Int32Array(FIRST_CAPACITY).fill(NONE);
  /** First sequence number of each tuple and side, once `based` says so: row * 2 + side. */
  private base = new Int32Array(FIRST_CAPACITY * 2);
  private based = new Uint8Array(FIRST_CAPACITY * 2);
  /** tcp.completeness of each stream. */
  private complete = new Uint8Array(FIRST_CAPACITY);
  /** Where streams of other threads lie between these: the frames in which all of them opened, and the one of each stream here. */
  openings: Beginnings | null;
  private openedIn = new Uint32Array(0);

  constructor(openings: Beginnings | null = null) {
    this.openings = openings;
  }

  /** The stream of a segment that `side` of `tuple` sent. */
  number(tuple: number, side: number, segment: Segment, frame: number): number {
    const stream = this.place(tuple, side, segment, frame);
    this.learnBases(tuple, side, segment);
    this.complete[stream]! |= completenessOf(segment, segment.flags);
    return stream;
  }

  /**
   * The stream of a header that is no segment of this capture: quoted in an ICMP error, or not whole. Wireshark numbers it, too, but
   * learns no sequence numbers from it, and its length is not known.
   */
  numberHeader(tuple: number, side: number, segment: Segment, frame: number): number {
    segment.length = 0;
    const stream = this.place(tuple, side, segment, frame);
    this.complete[stream]! |= completenessOf(segment, segment.flags);
    return stream;
  }

  /** Wireshark's number of a stream that `number` answered. */
  global(stream: number): number {
    return this.openings === null ? stream : this.openings.number(this.openedIn[stream]!);
  }

  completeness(stream: number): number {
    return this.complete[stream]!;
  }

  /** The next segment of the tuple opens a stream. */
  forget(tuple: number): void {
    this.stream[tuple] = NONE;
  }

  private place(tuple: number, side: number, segment: Segment, frame: number): number {
    if (tuple >= this.stream.length) this.growTuples(tuple);
    const stream = this.stream[tuple]!;
    if (stream === NONE || ((segment.flags & SYN) !== 0 && this.opens(stream, tuple * 2 + side, segment))) return this.open(tuple, segment, frame);
    // The SYN of a side that was not heard of yet is where the stream really begins (issue 19092 there).
    if ((segment.flags & (SYN | ACK)) === SYN && this.based[tuple * 2 + side] === 0) this.complete[stream] = begun(segment);
    return stream;
  }

  private opens(stream: number, end: number, segment: Segment): boolean {
    if (this.based[end] === 0) return false;
    if (segment.sequence !== this.base[end]) return true;
    return (this.complete[stream]! & (COMPLETENESS.fin | COMPLETENESS.rst)) !== 0;
  }

  private open(tuple: number, segment: Segment, frame: number): number {
    const stream = this.count++;
    if (stream >= this.complete.length) this.complete = grown(this.complete, this.complete.length * 2);
    if (this.openings !== null) this.note(stream, frame, this.openings);
    this.stream[tuple] = stream;
    this.based[tuple * 2] = 0;
    this.based[tuple * 2 + 1] = 0;
    // Only a stream that begins with a SYN is complete at its start.
    if ((segment.flags & (SYN | ACK)) === SYN) this.complete[stream] = begun(segment);
    return stream;
  }

  private note(stream: number, frame: number, openings: Beginnings): void {
    if (stream >= this.openedIn.length) this.openedIn = grown(this.openedIn, this.complete.length);
    this.openedIn[stream] = frame;
    openings.add(frame);
  }

  private learnBases(tuple: number, side: number, segment: Segment): void {
    const forward = tuple * 2 + side;
    if (this.based[forward] === 0) {
      this.based[forward] = 1;
      this.base[forward] = (segment.flags & SYN) !== 0 ? segment.sequence : (segment.sequence - 1) | 0;
    }
    const reverse = forward ^ 1;
    if (this.based[reverse] === 0 && (segment.flags & ACK) !== 0) {
      this.based[reverse] = 1;
      this.base[reverse] = (segment.acknowledgment - 1) | 0;
    }
  }

  private growTuples(tuple: number): void {
    const from = this.stream.length;
    const capacity = Math.max(from * 2, tuple + 1);
    this.stream = grown(this.stream, capacity).fill(NONE, from);
    this.base = grown(this.base, capacity * 2);
    this.based = grown(this.based, capacity * 2);
  }
}

/** Of a stream with its first SYN, which may bring data (TCP Fast Open). */
function begun(syn: Segment): number {
  return syn.length > 0 ? COMPLETENESS.syn | COMPLETENESS.data : COMPLETENESS.syn;
}

/** What one segment adds (packet-tcp.c, "conversation completeness"): an empty segment with ACK counts as ACK, a FIN only with ACK. */
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
