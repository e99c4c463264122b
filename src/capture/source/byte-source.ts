/** Where bytes come from: a file, a pipe, or a decompressor over one of them. */
export interface ByteSource {
  /** Bytes taken from disk or pipe so far: of compressed input, the compressed ones. */
  readonly taken: number;
  /** Why the bytes stopped before their end; null while nothing went wrong. */
  readonly fault: string | null;
  /**
   * Puts the next bytes at the front of `target` and answers how many; 0 is the end, of which `fault` may say more.
   * Waits only while there is none, so that a live pipe is read as it comes. Never rejects.
   */
  read(target: Uint8Array): Promise<number>;
  close(): void;
}

/** The words of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
