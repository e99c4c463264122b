import { openPooled } from '../inputs.js';
import { DiskSource } from '../source/disk-source.js';
import { Window } from '../window.js';

/**
 * Bytes handed to a decompressor at once: 16 KiB are as fast as 64 and, where they are corrupt, cost less to go through
 * again.
 */
export const CHUNK = 1 << 14;

/** A file on disk from its beginning. @throws Error where it cannot be read on */
export async function* chunksOf(path: string, source = new DiskSource(openPooled(path))): AsyncGenerator<Uint8Array> {
  try {
    yield* new Window(source).chunks(CHUNK);
  } finally {
    source.close();
  }
}
