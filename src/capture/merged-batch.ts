import type { Time } from '../base/time.js';
import { PacketBatch } from './packet-batch.js';

/** Bytes of packets in a batch, unless one packet alone has more. */
const BLOCK = 1 << 20;

/** A batch of packets from several files, copied together. */
export class MergedBatch {
  readonly batch = new PacketBatch();
  #used = 0;

  constructor() {
    this.batch.file = -1;
    this.#hold(BLOCK);
  }

  /** Empties it for the next packets. */
  clear(): void {
    this.batch.count = 0;
    this.#used = 0;
  }

  /**
   * Copies the packet `from` of `source` and those behind it that are earlier than `limit`. Answers how many it had
   * room for.
   */
  add(source: PacketBatch, from: number, limit: Time): number {
    let next = from;
    do {
      if (!this.#copy(source, next)) break;
      next += 1;
    } while (next < source.count && !(source.time[next]! >= limit));
    return next - from;
  }

  #copy(source: PacketBatch, from: number): boolean {
    const { batch } = this;
    const to = batch.count;
    const captured = source.captured[from]!;
    if (to === batch.capacity) return false;
    if (this.#used + captured > batch.bytes.length) {
      if (to > 0) return false;
      this.#hold(captured);
    }
    const offset = source.offset[from]!;
    batch.bytes.set(source.bytes.subarray(offset, offset + captured), this.#used);
    batch.offset[to] = this.#used;
    batch.captured[to] = captured;
    batch.original[to] = source.original[from]!;
    batch.time[to] = source.time[from]!;
    batch.linkType[to] = source.linkType[from]!;
    batch.interface[to] = source.interface[from]!;
    batch.position[to] = source.position[from]!;
    batch.count = to + 1;
    this.#used += captured;
    return true;
  }

  #hold(size: number): void {
    this.batch.bytes = new Uint8Array(size);
    this.batch.view = new DataView(this.batch.bytes.buffer);
  }
}
