import type { Time } from '../../analysis/model.js';
import { EndpointSet } from './endpoint-set.js';
import type { StateIndex } from './state-index.js';

/**
 * Endpoints that are in another state at one moment than at another one, as columns: between distant moments it is
 * nearly all.
 */
export class Differences {
  count = 0;
  readonly endpoint: Uint32Array;
  /** Rows of the index; NO_SOCKET where it had or has no socket. */
  readonly was: Int32Array;
  readonly is: Int32Array;

  /** `capacity`: how many there may be at most. */
  constructor(capacity: number) {
    this.endpoint = new Uint32Array(capacity);
    this.was = new Int32Array(capacity);
    this.is = new Int32Array(capacity);
  }

  add(endpoint: number, was: number, is: number): void {
    this.endpoint[this.count] = endpoint;
    this.was[this.count] = was;
    this.is[this.count] = is;
    this.count += 1;
  }
}

/** The endpoints that are in another state at a moment than they were at another one, earlier or later; in no order. */
export function differences(index: StateIndex, was: Time, is: Time): Differences {
  const [earlier, later] = [Math.min(was, is), Math.max(was, is)];
  const rows = index.around(earlier, later);
  const found = new Differences(Math.min(rows.length, index.endpoints));
  const compare = (endpoint: number): void => {
    const rowThen = index.rowAt(endpoint, was);
    const rowNow = index.rowAt(endpoint, is);
    if (rowThen !== rowNow) found.add(endpoint, rowThen, rowNow);
  };
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
