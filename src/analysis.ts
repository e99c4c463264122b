import { Analyzer } from './analyzer.js';
import { openCapture } from './capture/capture.js';
import type { Analysis, AnalysisOptions } from './model.js';

export * from './model.js';

/**
 * Reads captures and tells how every connection in them ended.
 *
 * @param paths files, folders, or `-` for stdin
 * @throws CaptureError where nothing can be read
 */
export async function analyze(paths: readonly string[], options: AnalysisOptions = {}): Promise<Analysis> {
  const capture = await openCapture(paths, options);
  const analyzer = new Analyzer(capture, options);
  const interval = options.snapshotInterval ?? 1000;
  let shown = performance.now();
  for await (const batch of capture.batches()) {
    analyzer.feed(batch);
    if (!options.onSnapshot || performance.now() - shown < interval) continue;
    options.onSnapshot(analyzer.analysis());
    shown = performance.now();
  }
  return analyzer.analysis();
}
