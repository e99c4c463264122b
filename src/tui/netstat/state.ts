import type { Time } from '../../analysis/model.js';

/** The moment that the netstat panel shows. */
export interface NetstatState {
  /** Null follows the end of the capture, also while it grows. */
  readonly time: Time | null;
  /** The moment shown before, with which the sockets are compared. */
  readonly before: Time | null;
}

/** A step to another moment; one that leads nowhere leaves the comparison as it is. */
export function stepTo(state: NetstatState, shown: Time, time: Time): NetstatState {
  return time === shown ? state : { time, before: shown };
}
