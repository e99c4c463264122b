import { type Duration, formatDuration, SECOND } from '../../base/time.js';
import { largestPacket } from '../framer.js';
import type { FileHeader } from './file-header.js';

/**
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                      Timestamp (Seconds)                      |
 *    +---------------------------------------------------------------+
 *  4 |            Timestamp (Microseconds or nanoseconds)            |
 *    +---------------------------------------------------------------+
 *  8 |                    Captured Packet Length                     |
 *    +---------------------------------------------------------------+
 * 12 |                    Original Packet Length                     |
 *    +---------------------------------------------------------------+
 * 16 /                          Packet Data                          /
 *    +---------------------------------------------------------------+
 *
 * Before version 2.3 the lengths stand the other way round.
 */
export const SECONDS = 0;
export const FRACTION = 4;
const CAPTURED = 8;
const ORIGINAL = 12;

/** Seconds that records behind each other may lie apart before they are doubted: a day. */
export const NEAR = 86_400;

const NANOSECONDS = SECOND;

/** Fields are unsigned; a writer that subtracted too much left a negative number in one. */
const WRAP = 2 ** 32;

/** How far a record header can be believed. */
export class RecordRules {
  /** Fractions of a second in a second. */
  readonly fractions: number;
  readonly largest: number;
  /** Where the length stands that was captured, and the one on the wire. */
  readonly capturedAt: number;
  readonly originalAt: number;
  /** Whether they may stand the other way round: the larger one then is that on the wire. */
  readonly isOrderOpen: boolean;
  readonly #littleEndian: boolean;
  readonly #snapLength: number;

  constructor({ littleEndian, lengths, snapLength, linkType, digits }: FileHeader) {
    this.#littleEndian = littleEndian;
    this.capturedAt = lengths === 'original first' ? ORIGINAL : CAPTURED;
    this.originalAt = lengths === 'original first' ? CAPTURED : ORIGINAL;
    this.isOrderOpen = lengths === 'either';
    this.fractions = 10 ** digits;
    this.largest = largestPacket(linkType);
    this.#snapLength = snapLength === 0 ? this.largest : snapLength;
  }

  /** Bytes that were captured, as the header at `at` says. */
  captured(view: DataView, at: number): number {
    const captured = view.getUint32(at + this.capturedAt, this.#littleEndian);
    return this.isOrderOpen ? Math.min(captured, view.getUint32(at + this.originalAt, this.#littleEndian)) : captured;
  }

  /** Bytes on the wire. */
  original(view: DataView, at: number): number {
    const original = view.getUint32(at + this.originalAt, this.#littleEndian);
    return this.isOrderOpen ? Math.max(original, view.getUint32(at + this.capturedAt, this.#littleEndian)) : original;
  }

  /** Whether every field is what a careful writer writes. */
  isClean(view: DataView, at: number): boolean {
    return view.getUint32(at + FRACTION, this.#littleEndian) < this.fractions && this.#isCleanElse(view, at);
  }

  /** Whether every other field than the fraction is. */
  #isCleanElse(view: DataView, at: number): boolean {
    const captured = this.captured(view, at);
    return (
      captured <= this.original(view, at) &&
      captured <= this.#snapLength &&
      captured <= this.largest &&
      view.getUint32(at + SECONDS, this.#littleEndian) !== 0
    );
  }

  /**
   * Why the header cannot be one; null if a careless writer may have written it: longer than the snap length or
   * the packet (seen in files of packet editors), nanoseconds under a microsecond magic number, a clock that was set, a
   * fraction of more than a second where all else is right.
   */
  refusal(view: DataView, at: number): string | null {
    const captured = this.captured(view, at);
    const original = this.original(view, at);
    const seconds = view.getUint32(at + SECONDS, this.#littleEndian);
    const fraction = view.getUint32(at + FRACTION, this.#littleEndian);
    if (captured > this.largest) return `captured length ${captured} is larger than ${this.largest}`;
    if (fraction >= NANOSECONDS && !this.#isCleanElse(view, at)) return tooLarge(fraction, this.fractions);
    if (captured === 0 && original === 0 && seconds === 0 && fraction === 0) return 'all of its header is 0';
    return null;
  }

  /** The field that makes a header doubtful, in words. */
  doubt(view: DataView, at: number): string {
    const captured = this.captured(view, at);
    const original = this.original(view, at);
    const fraction = view.getUint32(at + FRACTION, this.#littleEndian);
    if (captured > original) return `captured length ${captured} is larger than original length ${original}`;
    if (captured > this.#snapLength)
      return `captured length ${captured} is larger than snap length ${this.#snapLength}`;
    if (fraction >= this.fractions) return tooLarge(fraction, this.fractions);
    return `its time ${view.getUint32(at + SECONDS, this.#littleEndian)} s is far from that of the packet before`;
  }
}

/**
 * The time behind the full second, where a writer left a fraction that is none: up to two seconds, it forgot to carry
 * one; below zero, to borrow one; and nanoseconds among microseconds are nanoseconds. Of any other the packet lies
 * within its second, which is all that can be known.
 */
export function oddFraction(fraction: number, fractions: number): Duration {
  const tick = SECOND / fractions;
  if (fraction < 2 * fractions) return fraction * tick;
  if (fraction >= WRAP - fractions) return (fraction - WRAP) * tick;
  return fraction < NANOSECONDS ? Math.floor(fraction / tick) * tick : SECOND - tick;
}

/** What is told of it: `fraction of a second 1000003 is not less than 1000000; taken for 1.000003 s`. */
export function toldFraction(fraction: number, fractions: number): string {
  return `${tooLarge(fraction, fractions)}; taken for ${formatDuration(oddFraction(fraction, fractions))} s`;
}

function tooLarge(fraction: number, fractions: number): string {
  return `fraction of a second ${fraction} is not less than ${fractions}`;
}

/** `packet record at byte 8123: …` */
export function atRecord(position: number, what: string): string {
  return `packet record at byte ${position}: ${what}`;
}

/** The file ends inside a record of which `there` bytes exist. */
export function cutRecord(position: number, there: number, length: number): string {
  return atRecord(position, `the file ends ${there} bytes into its ${length}`);
}

/** The file ends inside a record's header. */
export function cutRecordHeader(position: number, there: number, headerLength: number): string {
  return atRecord(position, `the file ends ${there} bytes into its ${headerLength}-byte header`);
}
