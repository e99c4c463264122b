import type { CaptureSummary, Time } from './model.js';

/**
 * The end of the capture, to which all ages count that no end of a source cuts short (`Connection.observedUntil`); 0
 * where nothing was captured.
 */
export function endOf({ end, last }: Pick<CaptureSummary, 'end' | 'last'>): Time {
  return end ?? last ?? 0;
}
