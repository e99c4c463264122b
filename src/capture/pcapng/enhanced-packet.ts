import type { PacketBatch } from '../packet-batch.js';
import { addTimedPacket } from './packet-data.js';
import type { Section } from './section.js';

/**
 * Enhanced Packet Block:
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                    Block Type = 0x00000006                    |
 *    +---------------------------------------------------------------+
 *  4 |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 *  8 |                         Interface ID                          |
 *    +---------------------------------------------------------------+
 * 12 |                        Timestamp (High)                       |
 *    +---------------------------------------------------------------+
 * 16 |                        Timestamp (Low)                        |
 *    +---------------------------------------------------------------+
 * 20 |                    Captured Packet Length                     |
 *    +---------------------------------------------------------------+
 * 24 |                    Original Packet Length                     |
 *    +---------------------------------------------------------------+
 * 28 /                          Packet Data                          /
 *    +---------------------------------------------------------------+
 *    /                      Options (variable)                       /
 *    +---------------------------------------------------------------+
 *    |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 */
const INTERFACE_ID = 8;
const CAPTURED = 20;
const DATA = 28;
const TRAILER = 4;

/** Code and length of an option. */
const OPTION_HEAD = 4;
const EPB_DROPCOUNT = 4;
const END_OF_OPTIONS = 0;

/** Adds the packet to the batch. Answers why it cannot, null if it could. */
export function enhancedPacket(
  section: Section, view: DataView, at: number, length: number, position: number, batch: PacketBatch,
): string | null {
  const id = view.getUint32(at + INTERFACE_ID, section.littleEndian);
  const fault = addTimedPacket(section, id, view, at, length, position, batch);
  if (fault === null && length > DATA + TRAILER + OPTION_HEAD) noteDrops(section, id, view, at, length);
  return fault;
}

/** How many packets were lost between this one and the one before of its interface; most packets do not say. */
function noteDrops(section: Section, id: number, view: DataView, at: number, length: number): void {
  const { littleEndian, file } = section;
  const captured = view.getUint32(at + CAPTURED, littleEndian);
  const end = at + length - TRAILER;
  for (let next = at + DATA + captured + (-captured & 3); next + OPTION_HEAD <= end;) {
    const code = view.getUint16(next, littleEndian);
    const size = view.getUint16(next + 2, littleEndian);
    next += OPTION_HEAD;
    if (code === END_OF_OPTIONS || next + size > end) return;
    if (code === EPB_DROPCOUNT && size === 8) {
      const source = section.interfaces[id]!;
      source.dropped += Number(view.getBigUint64(next, littleEndian));
      if (source.dropped > 0) file.log.count(source.index, { droppedBetween: source.dropped });
    }
    next += size + (-size & 3);
  }
}
