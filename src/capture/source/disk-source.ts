import { closeSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { type ByteSource, reasonOf } from './byte-source.js';
import type { PooledFile } from './pooled-file.js';

/** Seconds of reading after which others have their turn: signals, keys, whoever shows the progress. */
const TURN = 0.008;

/**
 * Bytes of a file on disk, in order; closes it. For regular files only: a read of anything else may wait for ever, and
 * nothing would be heard meanwhile.
 *
 * Read by this thread itself: to hand a block to another thread and to wait for it takes longer than to copy it.
 */
export class DiskSource implements ByteSource {
  taken = 0;
  fault: string | null = null;
  readonly #file: number | PooledFile;
  readonly #begin: number;
  #closed = false;
  #turn = process.uptime();

  /** `file`: a descriptor, or what has one when it needs it. `begin`: byte offset from which on it is read. */
  constructor(file: number | PooledFile, begin = 0) {
    this.#file = file;
    this.#begin = begin;
  }

  async read(target: Uint8Array): Promise<number> {
    if (process.uptime() - this.#turn > TURN) {
      await setImmediate();
      this.#turn = process.uptime();
    }
    if (this.#closed) return 0;
    try {
      const descriptor = typeof this.#file === 'number' ? this.#file : this.#file.descriptor;
      const count = readSync(descriptor, target, 0, target.length, this.#begin + this.taken);
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
    if (typeof this.#file === 'number') closeSync(this.#file);
    else this.#file.close();
  }
}
