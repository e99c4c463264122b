import { randomInt } from 'node:crypto';
import { closeSync, fsync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const sync = promisify(fsync);

/** Bytes that are written at once: a row has a few hundred. */
const CHUNK = 1 << 20;

/** What a killed process may leave of a file. */
const HALF = /\.part-\d+$/;

/** Whether a file of this name was never finished. */
export function isHalf(name: string): boolean {
  return HALF.test(name);
}

/**
 * Files that are there whole or not at all, whatever happens: written beside their places, and put there when the
 * disk has them.
 */
export class WholeFiles {
  private readonly files: { readonly path: string; readonly part: string; readonly descriptor: number }[] = [];

  /** Writes a file beside its place, where no other writer of it, on whatever host, writes. */
  write(path: string, pieces: Iterable<Uint8Array | string>): void {
    const part = `${path}.part-${randomInt(2 ** 47)}`;
    const descriptor = openSync(part, 'w');
    this.files.push({ path, part, descriptor });
    let [held, size] = [[] as Uint8Array[], 0];
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      held.push(bytes);
      size += bytes.length;
      if (size < CHUNK) continue;
      writeAll(descriptor, held);
      [held, size] = [[], 0];
    }
    writeAll(descriptor, held);
  }

  /**
   * Puts all files in their places, in order, once the disk has all of them: together, which takes it hardly longer
   * than one.
   */
  async keep(): Promise<void> {
    await Promise.all(this.files.map(({ descriptor }) => sync(descriptor)));
    for (const { path, part, descriptor } of this.files.splice(0)) {
      closeSync(descriptor);
      renameSync(part, path);
    }
  }

  /** Removes what was not kept. */
  drop(): void {
    for (const { part, descriptor } of this.files.splice(0)) {
      closeSync(descriptor);
      rmSync(part, { force: true });
    }
  }
}

function writeAll(descriptor: number, pieces: readonly Uint8Array[]): void {
  const bytes = Buffer.concat(pieces);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
