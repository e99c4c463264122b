import { availableParallelism } from 'node:os';

import { Pipeline } from './pipeline.js';
import { openCapture } from '../capture/capture.js';
import type { Capture } from '../capture/model.js';
import { Partition } from '../flow/partition.js';
import type { Analysis, AnalysisOptions } from './model.js';
import type { ThreadPool } from './threads/thread-pool.js';
import { refuseFullHeapNow } from '../base/heap.js';

/**
 * A snapshot folds every connection anew, so between two of them pass at least this many times what the last one took.
 */
const SNAPSHOT_SHARE = 4;

/** Bytes of captures below which a second thread has not yet begun when the first one is done. */
const WORTH_SHARING = 48e6;

/**
 * Threads that are used by default. Half of its cores, since each thread's compiler and collector want a core, too: on
 * two cores two threads take 3.4 s where one takes 3.0, and 5.6 s of processor time where it takes 3.6; a quarter of
 * the difference is compiling everything twice (Node 20.20). Four at most: the leader then only reads, and has more to
 * do than the others. Until 2 GB are followed takes 2.1 s of the busiest thread's time with one, 1.5 with two and 0.9
 * with four.
 */
const THREADS = Math.min(Math.max(availableParallelism() >> 1, 1), 4);

/**
 * Reads captures and tells how every connection in them ended.
 *
 * Aborted while it reads, it tells what it has read so far, and that this is not all (`capture.partial`).
 *
 * @param paths files, folders, or `-` for stdin
 * @throws CaptureError where nothing can be read, and the signal's reason where it is aborted before something was
 */
export async function analyze(paths: readonly string[], options: AnalysisOptions = {}): Promise<Analysis> {
  const { signal } = options;
  signal?.throwIfAborted();
  const capture = await openCapture(paths, options).catch((error: unknown) => {
    throw signal?.aborted === true ? signal.reason : error;
  });
  const threads = threadsFor(capture, options);
  try {
    return await (threads > 1 ? together(capture, options, new Partition(0, threads)) : alone(capture, options));
  } catch (error) {
    // Nobody got an analysis, so nothing of the capture is read again.
    capture.close();
    throw error;
  }
}

async function alone(capture: Capture, options: AnalysisOptions): Promise<Analysis> {
  const pipeline = new Pipeline(capture, options);
  const stop = showWhileReading(pipeline, options);
  try {
    for await (const batch of capture.batches()) {
      pipeline.feed(batch);
      refuseFullHeapNow();
    }
  } finally {
    stop();
  }
  pipeline.partial = options.signal?.aborted === true;
  return pipeline.analysis();
}

/** By several threads, of which this one has `partition`. */
async function together(capture: Capture, options: AnalysisOptions, partition: Partition): Promise<Analysis> {
  const { ThreadPool: Threads } = await import('./threads/thread-pool.js');
  const pool: ThreadPool = new Threads(options, partition);
  try {
    const pipeline = new Pipeline(capture, options, partition);
    for await (const batch of capture.batches()) await pool.follow(batch, pipeline);
    pool.finish(capture.end);
    pipeline.partial = options.signal?.aborted === true;
    return await pool.analysis(pipeline);
  } finally {
    await pool.dismiss();
  }
}

/**
 * A pipe is for one alone, and so is what is shown while it is read. What is compressed is decompressed no faster than
 * one thread follows it.
 */
function threadsFor({ size, files }: Capture, { jobs, onSnapshot, keepConnections }: AnalysisOptions): number {
  if (size === null || onSnapshot !== undefined || keepConnections !== undefined) return 1;
  if (jobs !== undefined) return jobs;
  return size < WORTH_SHARING || files.some(({ compression }) => compression !== null) ? 1 : THREADS;
}

/** Shows what is known from time to time, also while a pipe is silent. Answers how to stop it. */
function showWhileReading(pipeline: Pipeline, { onSnapshot, snapshotInterval = 1000 }: AnalysisOptions): () => void {
  if (!onSnapshot) return () => {};
  let shown = 0;
  let next = 0;
  const timer = setInterval(() => {
    const begin = performance.now();
    if (pipeline.packets === shown || begin < next) return;
    shown = pipeline.packets;
    onSnapshot(pipeline.analysis());
    next = performance.now() + (performance.now() - begin) * SNAPSHOT_SHARE;
  }, snapshotInterval);
  return () => clearInterval(timer);
}
