import type { CaptureOptions, Capture } from './model.js';
import { CaptureLog } from './capture-log.js';
import { OpenedCapture } from './opened-capture.js';

export { CaptureError } from './capture-error.js';

/**
 * Opens captures: files, folders (every capture in them, not in folders below) and `-` for stdin, which is read where
 * it stands among them.
 *
 * A file among several that cannot be read is a `Damage`; if none can be read, the first one's `CaptureError` is
 * thrown.
 */
export function openCapture(paths: readonly string[], options: CaptureOptions = {}): Promise<Capture> {
  return openFurther(paths, new CaptureLog(), options);
}

/**
 * Opens a capture that goes on behind what was read before, of which `log` tells: frames, times, files and interfaces
 * go on, and `log` with them.
 */
export function openFurther(paths: readonly string[], log: CaptureLog, options: CaptureOptions = {}): Promise<Capture> {
  return OpenedCapture.open(paths, options, log);
}

/**
 * Opens once more what was read: the same files in the same order, so that frames and times are the same. A piped file
 * must have been spooled.
 */
export function reopenCapture(
  { files, clock }: Pick<Capture, 'files' | 'clock'>, options: CaptureOptions = {},
): Promise<Capture> {
  return OpenedCapture.reopen(files, clock.epoch, options);
}
