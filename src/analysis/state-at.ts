import type { StateEntry, Time } from './model.js';

/** The state that an endpoint was in at `time`: the last it had entered until then; undefined before its first. */
export function stateAt(entries: readonly StateEntry[], time: Time): StateEntry | undefined {
  return entries.findLast((entry) => entry.time <= time);
}
