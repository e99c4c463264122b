import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { CommandError } from './failure.js';
import { isSameFile } from './output.js';

/**
 * A file that is there when it is whole: written under another name beside it, then renamed.
 * An existing one is kept unless `force` says otherwise; a capture that is read never is replaced, under no name.
 */
export class NewFile {
  readonly #path: string;
  readonly #part: string;
  #descriptor: number | null;

  /** Tells at once what would be told after the work. */
  constructor(path: string, captures: readonly string[], force: boolean) {
    refuseCaptures(path, captures);
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isFile()) throw new CommandError(`${path} is no file that can be replaced`);
    if (existing !== undefined && !force) throw new CommandError(`${path} exists; --force replaces it`);
    this.#path = existing === undefined ? path : realpathSync(path);
    this.#part = `${this.#path}.part-${process.pid}`;
    this.#descriptor = openSync(this.#part, 'wx');
  }

  write(bytes: Uint8Array): void {
    if (this.#descriptor === null) throw new Error('NewFile.write: it is closed');
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
  }

  /** Puts the whole file in its place. `captures`: the files that were read in the end, of folders too. */
  keep(captures: readonly string[]): void {
    refuseCaptures(this.#path, captures);
    this.#close();
    renameSync(this.#part, this.#path);
  }

  /** Removes what is not whole; nothing happens behind `keep`. */
  drop(): void {
    if (this.#descriptor === null) return;
    this.#close();
    rmSync(this.#part, { force: true });
  }

  #close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

function refuseCaptures(path: string, captures: readonly string[]): void {
  if (captures.some((capture) => isSameFile(capture, path))) throw new CommandError(`${path} is the capture itself; write to another file`);
}
