import { endOf } from '../../analysis/capture-end.js';
import type { Address, Analysis, Connection, State, Time } from '../../analysis/model.js';
import { LIVING_STATES } from '../../overview/overview.js';
import { socketAddress } from '../../report/quantities.js';
import { lowerBound } from '../../base/lower-bound.js';
import { SECOND } from '../../base/time.js';
import { wholeFrom } from '../forgotten.js';
import { TimeOrder } from './time-order.js';

/** Places of the states in the column `state`. */
export const STATES: readonly State[] = [...LIVING_STATES, 'CLOSED'];

export const CLOSED = STATES.indexOf('CLOSED');

/** In place of a row: the endpoint has no socket. */
export const NO_SOCKET = -1;

const FIRST_CAPACITY = 4096;

/**
 * Every state that any endpoint entered, as columns: what a moving moment needs, without judging all connections again.
 *
 * Rows of one endpoint follow each other in order of time; a row lasts until the next of the same endpoint.
 */
export class StateIndex {
  /** Rows in use; the columns beyond are empty. */
  count = 0;
  /** Place of its connection * 2, and 1 more for the server. */
  endpoint = new Uint32Array(FIRST_CAPACITY);
  /** Place in `STATES`. */
  state = new Uint8Array(FIRST_CAPACITY);
  /** When it was entered. */
  from = new Float64Array(FIRST_CAPACITY);
  /** By endpoint: its first row, when it was entered, and when the endpoint was CLOSED; Infinity where it never was. */
  begin = new Uint32Array(FIRST_CAPACITY);
  born = new Float64Array(FIRST_CAPACITY).fill(Infinity);
  closed = new Float64Array(FIRST_CAPACITY).fill(Infinity);
  /** Endpoints known: two for each connection. */
  endpoints = 0;
  /**
   * By place of a connection: its id, ascending, for a view and a long watch have some connections only; and its place
   * in `services`.
   */
  ids = new Uint32Array(FIRST_CAPACITY / 2);
  service = new Uint32Array(FIRST_CAPACITY / 2);
  readonly services: Address[] = [];
  /** When each finding began, in order of time. */
  readonly findings: Float64Array;
  readonly #numbers = new Map<string, number>();
  readonly #first: Time;
  readonly #last: Time;
  #order: TimeOrder | null = null;

  constructor({ findings, capture }: Analysis) {
    this.findings = Float64Array.from(findings, ({ start }) => start).sort();
    this.#first = capture.first ?? 0;
    this.#last = endOf(capture);
  }

  /** Takes in the next connection, in order of their ids. */
  add(connection: Connection): void {
    const { id, server, states } = connection;
    const place = this.endpoints / 2;
    if (place === this.service.length) this.#growConnections();
    this.ids[place] = id;
    this.service[place] = this.#numberOf(server);
    this.endpoints = place * 2 + 2;
    for (const [side, entries] of [[0, states.client], [1, states.server]] as const) {
      const endpoint = place * 2 + side;
      const begin = this.count;
      for (const { state, time } of entries) {
        // A timer that runs beyond the capture's end belongs to no moment of it.
        if (time <= this.#last)
          this.#push(
            endpoint, STATES.indexOf(state), this.count === begin ? time : Math.max(time, this.from[this.count - 1]!),
          );
      }
      if (this.count === begin) continue;
      this.begin[endpoint] = begin;
      this.born[endpoint] = this.from[begin]!;
      if (this.state[this.count - 1] === CLOSED) this.closed[endpoint] = this.from[this.count - 1]!;
    }
  }

  /** `Connection.id` of an endpoint. */
  flowOf(endpoint: number): number {
    return this.ids[endpoint >> 1]!;
  }

  /** The endpoint of a side (0 client, 1 server) of a connection; NO_SOCKET where it has none here. */
  endpointOf(flow: number, side: number): number {
    const count = this.endpoints / 2;
    const place = lowerBound(count, (at) => this.ids[at]! < flow);
    return place < count && this.ids[place] === flow ? place * 2 + side : NO_SOCKET;
  }

