import { closeSync, read } from 'node:fs';

import { type ByteSource, reasonOf } from './byte-source.js';

/** Bytes of an open file, in order; closes its descriptor. */
export class FileSource implements ByteSource {
  taken = 0;
  fault: string | null = null;
  #descriptor: number;
  #reads = 0;
  #closed = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#closed) return 0;
    this.#reads++;
    try {
      const count = await readSome(this.#descriptor, target);
      this.taken += count;
      return count;
    } catch (error) {
      this.fault = `cannot be read on: ${reasonOf(error)}`;
      return 0;
    } finally {
      this.#reads--;
      this.#closeWhenIdle();
    }
  }

  /**
   * Closes as soon as no read is under way. A descriptor closed under a read, which runs in another thread, may be
   * given to the next file that is opened: the read would then take that file's first bytes.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#closed && this.#reads === 0) closeSync(this.#descriptor);
  }
}

function readSome(descriptor: number, target: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, target, 0, target.length, null, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}
