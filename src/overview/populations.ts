import type { Address, Analysis, CaptureSummary, State, Time } from '../analysis/model.js';
import { ROLES, type Tally } from './tally.js';

/** States in which an endpoint has a socket. */
export type LivingState = Exclude<State, 'CLOSED'>;

export const LIVING_STATES = [
  'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'TIME-WAIT', 'CLOSE-WAIT',
  'LAST-ACK',
] as const satisfies readonly LivingState[];

/** How many endpoints were in each state, moment by moment. */
export interface Populations {
  /**
   * Evenly spaced, the capture's first and last included (the first of which nothing was forgotten, with
   * `keepConnections`); fewer than asked for where the capture is shorter than so many nanoseconds.
   */
  readonly moments: readonly Time[];
  /** A number for each moment. */
  readonly states: Readonly<Record<LivingState, readonly number[]>>;
}

export interface PopulationOptions {
  /** How many moments, at least 2. Default 120. */
  readonly moments?: number;
  /** Only endpoints of connections to this service. */
  readonly service?: Address;
}

/** Populations of states, both sides counted: what `Analysis.sockets` would count at each of the moments. */
export function populations(analysis: Analysis, options: PopulationOptions = {}): Populations {
  const tally = populationTally(analysis, options);
  for (const connection of analysis.connections()) tally.add(connection);
  return tally.result();
}

/**
 * Notes only where endpoints enter and leave a state; the numbers are running sums of that. The work so grows with the
 * number of state entries plus that of moments, not with their product.
 */
export function populationTally(
  { capture, forgotten }: Pick<Analysis, 'capture' | 'forgotten'>,
  { moments: wanted = 120, service }: PopulationOptions = {},
): Tally<Populations> {
  const moments = spread(capture, forgotten?.until ?? -Infinity, wanted);
  const changes = eachState(() => new Int32Array(moments.length + 1));
  const from = atOrAfter(moments);
  return {
    add({ server, states }) {
      if (service !== undefined && (server.port !== service.port || server.address !== service.address)) return;
      for (const role of ROLES) {
        const entries = states[role];
        // A later entry may bear an earlier time: of FINs that crossed, the order is the endpoint's and the times are
        // the tap's.
        let left = moments.length;
        for (let index = entries.length - 1; index >= 0; index--) {
          const { state, time } = entries[index]!;
          const entered = from(time);
          if (entered >= left) continue;
          if (state !== 'CLOSED') {
            changes[state][entered]! += 1;
            changes[state][left]! -= 1;
          }
          left = entered;
        }
      }
    },
    result() {
      const states = eachState((state) => {
        let number = 0;
        return Array.from(moments, (_, index) => (number += changes[state][index]!));
      });
      return { moments, states };
    },
  };
}

function eachState<T>(make: (state: LivingState) => T): Record<LivingState, T> {
  return Object.fromEntries(LIVING_STATES.map((state) => [state, make(state)])) as Record<LivingState, T>;
}

/** Not before `whole`, when connections lived that are no longer kept. */
function spread({ first: begin, last }: CaptureSummary, whole: Time, wanted: number): Time[] {
  if (begin === null || last === null) return [];
  const first = Math.max(begin, Math.min(whole, last));
  const count = Math.max(Math.min(Math.floor(wanted), last - first + 1), 1);
  if (count === 1) return [first];
  return Array.from({ length: count }, (_, index) => Math.round(first + ((last - first) * index) / (count - 1)));
}

/** Index of the first moment that is not before a time; `moments.length` where all are. */
function atOrAfter(moments: readonly Time[]): (time: Time) => number {
  const first = moments[0] ?? 0;
  const step = moments.length > 1 ? (moments.at(-1)! - first) / (moments.length - 1) : 1;
  return (time) => {
    let index = Math.min(Math.max(Math.ceil((time - first) / step), 0), moments.length);
    // The moments are whole nanoseconds, the division is not: it may miss by one.
    while (index > 0 && moments[index - 1]! >= time) index -= 1;
    while (index < moments.length && moments[index]! < time) index += 1;
    return index;
  };
}
