import { closeSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { type ByteSource, reasonOf } from './byte-source.js';

/** Milliseconds of reading after which others have their turn: signals, keys, whoever shows the progress. */
const TURN = 8;

/**
 * Bytes of a file on disk, in order; closes its descriptor. For regular files only: a read of anything else may wait for ever, and
 * nothing would be heard meanwhile.
 *
 * Read by this thread itself: to hand a block to another thread and to wait for it takes longer than to copy it.
 */
export class DiskSource implements ByteSource {
  taken = 0;
  fault: string | null = null;
  #descriptor: number;
  #begin: number;
  #closed = false;
  #turn = performance.now();

  /** `begin`: byte offset from which on it is read. */
  constructor(descriptor: number, begin = 0) {
    this.#descriptor = descriptor;
    this.#begin = begin;
  }

  async read(target: Uint8Array): Promise<number> {
    if (performance.now() - this.#turn > TURN) {
      await setImmediate();
      this.#turn = performance.now();
    }
    if (this.#closed) return 0;
    try {
      const count = readSync(this.#descriptor, target, 0, target.length, this.#begin + this.taken);
      this.taken += count;
      return count;
    } catch (error) {
      this.fault = `cannot be read on: ${reasonOf(error)}`;
      return 0;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}
