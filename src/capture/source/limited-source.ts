import type { ByteSource } from './byte-source.js';

/**
 * Ends a source after `limit` bytes, with a fault if there would have been more: a pipe or a decompressor may never
 * end.
 */
export class LimitedSource implements ByteSource {
  #source: ByteSource;
  #limit: number;
  #left: number;
  #exceeded = false;

  constructor(source: ByteSource, limit: number) {
    this.#source = source;
    this.#limit = limit;
    this.#left = limit;
  }

  get taken(): number {
    return this.#source.taken;
  }

  get fault(): string | null {
    return this.#exceeded ? `input is longer than the limit of ${this.#limit} bytes` : this.#source.fault;
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#exceeded) return 0;
    // One byte more than allowed shows whether there is more.
    const count = await this.#source.read(target.subarray(0, this.#left + 1));
    this.#exceeded = count > this.#left;
    const kept = Math.min(count, this.#left);
    this.#left -= kept;
    return kept;
  }

  close(): void {
    this.#source.close();
  }
}
