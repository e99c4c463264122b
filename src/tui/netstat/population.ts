import type { Time } from '../../analysis/model.js';
import type { Differences } from './differences.js';
import { EndpointSet } from './endpoint-set.js';
import { NO_SOCKET, STATES, type StateIndex } from './state-index.js';

/**
 * The endpoints that have a socket at a moment, counted by service and state. Never changed, only moved to another one.
 */
export class Population {
  readonly time: Time;
  readonly endpoints: EndpointSet;
  readonly #index: StateIndex;
  /** Sockets by service, and of each by place in `STATES`. */
  readonly #counts: Int32Array;
  #states: number[] | null = null;

  private constructor(index: StateIndex, time: Time, endpoints: EndpointSet, counts: Int32Array) {
    this.#index = index;
    this.time = time;
    this.endpoints = endpoints;
    this.#counts = counts;
  }

  /** One pass over all endpoints: those not born yet and those closed already cost two look-ups each. */
  static at(index: StateIndex, time: Time): Population {
    const population = new Population(
      index, time, new EndpointSet(index.endpoints), new Int32Array(index.services.length * STATES.length),
    );
    for (let endpoint = 0; endpoint < index.endpoints; endpoint++) {
      if (!(index.born[endpoint]! <= time) || index.closed[endpoint]! <= time) continue;
      const row = index.rowAt(endpoint, time);
      if (row === NO_SOCKET) continue;
      population.endpoints.add(endpoint);
      population.#tally(endpoint, row, 1);
    }
    return population;
  }

  /** The population of another moment; `found` has all endpoints that differ there. */
  moved(time: Time, found: Differences): Population {
    const population = new Population(this.#index, time, this.endpoints.copy(), this.#counts.slice());
    for (let at = 0; at < found.count; at++) {
      const endpoint = found.endpoint[at]!;
      const was = found.was[at]!;
      const is = found.is[at]!;
      if (was !== NO_SOCKET) population.#tally(endpoint, was, -1);
      if (is !== NO_SOCKET) population.#tally(endpoint, is, 1);
      if (is === NO_SOCKET) population.endpoints.delete(endpoint);
      else population.endpoints.add(endpoint);
    }
    return population;
  }

  /** Sockets of a service, by its number in the index, in a state, by its place in `STATES`. */
  count(service: number, state: number): number {
    return this.#counts[service * STATES.length + state]!;
  }

  /** Sockets by place in `STATES`. */
  get states(): readonly number[] {
    if (this.#states === null) {
      this.#states = STATES.map(() => 0);
      for (let at = 0; at < this.#counts.length; at++) this.#states[at % STATES.length]! += this.#counts[at]!;
    }
    return this.#states;
  }

  #tally(endpoint: number, row: number, sign: 1 | -1): void {
    this.#counts[this.#index.service[endpoint >> 1]! * STATES.length + this.#index.state[row]!]! += sign;
  }
}
