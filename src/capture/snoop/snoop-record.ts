import { MICROSECOND, SECOND } from '../../base/time.js';
import type { CaptureClock } from '../capture-log.js';
import { type FileRecord, type RecordLayout, UNKNOWN_LINK_TYPE } from '../record-framer.js';

/**
 * A record (RFC 1761 §3), all of it big-endian:
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                        Original Length                        |
 *    +---------------------------------------------------------------+
 *  4 |                        Included Length                        |
 *    +---------------------------------------------------------------+
 *  8 |                      Packet Record Length                     |
 *    +---------------------------------------------------------------+
 * 12 |                        Cumulative Drops                       |
 *    +---------------------------------------------------------------+
 * 16 |                       Timestamp Seconds                       |
 *    +---------------------------------------------------------------+
 * 20 |                    Timestamp Microseconds                     |
 *    +---------------------------------------------------------------+
 * 24 /                          Packet Data, padded                  /
 *    +---------------------------------------------------------------+
 */
const ORIGINAL = 0;
const INCLUDED = 4;
const RECORD_LENGTH = 8;
const SECONDS = 16;
const MICROSECONDS = 20;
const DATA = 24;

const MICROSECONDS_OF_A_SECOND = 1e6;

/** LINKTYPE_ numbers of the data link types (RFC 1761 §4 and IANA's list) that have one. */
const linkTypes: ReadonlyMap<number, number> = new Map([
  [0, 1], // IEEE 802.3
  [2, 6], // token ring
  [4, 1], // Ethernet
  [8, 10], // FDDI
]);

export class SnoopLayout implements RecordLayout {
  readonly name = 'snoop record';
  readonly headerLength = DATA;
  readonly digits = 6;
  readonly end = Infinity;
  readonly #linkType: number;
  readonly #clock: CaptureClock;

  constructor(link: number, clock: CaptureClock) {
    this.#linkType = linkTypes.get(link) ?? UNKNOWN_LINK_TYPE;
    this.#clock = clock;
  }

  readLengths(view: DataView, at: number, record: FileRecord): string | null {
    record.original = view.getUint32(at + ORIGINAL);
    record.captured = view.getUint32(at + INCLUDED);
    record.length = view.getUint32(at + RECORD_LENGTH);
    record.packet = DATA;
    const fraction = view.getUint32(at + MICROSECONDS);
    return fraction < MICROSECONDS_OF_A_SECOND
      ? null
      : `fraction of a second ${fraction} is not less than ${MICROSECONDS_OF_A_SECOND}`;
  }

  readRest(view: DataView, at: number, record: FileRecord): void {
    const seconds = view.getUint32(at + SECONDS);
    if (!this.#clock.known) this.#clock.begin(seconds);
    record.time = (seconds - this.#clock.epoch) * SECOND + view.getUint32(at + MICROSECONDS) * MICROSECOND;
    record.linkType = this.#linkType;
  }
}
