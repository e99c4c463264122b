import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';

import { startThread } from '../../base/thread.js';
import type { Compression } from './compression.js';

/** Compressed bytes of a file below which a thread would hardly have begun when the work is done. */
const WORTH_A_THREAD = 4 << 20;

/** Threads at once: one core is for whoever reads the packets. */
const MOST = Math.max(availableParallelism() - 1, 0);

/** What the thread is started with. */
export interface Task {
  readonly path: string;
  readonly compression: Compression['name'];
}

/**
 * A block of bytes, or the end: `fault` then says why there are no more, null where that is all. `taken`: compressed
 * bytes so far.
 */
export type Unpacked =
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly taken: number }
  | { readonly bytes: null; readonly taken: number; readonly fault: string | null };

let running = 0;

/** Decompresses a file on disk in a thread of its own, a few blocks ahead of who reads. */
export class Unpacking {
  /** Compressed bytes that were taken from the file so far. */
  taken = 0;
  private readonly worker: Worker;
  private readonly unread: Unpacked[] = [];
  private arrived = (): void => {};

  /**
   * Begins to unpack a file of `size` bytes; null where it is not worth a thread, or where there is none left for it.
   */
  static of(path: string, size: number, { name }: Compression): Unpacking | null {
    return size < WORTH_A_THREAD || running >= MOST ? null : new Unpacking({ path, compression: name });
  }

  private constructor(task: Task) {
    running++;
    this.worker = startThread(new URL('unpacker.js', import.meta.url), task);
    this.worker.on('message', (unpacked: Unpacked) => this.take(unpacked));
    this.worker.on('error', (error) => this.take({ bytes: null, taken: this.taken, fault: error.message }));
    this.worker.on('exit', () => {
      running--;
      this.take({ bytes: null, taken: this.taken, fault: 'was not decompressed to its end' });
    });
  }

  /**
   * The decompressed bytes; each chunk is good until the next one is asked for. @throws Error where the compressed ones
   * are cut or corrupt, after all that came before
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const unpacked = this.unread.shift() ?? (await this.next());
        this.taken = unpacked.taken;
        if (unpacked.bytes === null) {
          if (unpacked.fault !== null) throw new Error(unpacked.fault);
          return;
        }
        yield unpacked.bytes;
        // Whoever asks for the next one has copied this one: it is filled again.
        const { buffer } = unpacked.bytes;
        this.worker.postMessage(buffer, [buffer]);
      }
    } finally {
      this.close();
    }
  }

  /** Ends the thread, whatever it is at. */
  close(): void {
    void this.worker.terminate();
  }

  private take(unpacked: Unpacked): void {
    this.unread.push(unpacked);
    this.arrived();
  }

  private async next(): Promise<Unpacked> {
    await new Promise<void>((resolve) => {
      this.arrived = resolve;
    });
    return this.unread.shift()!;
  }
}
