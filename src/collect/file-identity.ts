import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A file that was collected: two of one name, size and sum are the same. */
export interface CollectedFile {
  /** Without its folder: the same file may be found in several places. */
  readonly name: string;
  readonly size: number;
  /** Of its beginning and its end, in hexadecimal. */
  readonly sum: string;
}

/** Bytes at the beginning and at the end of a file by which it is known. */
const ENDS = 1 << 16;

/** What tells a file from all others of its source. Not all of it is read. @throws where it cannot be read */
export function identityOf(path: string, name: string): CollectedFile {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(ENDS);
    const hash = createHash('sha256');
    for (const from of [0, Math.max(size - ENDS, 0)])
      hash.update(bytes.subarray(0, readSync(descriptor, bytes, 0, ENDS, from)));
    return { name, size, sum: hash.digest('hex').slice(0, 16) };
  } finally {
    closeSync(descriptor);
  }
}
