import type { PacketBatch } from '../packet-batch.js';
import { noInterface } from './packet-data.js';
import type { Section } from './section.js';

/**
 * Simple Packet Block: of the section's first interface, without a time.
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                    Block Type = 0x00000003                    |
 *    +---------------------------------------------------------------+
 *  4 |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 *  8 |                    Original Packet Length                     |
 *    +---------------------------------------------------------------+
 * 12 /                          Packet Data                          /
 *    +---------------------------------------------------------------+
 *    |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 */
const ORIGINAL = 8;
const DATA = 12;
const TRAILER = 4;

/** Adds the packet to the batch. Answers why it cannot, null if it could. */
export function simplePacket(
  section: Section, view: DataView, at: number, length: number, position: number, batch: PacketBatch,
): string | null {
  if (length < DATA + TRAILER) return `block length ${length} is smaller than ${DATA + TRAILER}`;
  const source = section.interfaces[0];
  if (source === undefined) return noInterface(section, 0);
  const original = view.getUint32(at + ORIGINAL, section.littleEndian);
  const kept = source.snapLength === 0 ? original : Math.min(original, source.snapLength);
  const room = length - DATA - TRAILER;
  if (kept > room) return `packet length ${kept} does not fit into block length ${length}`;
  if (kept > source.largest) return `packet length ${kept} is larger than ${source.largest}`;

  const index = batch.count;
  batch.offset[index] = at + DATA;
  batch.captured[index] = kept;
  batch.original[index] = original;
  batch.time[index] = NaN;
  batch.linkType[index] = source.linkType;
  batch.interface[index] = source.index;
  batch.position[index] = position;
  batch.count = index + 1;
  return null;
}
