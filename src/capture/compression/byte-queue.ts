/** Chunks of any size, taken apart in pieces of the size that a decoder wants. */
export class ByteQueue {
  #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#chunks = input[Symbol.asyncIterator]();
  }

  async atEnd(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return true;
      this.#chunk = next.value;
    }
    return false;
  }

  /** The next `count` bytes; null if there are fewer. */
  async take(count: number): Promise<Uint8Array | null> {
    if (count <= this.#chunk.length) return this.#cut(count);
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (await this.atEnd()) return null;
      const piece = this.#cut(Math.min(count - filled, this.#chunk.length));
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }

  /** Passes over `count` bytes; false if there are fewer. */
  async skip(count: number): Promise<boolean> {
    for (let left = count; left > 0; ) {
      if (await this.atEnd()) return false;
      left -= this.#cut(Math.min(left, this.#chunk.length)).length;
    }
    return true;
  }

  #cut(count: number): Uint8Array {
    const piece = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(count);
    return piece;
  }
}
