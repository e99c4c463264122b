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

export const MAGICS: ReadonlyMap<number, Layout> = new Map([
  [0xa1b2c3d4, { recordHeaderLength: 16, digits: 6 }],
  [0xa1b23c4d, { recordHeaderLength: 16, digits: 9 }],
  // Alexey Kuznetsov's "modified" format of old Linux systems: interface, protocol and direction behind each record header.
  [0xa1b2cd34, { recordHeaderLength: 24, digits: 6 }],
]);

export interface FileHeader extends Layout {
  readonly littleEndian: boolean;
  /** Bytes kept of each packet; 0 means no limit. */
  readonly snapLength: number;
  readonly linkType: number;
}

/** The header at `offset`, whose magic number has been recognized. */
export function readFileHeader(view: DataView, offset: number): FileHeader {
  const littleEndian = MAGICS.has(view.getUint32(offset, true));
  const layout = MAGICS.get(view.getUint32(offset, littleEndian));
  if (layout === undefined) throw new Error('readFileHeader: not a pcap file header');
  return {
    ...layout,
    littleEndian,
    snapLength: view.getUint32(offset + SNAP_LENGTH, littleEndian),
    linkType: view.getUint32(offset + LINK_TYPE, littleEndian) & LINK_TYPE_MASK,
  };
}
