import { MILLISECOND, SECOND, type Time } from '../../base/time.js';
import type { CaptureClock } from '../capture-log.js';
import { type FileRecord, type RecordLayout, UNKNOWN_LINK_TYPE } from '../record-framer.js';

/**
 * A frame, little-endian:
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |          Microseconds since the capture began (64 bits)       |
 *    +---------------------------------------------------------------+
 *  8 |                        Original Length                        |
 *    +---------------------------------------------------------------+
 * 12 |                        Captured Length                        |
 *    +---------------------------------------------------------------+
 * 16 /                          Frame Data                           /
 *    +-------------------------------+-------------------------------+
 *    |  Network (version 2.1 on)     |  Process (32 bits, 2.2 on) ...
 *    +-------------------------------+-------------------------------+
 *    | Time in 100 ns since 1601, UTC (64 bits), zone (8 bits): 2.3  ...
 *    +---------------------------------------------------------------+
 */
const SINCE_BEGIN = 0;
const ORIGINAL = 8;
const CAPTURED = 12;
const DATA = 16;

/** Bytes behind the data, by minor version. */
const TRAILER_LENGTHS = [0, 2, 6, 15] as const;
/** Place in these bytes where version 2.3 has its time. */
const TIME = 6;

/** 1970 in units of 100 ns since 1601. */
const UNIX_EPOCH = 116_444_736_000_000_000n;
const UNITS_A_SECOND = 10_000_000n;
const NANOSECONDS_A_UNIT = 100;
const UNITS_A_MICROSECOND = 10n;

/** Networks from here on are LINKTYPE_ numbers, … */
const LINK_TYPES = 0xe000;
const LINK_TYPES_END = 0xe07f;
/** … and from here on no packets at all, but tables that the format keeps among them. */
const TABLES = 0xfffb;

/** LINKTYPE_ numbers of the networks; 6 is 802.11 behind a header of its own. */
const linkTypes: ReadonlyMap<number, number> = new Map([
  [0, 1], // written for Ethernet by its VPN driver
  [1, 1],
  [2, 6],
  [3, 10],
  [7, 101],
  [8, 101],
  [9, 101],
]);
const WIRELESS = 6;
const IEEE_802_11 = 105;
/** Version 2 of that header and its length. */
const WIRELESS_LENGTH = 1;
const WIRELESS_HEAD = 3;

export interface NetmonFile {
  readonly minor: number;
  /** For frames without a trailer. */
  readonly network: number;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly end: number;
  readonly clock: CaptureClock;
}

export class NetmonLayout implements RecordLayout {
  readonly name = 'netmon frame';
  readonly headerLength = DATA;
  readonly digits: number;
  readonly end: number;
  readonly #file: NetmonFile;
  readonly #trailerLength: number;

  constructor(file: NetmonFile) {
    this.#file = file;
    this.end = file.end;
    this.#trailerLength = TRAILER_LENGTHS[Math.min(file.minor, TRAILER_LENGTHS.length - 1)]!;
    this.digits = this.#hasOwnTime ? 7 : 6;
  }

  readLengths(view: DataView, at: number, record: FileRecord): string | null {
    record.original = view.getUint32(at + ORIGINAL, true);
    record.captured = view.getUint32(at + CAPTURED, true);
    record.packet = DATA;
    record.length = DATA + record.captured + this.#trailerLength;
    return record.captured > record.original
      ? `captured length ${record.captured} is larger than original length ${record.original}`
      : null;
  }

  readRest(view: DataView, at: number, record: FileRecord): void {
    const trailer = at + DATA + record.captured;
    const network = this.#trailerLength === 0 ? this.#file.network : view.getUint16(trailer, true);
    record.linkType = network >= TABLES ? -1 : linkTypeOf(network);
    if (network === WIRELESS) unwrap(view, at, record);
    record.time = this.#hasOwnTime
      ? this.#ownTime(view.getBigUint64(trailer + TIME, true))
      : this.#timeSince(view.getBigUint64(at + SINCE_BEGIN, true));
  }

  get #hasOwnTime(): boolean {
    return this.#trailerLength === TRAILER_LENGTHS[3];
  }

  #ownTime(units: bigint): Time {
    const sinceEpoch = units - UNIX_EPOCH;
    const seconds = Number(sinceEpoch / UNITS_A_SECOND);
    return (seconds - this.#epoch(seconds)) * SECOND + Number(sinceEpoch % UNITS_A_SECOND) * NANOSECONDS_A_UNIT;
  }

  /** The microseconds may be negative in a way of their own: only ten times their number is a signed one. */
  #timeSince(microseconds: bigint): Time {
    const seconds = Math.floor(this.#file.began / 1000);
    const since = Number(BigInt.asIntN(64, microseconds * UNITS_A_MICROSECOND)) * NANOSECONDS_A_UNIT;
    return (seconds - this.#epoch(seconds)) * SECOND + (this.#file.began - seconds * 1000) * MILLISECOND + since;
  }

  #epoch(seconds: number): number {
    const { clock } = this.#file;
    if (!clock.known) clock.begin(seconds);
    return clock.epoch;
  }
}

function linkTypeOf(network: number): number {
  if (network >= LINK_TYPES && network <= LINK_TYPES_END) return network - LINK_TYPES;
  return linkTypes.get(network) ?? UNKNOWN_LINK_TYPE;
}

/** Takes the header of Network Monitor off a frame of 802.11. */
function unwrap(view: DataView, at: number, record: FileRecord): void {
  if (record.captured < WIRELESS_HEAD) return;
  const length = view.getUint16(at + DATA + WIRELESS_LENGTH, true);
  if (length > record.captured) return;
  record.linkType = IEEE_802_11;
  record.packet += length;
  record.captured -= length;
  record.original -= length;
}
