import { MICROSECOND, type Duration, type Time } from '../base/time.js';

/** Moments that are remembered of each direction: of each part of the time the tightest. */
const PARTS = 2048;

/** Clocks of computers drift by less; NTP slews by no more than this (RFC 5905 §11.3: 500 parts per million). */
const MOST_DRIFT = 500e-6;

/** Timestamps of one tap may be out of order by this much: they are taken by several processors. */
export const JITTER: Duration = 50 * MICROSECOND;

/** A drift that is known no better than this is not told apart from none. */
const KNOWN_DRIFT = 100e-6;

/** Steps that are looked for: each halves a part of the time. */
const DEEPEST = 8;

/** The server's clock against the client's, over a part of the time. */
export interface ClockPiece {
  readonly from: Time;
  readonly to: Time;
  /** The server's clock less the client's at `from`. */
  readonly offset: Duration;
  /**
   * It is not further than this from the truth, however the delay is shared between the directions; null where only one
   * direction was seen.
   */
  readonly within: Duration | null;
  /** How much faster the server's clock goes: 1e-6 is a microsecond a second. */
  readonly drift: number;
  /** Null where it cannot be told from none. */
  readonly driftWithin: number | null;
}

/** Both clocks. Times are the client's. */
export interface Clocks {
  /** One, unless a clock was set meanwhile. Empty where no segment was seen at both taps. */
  readonly pieces: readonly ClockPiece[];
  /** Segments that were seen at both taps, on which this rests. */
  readonly segments: number;
  /** Shortest time from tap to tap and back. */
  readonly roundTrip: Duration | null;
}

/** How the server's clock stood against the client's at a moment of the client's. */
export function offsetAt({ pieces }: Clocks, time: Time): Duration {
  const piece = pieces.findLast(({ from }) => from <= time) ?? pieces[0];
  return piece === undefined ? 0 : piece.offset + piece.drift * (time - piece.from);
}

/** The client's time of a moment of the server's. */
export function toClientTime(clocks: Clocks, time: Time): Time {
  // Each step leaves of the error what the clock drifts in its length: after four, below a nanosecond, were the clocks
  // a year apart.
  let found = time;
  for (let step = 0; step < 4; step++) found = time - offsetAt(clocks, found);
  return found;
}

/** The server's time of a moment of the client's. */
export function toServerTime(clocks: Clocks, time: Time): Time {
  return time + offsetAt(clocks, time);
}

/** How far a time may be wrong once it is turned into the other clock's; infinite where nothing is known. */
export function uncertainty({ pieces }: Clocks): Duration {
  return pieces.length === 0 ? Infinity : Math.max(...pieces.map(({ within }) => within ?? 0)) + JITTER;
}

interface Point {
  readonly time: Time;
  /** The server's timestamp less the client's. */
  readonly difference: Duration;
}

/**
 * Segments that both taps have stamped, and what they say of the clocks.
 *
 * One from client to server was stamped by the server's tap later by the offset and its delay, one from server to
 * client by the offset less its delay. As no delay is negative, the offset lies between the least of the former and the
 * greatest of the latter. Both bounds are lines over time, if the clocks drift against each other.
 */
export class ClockPoints {
  private readonly first: Time;
  private readonly part: Duration;
  /** By part of the time: the upper bounds (client to server) and the lower ones. */
  private readonly upper: (Point | undefined)[] = [];
  private readonly lower: (Point | undefined)[] = [];
  private segments = 0;

  /** Of segments between `first` and `last`, in the client's time. */
  constructor(first: Time, last: Time) {
    this.first = first;
    this.part = Math.max(1, (last - first) / PARTS);
  }

  /** One segment at both taps. */
  add(fromClient: boolean, clientTime: Time, serverTime: Time): void {
    const place = Math.min(PARTS, Math.max(0, Math.floor((clientTime - this.first) / this.part)));
    const bounds = fromClient ? this.upper : this.lower;
    const difference = serverTime - clientTime;
    const known = bounds[place];
    if (known === undefined || (fromClient ? difference < known.difference : difference > known.difference))
      bounds[place] = { time: clientTime, difference };
    this.segments++;
  }

