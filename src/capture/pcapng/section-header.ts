/**
 * Section Header Block:
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                   Block Type = 0x0A0D0D0A                     |
 *    +---------------------------------------------------------------+
 *  4 |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 *  8 |                      Byte-Order Magic                         |
 *    +-------------------------------+-------------------------------+
 * 12 |          Major Version        |         Minor Version         |
 *    +-------------------------------+-------------------------------+
 * 16 |                                                               |
 *    |                          Section Length                       |
 *    |                                                               |
 *    +---------------------------------------------------------------+
 * 24 /                      Options (variable)                       /
 *    +---------------------------------------------------------------+
 *    |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 */
const BYTE_ORDER = 8;
const MAJOR_VERSION = 12;
const MINOR_VERSION = 14;

const SMALLEST_SECTION_HEADER = 28;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Whether the section that begins at `at` is little endian; null if its magic says neither. */
export function littleEndianSection(view: DataView, at: number): boolean | null {
  if (view.getUint32(at + BYTE_ORDER, true) === BYTE_ORDER_MAGIC) return true;
  if (view.getUint32(at + BYTE_ORDER, false) === BYTE_ORDER_MAGIC) return false;
  return null;
}

/**
 * What is wrong with the header of a section that nevertheless is read; null if nothing. The section's length is not
 * needed to read it.
 */
export function sectionHeaderFault(view: DataView, at: number, length: number, littleEndian: boolean): string | null {
  if (length < SMALLEST_SECTION_HEADER) return `block length ${length} is smaller than ${SMALLEST_SECTION_HEADER}`;
  const major = view.getUint16(at + MAJOR_VERSION, littleEndian);
  const minor = view.getUint16(at + MINOR_VERSION, littleEndian);
  return major === 1 ? null : `version ${major}.${minor} is not known and is read as 1.0`;
}
