import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type ByteSource, reasonOf } from './byte-source.js';

/** Ends of the process that no `exit` comes with: told to end, the terminal closed, Ctrl-C. */
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Keeps a private copy of a pipe on disk while it is read, so that it can be read again. */
export class SpooledSource implements ByteSource {
  /** The copy: byte for byte what the pipe held, in a folder that only its owner can enter. */
  readonly path: string;
  /** Why there is no whole copy; null while there is. */
  copyFault: string | null = null;
  #source: ByteSource;
  #folder: string;
  #descriptor: number | null;
  #room: number;
  #removeAtExit = (): void => this.remove();
  /** Where others listen they decide whether the process ends, and it does so by an exit. */
  #removeBySignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    this.remove();
    process.kill(process.pid, signal);
  };

  /** `limit`: bytes after which the copy ends. */
  constructor(source: ByteSource, limit = Infinity) {
    this.#source = source;
    this.#room = limit;
    this.#folder = mkdtempSync(join(tmpdir(), 'lastack-')); // mode 0700
    this.path = join(this.#folder, 'stdin');
    this.#descriptor = openSync(this.path, 'wx', 0o600);
    process.once('exit', this.#removeAtExit);
    // Before the others, of which those that listen once are gone when it is the next one's turn.
    for (const signal of SIGNALS) process.prependListener(signal, this.#removeBySignal);
  }

  get taken(): number {
    return this.#source.taken;
  }

  get fault(): string | null {
    return this.#source.fault;
  }

  async read(target: Uint8Array): Promise<number> {
    const count = await this.#source.read(target);
    if (this.#descriptor !== null) this.#copy(this.#descriptor, target.subarray(0, count));
    return count;
  }

  /** Closes the pipe; the copy stays until `remove`. */
  close(): void {
    this.#source.close();
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  remove(): void {
    process.off('exit', this.#removeAtExit);
    for (const signal of SIGNALS) process.off(signal, this.#removeBySignal);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #copy(descriptor: number, bytes: Uint8Array): void {
    const kept = bytes.subarray(0, this.#room);
    try {
      for (let done = 0; done < kept.length; ) done += writeSync(descriptor, kept, done);
      this.#room -= kept.length;
      if (kept.length < bytes.length) this.#end(descriptor, 'what comes from here on is not kept on disk: the copy has reached its limit');
    } catch (error) {
      this.#end(descriptor, `no copy is kept on disk: ${reasonOf(error)}`);
    }
  }

  #end(descriptor: number, fault: string): void {
    this.copyFault = fault;
    this.#descriptor = null;
    closeSync(descriptor);
  }
}
