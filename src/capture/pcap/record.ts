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
 */
export const SECONDS = 0;
export const FRACTION = 4;
export const CAPTURED = 8;
export const ORIGINAL = 12;

/** Seconds that records behind each other may lie apart before they are doubted: a day. */
export const NEAR = 86_400;

const NANOSECONDS = 1e9;

/** How far a record header can be believed. */
export class RecordRules {
  /** Fractions of a second in a second. */
  readonly fractions: number;
  readonly largest: number;
  readonly #littleEndian: boolean;
  readonly #snapLength: number;

  constructor({ littleEndian, snapLength, linkType, digits }: FileHeader) {
    this.#littleEndian = littleEndian;
    this.fractions = 10 ** digits;
    this.largest = largestPacket(linkType);
    this.#snapLength = snapLength === 0 ? this.largest : snapLength;
  }

  /** Whether every field is what a careful writer writes. */
  isClean(view: DataView, at: number): boolean {
    const captured = view.getUint32(at + CAPTURED, this.#littleEndian);
    return (
      captured <= view.getUint32(at + ORIGINAL, this.#littleEndian) &&
      captured <= this.#snapLength &&
      captured <= this.largest &&
      view.getUint32(at + FRACTION, this.#littleEndian) < this.fractions &&
      view.getUint32(at + SECONDS, this.#littleEndian) !== 0
    );
  }

  /**
   * Why the header cannot be one; null if a careless writer may have written it: longer than the snap length or
   * the packet (seen in files of packet editors), nanoseconds under a microsecond magic number, a clock that was set.
   */
  refusal(view: DataView, at: number): string | null {
    const captured = view.getUint32(at + CAPTURED, this.#littleEndian);
    const original = view.getUint32(at + ORIGINAL, this.#littleEndian);
    const seconds = view.getUint32(at + SECONDS, this.#littleEndian);
    const fraction = view.getUint32(at + FRACTION, this.#littleEndian);
    if (captured > this.largest) return `captured length ${captured} is larger than ${this.largest}`;
    if (fraction >= NANOSECONDS) return `fraction of a second ${fraction} is not less than ${this.fractions}`;
    if (captured === 0 && original === 0 && seconds === 0 && fraction === 0) return 'all of its header is 0';
    return null;
  }

  /** Which field made a header doubtful. */
  doubt(view: DataView, at: number): string {
    const captured = view.getUint32(at + CAPTURED, this.#littleEndian);
    const original = view.getUint32(at + ORIGINAL, this.#littleEndian);
    const fraction = view.getUint32(at + FRACTION, this.#littleEndian);
    if (captured > original) return `captured length ${captured} is larger than original length ${original}`;
    if (captured > this.#snapLength) return `captured length ${captured} is larger than snap length ${this.#snapLength}`;
    if (fraction >= this.fractions) return `fraction of a second ${fraction} is not less than ${this.fractions}`;
    return `its time ${view.getUint32(at + SECONDS, this.#littleEndian)} s is far from that of the packet before`;
  }
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
