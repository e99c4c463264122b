import { randomInt } from 'node:crypto';
import { closeSync, fsync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const sync = promisify(fsync);

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

  /** Begins a file beside its place, where no other writer of it, on whatever host, writes; answers who writes it. */
  begin(path: string): (bytes: Uint8Array) => void {
    const part = `${path}.part-${randomInt(2 ** 47)}`;
    const descriptor = openSync(part, 'w');
    this.files.push({ path, part, descriptor });
    return (bytes) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    };
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
