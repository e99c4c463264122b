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

/** Adds the packet to the batch. Answers why it cannot, null if it could. */
export function enhancedPacket(section: Section, view: DataView, at: number, length: number, position: number, batch: PacketBatch): string | null {
  const id = view.getUint32(at + INTERFACE_ID, section.littleEndian);
  return addTimedPacket(section, id, view, at, length, position, batch);
}
