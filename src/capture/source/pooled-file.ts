import { closeSync, fstatSync, openSync, statSync, type BigIntStats } from 'node:fs';

/**
 * Descriptors that files which are read by turns hold at once. The least limit that a system gives a process is 256
 * (macOS), and Node itself, threads, an output and the screen need some.
 */
const MOST = 64;

/** Files that hold a descriptor, the one whose turn was longest ago first. */
const holding = new Set<PooledFile>();

/**
 * A file that is read now and then, among any number of others: its descriptor is closed when too many are open, and
 * opened again when its turn comes.
 */
export class PooledFile {
  readonly path: string;
  /** Size, times and inode of the file when it was opened first. */
  readonly stats: BigIntStats;
  #descriptor: number | null;

  /** @throws Error of the system where it cannot be opened */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = opened(path);
    try {
      this.stats = fstatSync(this.#descriptor, { bigint: true });
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
    this.#hold();
  }

  /** What is different about the file by now, in words; null where it is as it was, or as `before` says. */
  changed(before: BigIntStats = this.stats): string | null {
    try {
      return difference(before, statSync(this.path, { bigint: true }));
    } catch {
      return 'it is gone';
    }
  }

  /**
   * Good until another file has its turn.
   *
   * @throws Error where it cannot be opened any more, or its name is another file's by now
   */
  get descriptor(): number {
    if (this.#descriptor === null) {
      const descriptor = opened(this.path);
      const { dev, ino } = fstatSync(descriptor, { bigint: true });
      if (dev !== this.stats.dev || ino !== this.stats.ino) {
        closeSync(descriptor);
        throw new Error('another file has its name by now');
      }
      this.#descriptor = descriptor;
    }
    this.#hold();
    return this.#descriptor;
  }

  close(): void {
    holding.delete(this);
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #hold(): void {
    holding.delete(this);
    holding.add(this);
    while (holding.size > MOST) giveUpOldest();
  }
}

/** Another inode is another file; another time or size are other bytes. */
function difference(before: BigIntStats, now: BigIntStats): string | null {
  if (before.dev !== now.dev || before.ino !== now.ino) return 'another file has its name by now';
  if (before.size !== now.size) return `it had ${before.size} bytes and has ${now.size}`;
  return before.mtimeNs === now.mtimeNs ? null : 'it was written to';
}

function giveUpOldest(): void {
  for (const file of holding) {
    file.close();
    return;
  }
}

/** Opens a file for reading, if need be with the descriptor of one that is not being read. */
export function opened(path: string): number {
  for (;;) {
    try {
      return openSync(path, 'r');
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
      if (!isFull || holding.size === 0) throw error;
      giveUpOldest();
    }
  }
}
