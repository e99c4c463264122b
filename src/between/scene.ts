import { ACK, FIN, RST } from '../decode/segment.js';
import { groupsBy } from '../base/groups.js';
import { distance } from '../flow/sequence.js';
import type { Analysis, Confidence, Role } from '../analysis/model.js';
import { type Duration, MILLISECOND, type Time } from '../base/time.js';
import type { Alignment, Direction } from './align.js';
import { type Clocks, JITTER, toClientTime, uncertainty } from './clocks.js';
import { type Captured, type Coverage, type Covered, momentAt } from './coverage.js';
import { ONLY_HERE, type SegmentLog } from './segment-log.js';
import type { Passed } from './passed.js';
import type { Tap } from './tap.js';

export const ROLES = ['client', 'server'] as const satisfies readonly Role[];

/** One tap. */
export interface Side extends Captured {
  readonly tap: Tap;
  readonly analysis: Analysis;
  readonly log: SegmentLog;
}

/**
 * What became of a segment that left near its sender: it was seen to arrive, or was lost. `missed`: its receiver
 * acknowledged it, so that the capture there has missed it. `unknown`: nothing was captured there then.
 */
type Fate = 'arrived' | 'lost' | 'missed' | 'unknown';

/**
 * One connection at both taps, as rules ask about it. A segment's *near* tap is the one at its sender's side, *far* the
 * other.
 */
export class Scene {
  readonly alignment: Alignment;
  readonly sides: Readonly<Record<Tap, Side>>;
  readonly clocks: Clocks;
  readonly passed: Passed;
  readonly coverage: Coverage;
  /** How far a time may be wrong that was turned from one clock into the other. */
  readonly slack: Duration;
  private readonly roundTrip: Duration;
  private readonly within: Duration;
  private readonly acknowledged = new Map<number, Acknowledged>();
  private readonly arrivals = new Map<number, Map<number, number[]>>();
  private readonly fates = new Map<number, readonly Fate[]>();

  constructor(
    alignment: Alignment,
    sides: Readonly<Record<Tap, Side>>,
    clocks: Clocks,
    passed: Passed,
    coverage: Coverage,
  ) {
    this.alignment = alignment;
    this.sides = sides;
    this.clocks = clocks;
    this.passed = passed;
    this.coverage = coverage;
    this.slack = uncertainty(clocks) + MILLISECOND;
    this.roundTrip = clocks.roundTrip ?? 0;
    this.within = this.roundTrip / 2;
  }

  direction(role: 0 | 1): Direction {
    return this.alignment.directions[role];
  }

  near(role: 0 | 1): Side {
    return role === 0 ? this.sides.client : this.sides.server;
  }

  far(role: 0 | 1): Side {
    return role === 0 ? this.sides.server : this.sides.client;
  }

  /** Rows that `role` sent, at the tap near it and at the other, each with its match there. */
  sent(role: 0 | 1): { rows: Int32Array; matches: Int32Array } {
    const { client, clientMatch, server, serverMatch } = this.direction(role);
    return role === 0 ? { rows: client, matches: clientMatch } : { rows: server, matches: serverMatch };
  }

  heard(role: 0 | 1): { rows: Int32Array; matches: Int32Array } {
    const { client, clientMatch, server, serverMatch } = this.direction(role);
    return role === 0 ? { rows: server, matches: serverMatch } : { rows: client, matches: clientMatch };
  }

  /** By the client's clock. */
  clientTime(side: Side, row: number): Time {
    const time = side.log.time[row]!;
    return side.tap === 'client' ? time : toClientTime(this.clocks, time);
  }

  /** The time of `from`'s row by the clock of `to`. */
  timeAt(from: Side, row: number, to: Side): Time {
    return momentAt(this.clocks, from.tap, from.log.time[row]!, to.tap);
  }

  /**
   * Whether the tap near `role` was capturing when a row of the far tap must have passed it. The quickest way back in
   * time that was seen between the taps is the latest moment at which it can have left.
   */
  sawDeparture(role: 0 | 1, row: number): Covered {
    const [near, far] = [this.near(role), this.far(role)];
    const time = this.timeAt(far, row, near) - this.within;
    return this.coverage.at(near.tap, this.sides, this.clocks, time - this.roundTrip, time + JITTER);
  }

  /**
   * Whether the far tap was capturing when a row of the near tap of `role` must have come to it, though it were slow.
   */
  sawArrival(role: 0 | 1, row: number): Covered {
    const [near, far] = [this.near(role), this.far(role)];
    const time = this.timeAt(near, row, far);
    return this.coverage.at(far.tap, this.sides, this.clocks, time, time + this.slack + this.roundTrip);
  }

  /** What became of what `role` sent, by place among `sent(role).rows`. */
  fatesOf(role: 0 | 1): readonly Fate[] {
    let fates = this.fates.get(role);
    if (fates === undefined) {
      const { rows, matches } = this.sent(role);
      this.fates.set(role, (fates = Array.from(rows, (row, place) => this.fateOf(role, row, matches[place]!))));
    }
    return fates;
  }

