import type { Analysis } from '../analysis/model.js';
import { type Populations, populationTally } from '../overview/populations.js';
import { type ServiceOverview, serviceTally } from '../overview/services.js';
import { StateIndex } from './netstat/state-index.js';

/** What screens show of all connections together. */
export interface Scan {
  readonly analysis: Analysis;
  /** Worst first. */
  readonly services: readonly ServiceOverview[];
  readonly populations: Populations;
  readonly index: StateIndex;
}

/** Milliseconds that the scan may hold the keys up. */
const SLICE = 8;

/** Moments of the populations: two for each column of a chart that fills a wide terminal. */
const MOMENTS = 480;

/**
 * Goes over all connections once, slice by slice, so that keys are answered in between: folding one takes some
 * microseconds, and there may be a million. `done` is called with the result, never after `signal` is aborted.
 */
export function scan(analysis: Analysis, done: (scan: Scan) => void, signal: AbortSignal): void {
  const services = serviceTally(analysis);
  const populations = populationTally(analysis, { moments: MOMENTS });
  const index = new StateIndex(analysis);
  const connections = analysis.connections();
  let areAllIn = false;
  const slice = (): void => {
    if (signal.aborted) return;
    const until = performance.now() + SLICE;
    while (performance.now() < until) {
      if (areAllIn) {
        if (!index.arrange()) continue;
        done({ analysis, services: services.result(), populations: populations.result(), index });
        return;
      }
      const { value: connection, done: isDone } = connections.next();
      if (isDone === true) {
        areAllIn = true;
        continue;
      }
      services.add(connection);
      populations.add(connection);
      index.add(connection);
    }
    setImmediate(slice);
  };
  slice();
}
