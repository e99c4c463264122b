import { closeSync, read } from 'node:fs';

import { type ByteSource, reasonOf } from './byte-source.js';

/** Bytes of an open file, in order; closes its descriptor. */
export class FileSource implements ByteSource {
  taken = 0;
  fault: string | null = null;
  #descriptor: number | null;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#descriptor === null) return 0;
    try {
      const count = await readSome(this.#descriptor, target);
      this.taken += count;
      return count;
    } catch (error) {
      this.fault = `cannot be read on: ${reasonOf(error)}`;
      return 0;
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

function readSome(descriptor: number, target: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, target, 0, target.length, null, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
