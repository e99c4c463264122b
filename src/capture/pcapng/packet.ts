import type { PacketBatch } from '../packet-batch.js';
import { addTimedPacket } from './packet-data.js';
import type { Section } from './section.js';

/**
 * Packet Block, obsolete: old captures have it, and it differs from an Enhanced Packet Block in its third word only.
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                    Block Type = 0x00000002                    |
 *    +---------------------------------------------------------------+
 *  4 |                      Block Total Length                       |
 *    +-------------------------------+-------------------------------+
 *  8 |         Interface ID          |          Drops Count          |
 *    +-------------------------------+-------------------------------+
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

/** Adds the packet to the batch. Answers why it cannot, null if it could. */
export function obsoletePacket(
  section: Section, view: DataView, at: number, length: number, position: number, batch: PacketBatch,
): string | null {
  const id = view.getUint16(at + INTERFACE_ID, section.littleEndian);
  return addTimedPacket(section, id, view, at, length, position, batch);
}
