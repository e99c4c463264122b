import type { Repeat } from './decompressor.js';

/**
 * Compressed bytes of a pipe that are kept to be gone through again; what is corrupt behind more of them is recovered a
 * piece less far.
 */
const MOST = 64 << 20;

/** What comes through a pipe, and what came so far once more. */
export class KeptChunks implements AsyncIterable<Uint8Array>, Repeat {
  readonly isLive = true;
  readonly #input: AsyncIterable<Uint8Array>;
  #kept: Uint8Array[] | null = [];
  #length = 0;

  /** `input`: chunks that stay as they are. */
  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#input) {
      this.#length += chunk.length;
      if (this.#length > MOST) this.#kept = null;
      this.#kept?.push(chunk);
      yield chunk;
    }
  }

  again(): AsyncIterable<Uint8Array> | null {
    return this.#kept === null ? null : each(this.#kept);
  }
}

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
