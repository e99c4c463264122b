import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

import { listInputs } from '../capture/inputs.js';

/** Milliseconds between two looks at a file. */
const LOOK = 500;
const BLOCK = 1 << 20;

/** What tells one state of files from another: their names, sizes and times. */
export function stateOf(paths: readonly string[]): string {
  return listInputs(paths)
    .map(({ path }) => {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stats === undefined
        ? `${path} is gone`
        : `${path} ${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs}`;
    })
    .join('\n');
}

/** Waits until files are no longer as `state` says. @throws the signal's reason where it is aborted before */
export async function changed(paths: readonly string[], state: string, signal: AbortSignal): Promise<void> {
  while (stateOf(paths) === state) await setTimeout(LOOK, undefined, { signal });
}

/**
 * The bytes of a file from its beginning on, and of what is written behind them: as a pipe that goes on. It ends where
 * the signal is aborted, and where the file has become another one: it is gone, shorter than before, or has got its
 * name from another.
 */
export function growing(path: string, signal: AbortSignal): Readable {
  return Readable.from(bytesOf(path, signal), { objectMode: false });
}

async function* bytesOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const { ino, dev } = await file.stat();
    for (let offset = 0; !signal.aborted;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(BLOCK), 0, BLOCK, offset);
      offset += bytesRead;
      if (bytesRead > 0) {
        yield buffer.subarray(0, bytesRead);
        continue;
      }
      const now = statSync(path, { throwIfNoEntry: false });
      if (now === undefined || now.ino !== ino || now.dev !== dev || now.size < offset) return;
      await setTimeout(LOOK, undefined, { signal }).catch(() => {});
    }
  } finally {
    await file.close();
  }
}
