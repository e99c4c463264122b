import { type ByteSource, reasonOf } from './byte-source.js';

/**
 * Bytes that come in chunks of somebody else's size: a stream, a decompressor. What the reader had no room for waits
 * here.
 */
export class ChunkSource implements ByteSource {
  fault: string | null = null;
  #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #below: { readonly taken: number };
  #close: () => void;

  /** `below` counts the bytes taken from disk or pipe; `close` ends it. */
  constructor(chunks: AsyncIterable<Uint8Array>, below: { readonly taken: number }, close: () => void) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#below = below;
    this.#close = close;
  }

  get taken(): number {
    return this.#below.taken;
  }

  async read(target: Uint8Array): Promise<number> {
    try {
      while (this.#chunk.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) return 0;
        this.#chunk = next.value;
      }
    } catch (error) {
      this.fault = reasonOf(error);
      return 0;
    }
    const count = Math.min(target.length, this.#chunk.length);
    target.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  close(): void {
    // A generator that waits for input answers `return` only when that input comes: it is told, not waited for.
    this.#chunks.return?.().catch(() => undefined);
    this.#close();
  }
}
