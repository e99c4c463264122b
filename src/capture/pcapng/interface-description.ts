import { readOptions } from './options.js';
import { Interface } from './interface.js';
import type { Section } from './section.js';
import { Resolution } from './timestamp.js';

/**
 * Interface Description Block:
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                    Block Type = 0x00000001                    |
 *    +---------------------------------------------------------------+
 *  4 |                      Block Total Length                       |
 *    +-------------------------------+-------------------------------+
 *  8 |           LinkType            |           Reserved            |
 *    +-------------------------------+-------------------------------+
 * 12 |                            SnapLen                            |
 *    +---------------------------------------------------------------+
 * 16 /                      Options (variable)                       /
 *    +---------------------------------------------------------------+
 *    |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 */
const LINK_TYPE = 8;
const SNAP_LENGTH = 12;
const OPTIONS = 16;
const TRAILER = 4;
const SMALLEST = OPTIONS + TRAILER;

const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;

/** if_tsresol of an interface that has none. */
const MICROSECONDS = 6;

/** Seconds, some thirty thousand years: beyond, the time would have more digits than a number holds. */
const LARGEST_OFFSET = 1n << 40n;

/** Bytes kept of a name: no system has longer ones, but an option may hold 64 KiB. */
const LONGEST_NAME = 256;

/** Adds the interface to its section. Answers what is wrong with the block, null if nothing. */
export function interfaceDescription(
  section: Section, bytes: Uint8Array, view: DataView, at: number, length: number,
): string | null {
  const { file, littleEndian } = section;
  if (length < SMALLEST) {
    section.refuse();
    return `block length ${length} is smaller than ${SMALLEST}`;
  }
  const linkType = view.getUint16(at + LINK_TYPE, littleEndian);
  const snapLength = view.getUint32(at + SNAP_LENGTH, littleEndian);
  let name = '';
  let unit = MICROSECONDS;
  let offset = 0n;
  let fault = readOptions(view, at + OPTIONS, at + length - TRAILER, littleEndian, (code, value, size) => {
    if (code === IF_NAME) name = text(bytes.subarray(value, value + Math.min(size, LONGEST_NAME)));
    if (code === IF_TSRESOL && size === 1) unit = view.getUint8(value);
    if (code === IF_TSOFFSET && size === 8) offset = view.getBigInt64(value, littleEndian);
  });
  if (offset < -LARGEST_OFFSET || offset > LARGEST_OFFSET) {
    fault ??= `if_tsoffset of ${offset} seconds is not believed`;
    offset = 0n;
  }
  const index = file.log.addInterface({ file: file.index, linkType, snapLength, resolution: unit, name });
  if (index < 0) {
    section.refuse();
    return 'it is one of more than 65536 interfaces; its packets are not read';
  }
  const resolution = new Resolution(unit);
  file.log.clock.refine(resolution.digits);
  section.interfaces.push(new Interface(index, linkType, snapLength, resolution, offset));
  return fault;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0+$/, '');
}
