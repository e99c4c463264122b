/**
 * Bytes in, bytes out, each chunk good until the next one is asked for. Throws where the input is cut or corrupt, after
 * all that came before.
 */
export type Decompressor = (input: AsyncIterable<Uint8Array>, repeat: Repeat) => AsyncIterable<Uint8Array>;

/** The input of a decompressor once more: what is corrupt is gone through again in smaller pieces. */
export interface Repeat {
  /** Whether it comes as it is written: nothing may be held back until there is more. */
  readonly isLive: boolean;
  /** From its beginning up to what was taken so far, at least; null where that is no longer there. */
  again(): AsyncIterable<Uint8Array> | null;
}
