import { openFile } from '../inputs.js';
import { DiskSource } from '../source/disk-source.js';

/** Bytes handed to a decompressor at once: 16 KiB are as fast as 64 and, where they are corrupt, cost less to go through again. */
export const CHUNK = 1 << 14;

/** Bytes read from the file at once. */
const BLOCK = 1 << 18;

/** A file on disk from its beginning, in chunks that stay as they are. @throws Error where it cannot be read on */
export async function* chunksOf(path: string, source = new DiskSource(openFile(path))): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const block = new Uint8Array(BLOCK);
      const count = await source.read(block);
      if (count === 0) break;
      for (let at = 0; at < count; at += CHUNK) yield block.subarray(at, Math.min(at + CHUNK, count));
    }
    if (source.fault !== null) throw new Error(source.fault);
  } finally {
    source.close();
  }
}
