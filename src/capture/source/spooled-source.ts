import type { ByteSource } from './byte-source.js';
import type { Spool } from './spool.js';

/** Copies what is read of a source. */
export class SpooledSource implements ByteSource {
  readonly #source: ByteSource;
  #spool: Spool | null;

  constructor(source: ByteSource, spool: Spool) {
    this.#source = source;
    this.#spool = spool;
  }

  get taken(): number {
    return this.#source.taken;
  }

  get fault(): string | null {
    return this.#source.fault;
  }

  async read(target: Uint8Array): Promise<number> {
    const count = await this.#source.read(target);
    this.#spool?.write(target.subarray(0, count));
    return count;
  }

  /**
   * The copy is to be one of `source`, which is made of what is read here: decompressed bytes can be read from any
   * packet on.
   */
  over(source: ByteSource): ByteSource {
    const spool = this.#spool;
    if (spool === null) return source;
    this.#spool = null;
    spool.empty();
    return new SpooledSource(source, spool);
  }

  close(): void {
    this.#source.close();
    this.#spool?.close();
  }
}
