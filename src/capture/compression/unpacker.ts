import { parentPort, workerData } from 'node:worker_threads';

import { reasonOf } from '../source/byte-source.js';
import { compressions } from './compression.js';
import { chunksOf } from './file-chunks.js';
import type { Task, Unpacked } from './unpacking.js';

// The thread of an `Unpacking`: decompresses a file, and hands over its bytes a block at a time, while the other thread looks for packets.

/** Bytes of a block, which are handed over without being copied again. */
const BLOCK = 1 << 20;
/** Blocks that may wait for the other thread. */
const AHEAD = 4;

const { path, compression } = workerData as Task;
const port = parentPort!;
let waiting = 0;
let resume = (): void => {};
port.on('message', () => {
  waiting--;
  resume();
});

let taken = 0;
let block = new Uint8Array(BLOCK);
let filled = 0;
try {
  const decompress = await compressions.find(({ name }) => name === compression)!.load();
  for await (const chunk of decompress(counted(chunksOf(path)), () => chunksOf(path))) {
    for (let at = 0; at < chunk.length;) {
      const count = Math.min(chunk.length - at, BLOCK - filled);
      block.set(chunk.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled === BLOCK) await hand();
    }
  }
  if (filled > 0) await hand();
  end(null);
} catch (error) {
  if (filled > 0) await hand();
  end(reasonOf(error));
}

async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    taken += chunk.length;
    yield chunk;
  }
}

async function hand(): Promise<void> {
  const unpacked: Unpacked = { bytes: block.subarray(0, filled), taken };
  port.postMessage(unpacked, [block.buffer]);
  block = new Uint8Array(BLOCK);
  filled = 0;
  waiting++;
  if (waiting < AHEAD) return;
  await new Promise<void>((resolve) => {
    resume = resolve;
  });
}

function end(fault: string | null): void {
  const unpacked: Unpacked = { bytes: null, taken, fault };
  port.postMessage(unpacked);
  port.close();
}
