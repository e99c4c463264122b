import { analyze } from './analyze.js';
import type { Analysis, AnalysisOptions } from './model.js';

/**
 * Reads captures and tells again and again what is known so far: for pipes that go on and for large files.
 *
 * Yields an analysis about every `snapshotInterval` milliseconds in which packets came, and the complete one when
 * reading has ended. One that nobody was there to take is replaced by the next. Leaving the loop stops the reading.
 *
 * @param paths files, folders, or `-` for `options.stdin`
 * @throws CaptureError where nothing can be read, and the signal's reason where it is aborted before something was
 */
export async function* follow(
  paths: readonly string[], options: AnalysisOptions = {},
): AsyncGenerator<Analysis, void, undefined> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  let newest: Analysis | null = null;
  let ended = false;
  let wake: (() => void) | undefined;
  const onSnapshot = (snapshot: Analysis): void => {
    options.onSnapshot?.(snapshot);
    newest = snapshot;
    wake?.();
  };
  const reading = analyze(paths, { ...options, signal, onSnapshot }).finally(() => {
    ended = true;
    wake?.();
  });
  reading.catch(() => {}); // Told below; until then somebody must be there to hear it.
  const news = async (): Promise<Analysis | null> => {
    if (newest === null && !ended) await new Promise<void>((resolve) => (wake = resolve));
    const snapshot = newest;
    newest = null;
    return ended ? null : snapshot;
  };
  try {
    for (let snapshot = await news(); snapshot !== null; snapshot = await news()) yield snapshot;
    yield await reading;
  } finally {
    stop.abort();
    await reading.catch(() => {});
  }
}
