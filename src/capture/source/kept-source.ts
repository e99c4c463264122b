import { closeSync, openSync, read } from 'node:fs';

import { type ByteSource, reasonOf } from './byte-source.js';

/** The files of a copy, one behind the other, as they are now: those that are removed meanwhile are read to their end. */
export class KeptSource implements ByteSource {
  taken = 0;
  fault: string | null = null;
  #prelude: Uint8Array;
  readonly #descriptors: number[];
  #position: number;
  #isReading = false;
  #isClosed = false;

  /** `prelude` stands before them; `skip`: bytes of the first one that are passed over. */
  constructor(prelude: Uint8Array, files: readonly { readonly path: string }[], skip: number) {
    this.#prelude = prelude;
    this.#position = skip;
    this.#descriptors = files.map(({ path }) => openSync(path, 'r'));
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#prelude.length > 0) {
      const count = Math.min(this.#prelude.length, target.length);
      target.set(this.#prelude.subarray(0, count));
      this.#prelude = this.#prelude.subarray(count);
      return count;
    }
    this.#isReading = true;
    try {
      return await this.#readFiles(target);
    } catch (error) {
      this.fault = `cannot be read on: ${reasonOf(error)}`;
      return 0;
    } finally {
      this.#isReading = false;
      if (this.#isClosed) this.close();
    }
  }

  /** As soon as no read is under way, which has its descriptor in another thread. */
  close(): void {
    this.#isClosed = true;
    if (!this.#isReading) for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor);
  }

  async #readFiles(target: Uint8Array): Promise<number> {
    for (;;) {
      const [descriptor] = this.#descriptors;
      if (descriptor === undefined || this.#isClosed) return 0;
      const count = await readAt(descriptor, target, this.#position);
      this.#position += count;
      this.taken += count;
      if (count > 0 || this.#descriptors.length === 1) return count;
      closeSync(this.#descriptors.shift()!);
      this.#position = 0;
    }
  }
}

function readAt(descriptor: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, target, 0, target.length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
