import { parentPort, workerData } from 'node:worker_threads';

import { openPooled } from '../inputs.js';
import { reasonOf } from '../source/byte-source.js';
import { DiskSource } from '../source/disk-source.js';
import { compressions } from './compression.js';
import { chunksOf } from './file-chunks.js';
import type { Task, Unpacked } from './unpacking.js';

// The thread of an `Unpacking`: decompresses a file, and hands over its bytes a block at a time, while the other thread
// looks for packets.

/**
 * Bytes of a block, which is handed over, and comes back when it has been read: memory that is new each time has to be
 * cleared.
 */
const BLOCK = 1 << 20;
/**
 * Blocks that the other thread has at once: it reads one, the others wait. While its code is still cold it reads slower
 * than this thread decompresses: with four, that takes 100 ms longer in all, and with more than these it takes no less
 * (Node 20.20).
 */
const AHEAD = 16;

const { path, compression } = workerData as Task;
const port = parentPort!;
let waiting = 0;
let resume = (): void => {};
const spare: Uint8Array<ArrayBuffer>[] = [];
port.on('message', (buffer: ArrayBuffer) => {
  spare.push(new Uint8Array(buffer));
  waiting--;
  resume();
});

const source = new DiskSource(openPooled(path));
let block = new Uint8Array(BLOCK);
let filled = 0;
let fault: string | null = null;
void unpack();

async function unpack(): Promise<void> {
  try {
    const decompress = await compressions.find(({ name }) => name === compression)!.load();
    for await (const chunk of decompress(chunksOf(path, source), { isLive: false, again: () => chunksOf(path) })) {
      for (let at = 0; at < chunk.length;) {
        const count = Math.min(chunk.length - at, BLOCK - filled);
        block.set(chunk.subarray(at, at + count), filled);
        at += count;
        filled += count;
        if (filled === BLOCK) {
          hand();
          await room();
        }
      }
    }
  } catch (error) {
    fault = reasonOf(error);
  }
  if (filled > 0) hand();
  say({ bytes: null, taken: source.taken, fault });
  port.close();
}

function hand(): void {
  say({ bytes: block.subarray(0, filled), taken: source.taken }, [block.buffer]);
  waiting++;
}

/** For another block, once the other thread has few enough. */
async function room(): Promise<void> {
  if (waiting >= AHEAD) {
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  }
  block = spare.pop() ?? new Uint8Array(BLOCK);
  filled = 0;
}

function say(unpacked: Unpacked, handedOver: ArrayBuffer[] = []): void {
  port.postMessage(unpacked, handedOver);
}
