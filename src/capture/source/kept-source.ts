import { openSync } from 'node:fs';

import type { ByteSource } from './byte-source.js';
import { DiskSource } from './disk-source.js';

/**
 * The files of a copy, one behind the other, as they are now: those that are removed meanwhile are read to their end.
 */
export class KeptSource implements ByteSource {
  taken = 0;
  fault: string | null = null;
  #prelude: Uint8Array;
  readonly #files: DiskSource[];

  /** `prelude` stands before them; `skip`: bytes of the first one that are passed over. */
  constructor(prelude: Uint8Array, files: readonly { readonly path: string }[], skip: number) {
    this.#prelude = prelude;
    this.#files = files.map(({ path }, index) => new DiskSource(openSync(path, 'r'), index === 0 ? skip : 0));
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#prelude.length > 0) {
      const count = Math.min(this.#prelude.length, target.length);
      target.set(this.#prelude.subarray(0, count));
      this.#prelude = this.#prelude.subarray(count);
      return count;
    }
    for (;;) {
      const [file] = this.#files;
      if (file === undefined) return 0;
      const count = await file.read(target);
      this.taken += count;
      this.fault = file.fault;
      if (count > 0 || this.fault !== null || this.#files.length === 1) return count;
      file.close();
      if (this.#files[0] === file) this.#files.shift();
    }
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close();
  }
}
