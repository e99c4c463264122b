import type { PacketBatch } from '../packet-batch.js';
import type { Section } from './section.js';

/** What Enhanced Packet Block and Packet Block have in common. */
const TIMESTAMP_HIGH = 12;
const TIMESTAMP_LOW = 16;
const CAPTURED = 20;
const ORIGINAL = 24;
const DATA = 28;
const TRAILER = 4;

/** Adds a packet of interface `id` to the batch. Answers why it cannot, null if it could. */
export function addTimedPacket(
  section: Section, id: number, view: DataView, at: number, length: number, position: number, batch: PacketBatch,
): string | null {
  if (length < DATA + TRAILER) return `block length ${length} is smaller than ${DATA + TRAILER}`;
  const source = section.interfaces[id];
  if (source === undefined) return noInterface(section, id);
  const { littleEndian } = section;
  const captured = view.getUint32(at + CAPTURED, littleEndian);
  if (captured > length - DATA - TRAILER) return `captured length ${captured} does not fit into block length ${length}`;
  if (captured > source.largest) return `captured length ${captured} is larger than ${source.largest}`;

  const index = batch.count;
  batch.offset[index] = at + DATA;
  batch.captured[index] = captured;
  batch.original[index] = view.getUint32(at + ORIGINAL, littleEndian);
  batch.time[index] = source.time(
    view.getUint32(at + TIMESTAMP_HIGH, littleEndian), view.getUint32(at + TIMESTAMP_LOW, littleEndian),
    section.file.log.clock,
  );
  batch.linkType[index] = source.linkType;
  batch.interface[index] = source.index;
  batch.position[index] = position;
  batch.count = index + 1;
  source.packets += 1;
  return null;
}

/** Why packets of interface `id` cannot be read. */
export function noInterface(section: Section, id: number): string {
  return `interface ${id} is not one of the ${section.interfaces.length} described before`;
}