  clocks(): Clocks {
    const upper = this.upper.filter((point) => point !== undefined);
    const lower = this.lower.filter((point) => point !== undefined);
    const pieces = fitted(upper, lower, DEEPEST);
    const [first] = pieces;
    const widest = pieces.map(({ within }) => within).filter((within) => within !== null);
    return {
      pieces,
      segments: this.segments,
      roundTrip: first === undefined || widest.length === 0 ? null : 2 * Math.min(...widest),
    };
  }
}

/** A line between the bounds; where there is none (a clock was set), one for each half. */
function fitted(upper: readonly Point[], lower: readonly Point[], depth: number): ClockPiece[] {
  if (upper.length === 0 && lower.length === 0) return [];
  const from = Math.min(upper[0]?.time ?? Infinity, lower[0]?.time ?? Infinity);
  const to = Math.max(upper.at(-1)?.time ?? -Infinity, lower.at(-1)?.time ?? -Infinity);
  if (upper.length === 0 || lower.length === 0) return [oneSided(upper, lower, from, to)];
  const room = (drift: number): number => least(upper, from, drift) - greatest(lower, from, drift);
  const best = highest(room);
  if (room(best) + JITTER < 0 && depth > 0 && upper.length + lower.length > 4 && to > from) {
    const middle = from + (to - from) / 2;
    const halves = [
      fitted(
        upper.filter(({ time }) => time < middle),
        lower.filter(({ time }) => time < middle),
        depth - 1,
      ),
      fitted(
        upper.filter(({ time }) => time >= middle),
        lower.filter(({ time }) => time >= middle),
        depth - 1,
      ),
    ];
    // What one direction alone says is worth less than the line of its neighbour.
    const [before = [], after = []] = halves;
    return joined(
      [...before, ...after].filter(
        ({ within }, _, all) => within !== null || all.every((piece) => piece.within === null),
      ),
    );
  }
  const lowest = edge(room, best, -MOST_DRIFT);
  const most = edge(room, best, MOST_DRIFT);
  const isKnown = most - lowest < 2 * KNOWN_DRIFT;
  const drift = isKnown || lowest > 0 || most < 0 ? best : 0;
  const [low, high] = [greatest(lower, from, drift), least(upper, from, drift)];
  return [
    {
      from,
      to,
      offset: (low + high) / 2,
      within: Math.max(0, (high - low) / 2),
      drift,
      driftWithin: isKnown ? (most - lowest) / 2 : null,
    },
  ];
}

/** Neighbours that say the same, within their bounds, are one. */
function joined(pieces: readonly ClockPiece[]): ClockPiece[] {
  const kept: ClockPiece[] = [];
  for (const piece of pieces) {
    const last = kept.at(-1);
    const expected = last === undefined ? NaN : last.offset + last.drift * (piece.from - last.from);
    if (last !== undefined && Math.abs(expected - piece.offset) <= (last.within ?? 0) + (piece.within ?? 0) + JITTER)
      kept[kept.length - 1] = { ...last, to: piece.to };
    else kept.push(piece);
  }
  return kept;
}

function oneSided(upper: readonly Point[], lower: readonly Point[], from: Time, to: Time): ClockPiece {
  return {
    from,
    to,
    offset: upper.length > 0 ? least(upper, from, 0) : greatest(lower, from, 0),
    within: null,
    drift: 0,
    driftWithin: null,
  };
}

function least(points: readonly Point[], from: Time, drift: number): number {
  let found = Infinity;
  for (const { time, difference } of points) found = Math.min(found, difference - drift * (time - from));
  return found;
}

function greatest(points: readonly Point[], from: Time, drift: number): number {
  let found = -Infinity;
  for (const { time, difference } of points) found = Math.max(found, difference - drift * (time - from));
  return found;
}

/** Where the concave `room` is highest: it is a least of lines less a greatest of lines. */
function highest(room: (drift: number) => number): number {
  let [low, high] = [-MOST_DRIFT, MOST_DRIFT];
  for (let step = 0; step < 60; step++) {
    const [one, other] = [low + (high - low) / 3, high - (high - low) / 3];
    if (room(one) < room(other)) low = one;
    else high = other;
  }
  return (low + high) / 2;
}

/** How far from `best` towards `limit` a drift is still possible. */
function edge(room: (drift: number) => number, best: number, limit: number): number {
  if (room(limit) >= 0) return limit;
  let [possible, impossible] = [best, limit];
  for (let step = 0; step < 40; step++) {
    const middle = (possible + impossible) / 2;
    if (room(middle) >= 0) possible = middle;
    else impossible = middle;
  }
  return possible;
}
