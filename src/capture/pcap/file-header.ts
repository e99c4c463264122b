/**
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                          Magic Number                         |
 *    +-------------------------------+-------------------------------+
 *  4 |          Major Version        |         Minor Version         |
 *    +-------------------------------+-------------------------------+
 *  8 |                           Reserved1                           |
 *    +---------------------------------------------------------------+
 * 12 |                           Reserved2                           |
 *    +---------------------------------------------------------------+
 * 16 |                            SnapLen                            |
 *    +-------+-+---------------------+-------------------------------+
 * 20 |FCS len|f|      Reserved3      |            LinkType           |
 *    +-------+-+---------------------+-------------------------------+
 */
export const FILE_HEADER_LENGTH = 24;

const MAJOR_VERSION = 4;
const MINOR_VERSION = 6;
const SNAP_LENGTH = 16;
const LINK_TYPE = 20;
const LINK_TYPE_MASK = 0xffff;

/** What the magic number tells of the records. */
export interface Layout {
  /** Bytes before each packet. */
  readonly recordHeaderLength: number;
  /** Digits of the timestamp's fraction. */
  readonly digits: 6 | 9;
}

const STANDARD_MAGIC = 0xa1b2c3d4;

export const MAGICS: ReadonlyMap<number, Layout> = new Map([
  [STANDARD_MAGIC, { recordHeaderLength: 16, digits: 6 }],
  [0xa1b23c4d, { recordHeaderLength: 16, digits: 9 }],
  // Alexey Kuznetsov's "modified" format of old Linux systems: interface, protocol and direction behind each record
  // header.
  [0xa1b2cd34, { recordHeaderLength: 24, digits: 6 }],
]);

/**
 * Which of a record's lengths comes first. Version 2.3 put the captured one there, but some programs wrote that version
 * with the lengths where they had been (sf-pcap.c of libpcap).
 */
export type LengthOrder = 'captured first' | 'original first' | 'either';

export interface FileHeader extends Layout {
  readonly littleEndian: boolean;
  readonly lengths: LengthOrder;
  /** Bytes kept of each packet; 0 means no limit. */
  readonly snapLength: number;
  readonly linkType: number;
}

/** Major version of the tcpdump of DG/UX, which wrote the lengths as version 2.2 does. */
const DG_UX = 543;

/**
 * AIX writes nanoseconds under the magic number of microseconds, and the interface types of RFC 1573 for link types:
 * Ethernet, token ring and loopback. It is told by these in version 2.2, as Wireshark tells it (wiretap/libpcap.c). Its
 * FDDI frames have padding, and are not read.
 */
const AIX_LINK_TYPES: ReadonlyMap<number, number> = new Map([[6, 1], [9, 6], [24, 0]]);

/** The header at `offset`, whose magic number has been recognized. */
export function readFileHeader(view: DataView, offset: number): FileHeader {
  const littleEndian = MAGICS.has(view.getUint32(offset, true));
  const layout = MAGICS.get(view.getUint32(offset, littleEndian));
  if (layout === undefined) throw new Error('readFileHeader: not a pcap file header');
  const major = view.getUint16(offset + MAJOR_VERSION, littleEndian);
  const minor = view.getUint16(offset + MINOR_VERSION, littleEndian);
  const linkType = view.getUint32(offset + LINK_TYPE, littleEndian) & LINK_TYPE_MASK;
  const header: FileHeader = {
    ...layout,
    littleEndian,
    lengths: lengthOrder(major, minor),
    snapLength: view.getUint32(offset + SNAP_LENGTH, littleEndian),
    linkType,
  };
  const mayBeAix = major === 2 && minor === 2 && layout === MAGICS.get(STANDARD_MAGIC);
  const ofAix = mayBeAix ? AIX_LINK_TYPES.get(linkType) : undefined;
  return ofAix === undefined ? header : { ...header, linkType: ofAix, digits: 9 };
}

/** The order of both lengths in a record of this version, as libpcap takes it. */
export function lengthOrder(major: number, minor: number): LengthOrder {
  if (major === DG_UX || (major === 2 && minor < 3)) return 'original first';
  return major === 2 && minor === 3 ? 'either' : 'captured first';
}
