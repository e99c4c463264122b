import type { PacketBatch } from '../capture/packet-batch.js';

/**
 * The packet in hand and how far it has been read: one object, refilled for every packet.
 *
 * All places are offsets into `view`. A header is read only after `has` was asked for its size.
 */
export class Packet {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the next layer begins; beyond `end` if the layer before was cut. */
  offset = 0;
  /** Where the bytes end that the capture holds. */
  end = 0;
  /** Where the packet ended on the wire: at `end` or, behind a snap length, beyond. */
  wireEnd = 0;

  /** Takes up packet `index` of `batch`. */
  take(batch: PacketBatch, index: number): void {
    const offset = batch.offset[index]!;
    const captured = batch.captured[index]!;
    const original = batch.original[index]!;
    this.view = batch.view;
    this.offset = offset;
    this.end = offset + captured;
    // A writer that claims less on the wire than it saved is wrong about the wire.
    this.wireEnd = offset + (original > captured ? original : captured);
  }

  /** Whether the capture holds `size` bytes of the next layer. */
  has(size: number): boolean {
    return this.end - this.offset >= size;
  }

  /** A header says that its payload ends at `place`: what lies behind is padding. An end beyond the frame is not believed. */
  endAt(place: number): void {
    if (place < this.wireEnd) this.wireEnd = place;
    if (place < this.end) this.end = place;
  }
}