  /**
   * Whether the tap near `role` missed nothing that the far one saw of it, RSTs and FINs aside: it was capturing all
   * the time.
   */
  isWhole(role: 0 | 1): boolean {
    const { rows, matches } = this.heard(role);
    const { log } = this.far(role);
    let common = 0;
    for (let place = 0; place < rows.length; place++) {
      if (matches[place] !== ONLY_HERE) common++;
      else if ((log.flags[rows[place]!]! & (RST | FIN)) === 0 && this.sawDeparture(role, rows[place]!) !== null)
        return false;
    }
    return common > 0;
  }

  /** How sure it is that rows of `role` at its near tap did not come to the far one. */
  absence(role: 0 | 1, rows: readonly number[]): Confidence {
    return this.coverage.holes[this.far(role).tap] === 0 && rows.every((row) => this.sawArrival(role, row) === 'proven')
      ? 'certain'
      : 'likely';
  }

  /** Adds what this connection shows of both captures. */
  count({ holes, late, early }: Coverage): void {
    for (const role of [0, 1] as const) {
      const [near, far] = [this.near(role), this.far(role)];
      holes[far.tap] += this.fatesOf(role).filter((fate) => fate === 'missed').length;
      const { rows, matches } = this.heard(role);
      rows.forEach((row, place) => {
        if (matches[place] !== ONLY_HERE || (far.log.flags[row]! & RST) !== 0) return;
        const time = this.timeAt(far, row, near);
        if (time > near.end + this.slack) early[near.tap] = true;
        else if (time < near.first - this.slack) late[near.tap] = true;
        else if (this.sawDeparture(role, row) === 'proven') holes[near.tap]++;
      });
    }
  }

  /**
   * When the listener of `role` first acknowledged a number at its own tap; `Infinity` if never. By that tap's clock.
   */
  acknowledgedAt(role: 0 | 1, number: number): Time {
    let known = this.acknowledged.get(role);
    if (known === undefined)
      this.acknowledged.set(role, (known = new Acknowledged(this.far(role).log, this.sent((1 - role) as 0 | 1).rows)));
    return known.at(number);
  }

  /** Whether either tap has an acknowledgment by the listener of `role` of a number that the far tap has. */
  isAcknowledged(role: 0 | 1, number: number): boolean {
    if (this.acknowledgedAt(role, number) !== Infinity) return true;
    const shift = this.alignment.pair.shifts[role];
    const own = (role === 0 ? number - shift : number + shift) | 0;
    const { log } = this.near(role);
    return this.heard((1 - role) as 0 | 1).rows.some(
      (row) => (log.flags[row]! & (ACK | RST)) === ACK && distance(log.acknowledgment[row]!, own) >= 0,
    );
  }

  private fateOf(role: 0 | 1, row: number, match: number): Fate {
    if (match !== ONLY_HERE) return 'arrived';
    const [near, far] = [this.near(role), this.far(role)];
    if (this.sawArrival(role, row) === null) return 'unknown';
    const { log } = near;
    if (log.end(row) === log.sequence[row]) return 'lost';
    // What was acknowledged behind it, before anything of it arrived at that tap, did arrive: the capture there has
    // missed it.
    const end = this.atFar(role, log.end(row));
    const acknowledged = this.acknowledgedAt(role, end);
    if (acknowledged === Infinity || acknowledged < this.timeAt(near, row, far) - this.slack) return 'lost';
    return this.arrivedBy(role, this.atFar(role, log.sequence[row]!), end, acknowledged) ? 'lost' : 'missed';
  }

  /** A number of what `role` sent, as the far tap has it. */
  private atFar(role: 0 | 1, number: number): number {
    const shift = this.alignment.pair.shifts[role];
    return (role === 0 ? number + shift : number - shift) | 0;
  }

  /**
   * Whether what stands between two numbers was captured at the far tap until `time`, in one segment from the first on:
   * an empty one, which has the number of what is yet to come, brings nothing.
   */
  private arrivedBy(role: 0 | 1, from: number, to: number, time: Time): boolean {
    const { log } = this.far(role);
    let arrivals = this.arrivals.get(role);
    if (arrivals === undefined) {
      const bringing = this.heard(role).rows.filter((row) => log.end(row) !== log.sequence[row]);
      this.arrivals.set(role, (arrivals = groupsBy(bringing, (row) => log.sequence[row]!)));
    }
    return arrivals.get(from)?.some((row) => log.time[row]! <= time && distance(log.end(row), to) >= 0) === true;
  }
}

/** The highest acknowledgment of an end over time. */
class Acknowledged {
  private readonly numbers: number[] = [];
  private readonly times: Time[] = [];

  constructor(log: SegmentLog, rows: Int32Array) {
    for (const row of rows) {
      if ((log.flags[row]! & ACK) === 0 || (log.flags[row]! & RST) !== 0) continue;
      const number = log.acknowledgment[row]!;
      if (this.numbers.length > 0 && distance(number, this.numbers.at(-1)!) <= 0) continue;
      this.numbers.push(number);
      this.times.push(log.time[row]!);
    }
  }

  at(number: number): Time {
    let [low, high] = [0, this.numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (distance(this.numbers[middle]!, number) >= 0) high = middle;
      else low = middle + 1;
    }
    return this.times[low] ?? Infinity;
  }
}