  /**
   * After the last connection: makes the rows ready to be looked up by time, a piece with each call; true when that is
   * done.
   */
  arrange(): boolean {
    this.#order ??= new TimeOrder(this.from.subarray(0, this.count), this.#first, this.#last);
    return this.#order.advance();
  }

  /** The row that an endpoint is in at a moment; NO_SOCKET where it has no socket. */
  rowAt(endpoint: number, time: Time): number {
    const { begin, born, from, state, count } = this;
    if (!(born[endpoint]! <= time)) return NO_SOCKET;
    let row = begin[endpoint]!;
    while (row + 1 < count && this.endpoint[row + 1] === endpoint && from[row + 1]! <= time) row += 1;
    return state[row] === CLOSED ? NO_SOCKET : row;
  }

  /** All rows entered after one moment and until another, in no order, and some around them. Needs `arrange`. */
  around(after: Time, until: Time): Uint32Array {
    return this.#order!.around(after, until);
  }

  /**
   * When a state was entered next after `time`, or last before it; `time` itself where there is none. Needs `arrange`.
   */
  change(time: Time, direction: 1 | -1): Time {
    return this.#order!.nearest(time, direction);
  }

  /** When the next finding begins, or the one before. */
  finding(time: Time, direction: 1 | -1): Time {
    return nearest(this.findings, time, direction);
  }

  #numberOf(service: Address): number {
    const name = socketAddress(service);
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.services.push(service) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  #growConnections(): void {
    const connections = this.service.length * 2;
    this.ids = grown(this.ids, new Uint32Array(connections));
    this.service = grown(this.service, new Uint32Array(connections));
    this.begin = grown(this.begin, new Uint32Array(connections * 2));
    this.born = grown(this.born, new Float64Array(connections * 2).fill(Infinity));
    this.closed = grown(this.closed, new Float64Array(connections * 2).fill(Infinity));
  }

  #push(endpoint: number, state: number, time: Time): void {
    const row = this.count;
    if (row === this.from.length) {
      this.endpoint = grown(this.endpoint, new Uint32Array(row * 2));
      this.state = grown(this.state, new Uint8Array(row * 2));
      this.from = grown(this.from, new Float64Array(row * 2));
    }
    this.endpoint[row] = endpoint;
    this.state[row] = state;
    this.from[row] = time;
    this.count = row + 1;
  }
}

/** One pass: less than a millisecond over a hundred thousand findings. */
function nearest(times: Float64Array, time: Time, direction: 1 | -1): Time {
  let best = direction === 1 ? Infinity : -Infinity;
  for (let row = 0; row < times.length; row++) {
    const at = times[row]!;
    if (direction === 1 ? at > time && at < best : at < time && at > best) best = at;
  }
  return Number.isFinite(best) ? best : time;
}

function grown<Column extends { set(column: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

export type Step =
  'second-back' | 'second-on' | 'change-back' | 'change-on' | 'finding-back' | 'finding-on' | 'begin' | 'end';

/**
 * Where a step from `time` leads, within the capture and behind what is forgotten. Without an index only seconds can be
 * stepped.
 */
export function stepped(
  step: Step, time: Time, analysis: Pick<Analysis, 'capture' | 'forgotten'>, index: StateIndex | null,
): Time {
  const begin = wholeFrom(analysis) ?? 0;
  const end = endOf(analysis.capture);
  const targets: Readonly<Record<Step, () => Time>> = {
    'second-back': () => time - SECOND,
    'second-on': () => time + SECOND,
    'change-back': () => index?.change(time, -1) ?? time,
    'change-on': () => index?.change(time, 1) ?? time,
    'finding-back': () => index?.finding(time, -1) ?? time,
    'finding-on': () => index?.finding(time, 1) ?? time,
    'begin': () => begin,
    'end': () => end,
  };
  return Math.max(begin, Math.min(targets[step](), end));
}
