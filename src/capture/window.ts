import type { ByteSource } from './source/byte-source.js';

/**
 * Bytes asked from the source at once, unless said otherwise: large enough that awaiting costs nothing a packet, and
 * small enough to leave the processor's second cache to what is known of connections: with four times as many, which
 * fill it, all takes an eighth longer (Node 20.20).
 */
export const BLOCK = 1 << 18;

/**
 * The part of an input that lies in memory: one buffer, refilled in place.
 *
 * Bytes `start` to `end` of `bytes` are there to be read. Whoever reads moves `start` on, past `end` to pass over bytes
 * unseen.
 *
 * One buffer and not two: reading the next block while this one is looked through was measured to be no faster (Node
 * 20, file in the page cache), since the second buffer takes the cache that the first had filled.
 */
export class Window {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  start = 0;
  end = 0;
  /** Byte offset in the input of `bytes[0]`. */
  base = 0;
  /** True when the input holds nothing behind `end`. */
  ended = false;
  readonly source: ByteSource;

  /**
   * `memory`: where the bytes are put, until there are more of them that belong together. Its length is what is asked
   * for at once.
   */
  constructor(source: ByteSource, memory = new Uint8Array(BLOCK)) {
    this.source = source;
    this.bytes = memory;
    this.view = new DataView(this.bytes.buffer);
  }

  /** Byte offset in the input of the next byte to be read. */
  get position(): number {
    return this.base + this.start;
  }

  /** Bytes there to be read; below 0 while bytes are being passed over. */
  get available(): number {
    return this.end - this.start;
  }

  /**
   * Moves what is unread to the front and reads on, until `need` bytes are available or the input has ended.
   * The buffer grows with the bytes that are there, never with a length that a file only claims.
   */
  async fill(need: number): Promise<void> {
    this.#moveToFront();
    while (this.available < need && !this.ended) {
      if (this.end === this.bytes.length) this.#grow();
      const count = await this.source.read(this.bytes.subarray(this.end));
      if (count === 0) this.ended = true;
      this.end += count;
      if (this.start >= this.end) this.#moveToFront();
    }
  }

  /**
   * The rest of the input in chunks that stay as they are, for a decompressor that reads ahead. Throws where the source
   * has a fault.
   */
  async *chunks(size: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      // One copy of all that is there: one of each chunk leaves thousands to the collector, 20 MB at the peak.
      const own = this.bytes.slice(this.start, Math.max(this.start, this.end));
      this.start += own.length;
      for (let at = 0; at < own.length; at += size) yield own.subarray(at, at + size);
      if (this.ended) break;
      await this.fill(1);
    }
    if (this.source.fault !== null) throw new Error(this.source.fault);
  }

  /** Goes on in other memory, at least as large. No `fill` may be under way. */
  moveTo(memory: Uint8Array<ArrayBuffer>): void {
    memory.set(this.bytes.subarray(0, this.end));
    this.bytes = memory;
    this.view = new DataView(memory.buffer);
  }

  #moveToFront(): void {
    const unseen = Math.min(this.start, this.end);
    this.bytes.copyWithin(0, unseen, this.end);
    this.base += unseen;
    this.start -= unseen;
    this.end -= unseen;
  }

  #grow(): void {
    this.moveTo(new Uint8Array(this.bytes.length * 2));
  }
}
