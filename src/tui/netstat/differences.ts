import type { Time } from '../../analysis.js';
import { EndpointSet } from './endpoint-set.js';
import type { StateIndex } from './state-index.js';

/** An endpoint that is in another state at one moment than at another one. */
export interface Difference {
  readonly endpoint: number;
  /** Rows of the index; NONE where it had or has no socket. */
  readonly was: number;
  readonly is: number;
}

/** The endpoints that are in another state at a moment than they were at another one, earlier or later; in no order. */
export function differences(index: StateIndex, was: Time, is: Time): Difference[] {
  const [earlier, later] = [Math.min(was, is), Math.max(was, is)];
  const found: Difference[] = [];
  const compare = (endpoint: number): void => {
    const [rowThen, rowNow] = [index.rowAt(endpoint, was), index.rowAt(endpoint, is)];
    if (rowThen !== rowNow) found.push({ endpoint, was: rowThen, is: rowNow });
  };
  const rows = index.around(earlier, later);
  // Between distant moments nearly every endpoint enters a state, most of them several.
  if (rows.length > index.endpoints) {
    for (let endpoint = 0; endpoint < index.endpoints; endpoint++) {
      if (index.born[endpoint]! <= later && index.closed[endpoint]! > earlier) compare(endpoint);
    }
    return found;
  }
  const seen = new EndpointSet(index.endpoints);
  for (const row of rows) {
    const endpoint = index.endpoint[row]!;
    const time = index.from[row]!;
    if (time <= earlier || time > later || seen.has(endpoint)) continue;
    seen.add(endpoint);
    compare(endpoint);
  }
  return found;
}
