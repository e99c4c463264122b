import { Analyzer } from './analyzer.js';
import { openCapture } from './capture/capture.js';
import type { Analysis, AnalysisOptions } from './model.js';

export * from './model.js';

/** A snapshot folds every connection anew, so between two of them pass at least this many times what the last one took. */
const SNAPSHOT_SHARE = 4;

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
  const analyzer = new Analyzer(capture, options);
  const stop = showWhileReading(analyzer, options);
  try {
    for await (const batch of capture.batches()) analyzer.feed(batch);
  } finally {
    stop();
  }
  analyzer.partial = signal?.aborted === true;
  return analyzer.analysis();
}

/** Shows what is known from time to time, also while a pipe is silent. Answers how to stop it. */
function showWhileReading(analyzer: Analyzer, { onSnapshot, snapshotInterval = 1000 }: AnalysisOptions): () => void {
  if (!onSnapshot) return () => {};
  let shown = 0;
  let next = 0;
  const timer = setInterval(() => {
    const begin = performance.now();
    if (analyzer.packets === shown || begin < next) return;
    shown = analyzer.packets;
    onSnapshot(analyzer.analysis());
    next = performance.now() + (performance.now() - begin) * SNAPSHOT_SHARE;
  }, snapshotInterval);
  return () => clearInterval(timer);
}
