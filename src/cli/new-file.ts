import {
  accessSync, chmodSync, chownSync, closeSync, constants, copyFileSync, fstatSync, lstatSync, mkdtempSync, openSync,
  readlinkSync, realpathSync, renameSync, rmSync, statSync, writeSync, type BigIntStats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { atEveryEnd } from '../base/removal.js';
import { CommandError } from './failure.js';

/** A file that the command reads, which it must not replace: a capture, or what else `as` says. */
export type ReadFile = string | { readonly path: string; readonly as: string };

export interface NewFileOptions {
  /** Whether a file that is there already may be replaced. */
  readonly replace: boolean;
  /**
   * Whether only its owner may read it, as what holds packets. A report has the rights of the file before it, or those
   * of any new file.
   */
  readonly secret?: boolean;
}

/** Links that are followed to a file that is not there, before they count as a circle. */
const MOST_LINKS = 40;

/**
 * A file that is there when it is whole: written under another name beside it, then renamed. Until `keep` an earlier
 * one stays as it is, whatever ends the work. What the command reads is never replaced, under no name. Pipes and
 * devices are written to as they are.
 */
export class NewFile {
  readonly #path: string;
  readonly #named: string;
  readonly #secret: boolean;
  readonly #before: BigIntStats | undefined;
  /** Null for a pipe or a device. */
  #part: { readonly path: string; readonly folder: string | null } | null = null;
  #descriptor: number | null = null;
  #stay: () => void = () => {};

  /**
   * Tells at once what would be told after the work.
   *
   * @throws CommandError with a way forward
   */
  constructor(path: string, inputs: readonly ReadFile[], { replace, secret = false }: NewFileOptions) {
    refuseInputs(path, inputs);
    this.#named = path;
    this.#secret = secret;
    this.#before = inWords(path, () => statSync(path, { bigint: true, throwIfNoEntry: false }));
    if (this.#before?.isDirectory() === true)
      throw new CommandError(`${path} is a folder; name a file in it: -o ${join(path, 'NAME')}`);
    if (this.#before !== undefined && !replace) {
      throw new CommandError(
        this.#before.isFile() ? `${path} exists; --force replaces it` : `${path} is no file that can be replaced`,
      );
    }
    this.#path = this.#before === undefined ? behindLinks(path) : realpathSync(path);
    // A descriptor of this process (/dev/stdout) has a place in no folder, even where it leads to a file.
    const isWrittenInPlace =
      (this.#before !== undefined && !this.#before.isFile()) ||
      /^\/(dev\/(stdin|stdout|stderr|fd\/)|proc\/)/.test(resolve(path));
    if (isWrittenInPlace) this.#descriptor = inWords(path, () => openSync(path, 'w'));
    else this.#begin();
  }

  /** Whether there was a file of this name before. */
  get replaces(): boolean {
    return this.#before?.isFile() === true;
  }

  write(bytes: Uint8Array): void {
    if (this.#descriptor === null) throw new Error('NewFile.write: it is closed');
    const descriptor = this.#descriptor;
    for (let done = 0; done < bytes.length; ) done += inWords(this.#named, () => writeSync(descriptor, bytes, done));
  }

  /** Puts the whole file in its place. `inputs`: the files that were read in the end, of folders too. */
  keep(inputs: readonly ReadFile[] = []): void {
    refuseInputs(this.#path, inputs);
    const part = this.#part;
    this.#close();
    if (part === null) return;
    inWords(this.#named, () => this.#replace(part.path));
    this.#remove();
  }

  /** Removes what is not whole; nothing happens behind `keep`. */
  drop(): void {
    this.#close();
    this.#remove();
  }

  #begin(): void {
    const mode = this.#secret ? 0o600 : 0o666;
    const name = `.lastack-${process.pid}-${Math.random().toString(36).slice(2, 10)}.part`;
    const open = (at: string, folder: string | null): void => {
      this.#part = { path: join(at, name), folder };
      this.#descriptor = openSync(this.#part.path, 'wx', mode);
    };
    // Before there is anything to remove: a signal may come at once.
    this.#stay = atEveryEnd(() => this.#remove());
    try {
      inWords(this.#named, () => {
        try {
          open(dirname(this.#path), null);
        } catch (error) {
          if (!this.#isWritable()) throw error;
          // A file that may be written in a folder that may not: it is made elsewhere, and copied once it is whole.
          const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
          open(folder, folder);
        }
      });
    } catch (error) {
      this.#remove();
      throw error;
    }
  }

  #isWritable(): boolean {
    if (this.#before === undefined) return false;
    try {
      accessSync(this.#path, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  #replace(part: string): void {
    if (!this.#secret && this.#before !== undefined) inheritRights(part, this.#before);
    try {
      renameSync(part, this.#path);
    } catch (error) {
      // A mount point is a file that can be written and not be replaced.
      if (!this.#isWritable()) throw error;
      copyFileSync(part, this.#path);
      if (this.#secret) chmodSync(this.#path, 0o600);
    }
  }

  #remove(): void {
    this.#stay();
    const part = this.#part;
    this.#part = null;
    if (part !== null) rmSync(part.folder ?? part.path, { force: true, recursive: part.folder !== null });
  }

  #close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Whether two paths lead to one file. `-` is stdin, which may have been redirected from a file. */
export function isSameFile(a: string, b: string): boolean {
  const [first, second] = [identity(a), identity(b)];
  return first !== null && first === second;
}

/** @throws CommandError where `path` is one of what the command reads */
function refuseInputs(path: string, inputs: readonly ReadFile[]): void {
  for (const input of inputs) {
    const { path: read, as } = typeof input === 'string' ? { path: input, as: 'the capture itself' } : input;
    if (isSameFile(read, path)) throw new CommandError(`${path} is ${as}; write to another file`);
  }
}

/** Device and inode; where a file system counts none, the path behind all links. Null for what is no file. */
function identity(path: string): string | null {
  try {
    const stats = path === '-' ? fstatSync(0, { bigint: true }) : statSync(path, { bigint: true });
    if (!stats.isFile()) return null;
    return stats.ino === 0n && path !== '-' ? realpathSync(path) : `${stats.dev} ${stats.ino}`;
  } catch {
    return null;
  }
}

/** Where a link leads that has no file behind it yet. */
function behindLinks(path: string): string {
  let at = path;
  for (
    let followed = 0;
    followed < MOST_LINKS && lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    followed++
  ) {
    at = resolve(dirname(at), readlinkSync(at));
  }
  return at;
}

/** The rights of the file that is replaced, and where it can be given, its owner. */
function inheritRights(path: string, { mode, uid, gid }: BigIntStats): void {
  try {
    const own = statSync(path, { bigint: true });
    if (own.uid !== uid || own.gid !== gid) chownSync(path, Number(uid), Number(gid));
    chmodSync(path, Number(mode & 0o777n));
  } catch {
    // A report is written even where its file cannot get the owner and the rights of the one before.
  }
}

/** Says what went wrong with the file, and what can be done, where the system has a code. */
function inWords<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const words =
      error instanceof Error && 'code' in error ? REASONS[String(error.code)]?.(path, dirname(path)) : undefined;
    throw words === undefined ? error : new CommandError(words, { cause: error });
  }
}

const REASONS: Readonly<Record<string, (path: string, folder: string) => string>> = {
  ENOENT: (path, folder) =>
    `${path} cannot be written: there is no folder ${folder}; make it with mkdir -p, or write elsewhere`,
  ENOTDIR: (path, folder) => `${path} cannot be written: ${folder} is no folder`,
  EACCES: (path) => `${path} cannot be written: no right to do so; write to a folder of your own`,
  EPERM: (path) => `${path} cannot be written: no right to do so; write to a folder of your own`,
  EROFS: (path) => `${path} cannot be written: its file system is read-only; write elsewhere`,
  ENOSPC: (path) => `${path} is not written: the disk is full (ENOSPC); make room, or write to another disk`,
  EDQUOT: (path) => `${path} is not written: your share of the disk is used up; make room, or write to another disk`,
  EFBIG: (path) => `${path} is not written: the file would be larger than is allowed here (ulimit -f)`,
  ENAMETOOLONG: (path) => `${basename(path).slice(0, 40)}… cannot be written: the name is too long`,
  ELOOP: (path) => `${path} cannot be written: it is a link that leads to itself`,
  EMFILE: (path) => `${path} cannot be written: too many open files (ulimit -n)`,
};
