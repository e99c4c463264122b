import { basename } from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';

/**
 * Starts a program of ours in a thread: from its file, or out of the executable where all is one, and there are no
 * files.
 */
export function startThread(program: URL, workerData: unknown): Worker {
  return isSea()
    ? new Worker(getAsset(basename(program.pathname), 'utf8'), { eval: true, workerData })
    : new Worker(program, { workerData });
}
