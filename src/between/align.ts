import { FIN } from '../decode/segment.js';
import { distance } from '../flow/sequence.js';
import { MILLISECOND, type Time } from '../base/time.js';
import { type Clocks, toServerTime, uncertainty } from './clocks.js';
import { type TakeAlike, joinAlike } from './look-alikes.js';
import type { Pair } from './pair.js';
import { ONLY_HERE, OTHERWISE_CUT, type SegmentLog, joined } from './segment-log.js';

/** One direction of a connection at both taps. */
export interface Direction {
  /** Who sent these segments: 0 the client, 1 the server. */
  readonly role: 0 | 1;
  /**
   * Rows of the client's log, in order, and for each the row of the server's log that is the same segment, or why there
   * is none.
   */
  readonly client: Int32Array;
  readonly clientMatch: Int32Array;
  readonly server: Int32Array;
  readonly serverMatch: Int32Array;
}

/** A pair, segment by segment. */
export interface Alignment {
  readonly pair: Pair;
  /** By role. */
  readonly directions: readonly [Direction, Direction];
  /** Segments that both taps have, the same in all numbers. */
  readonly common: number;
}

/** What the log of a side has of a pair. */
interface Logs {
  readonly client: SegmentLog;
  readonly server: SegmentLog;
}

/**
 * Takes a segment that both taps have stamped: who sent it (0 the client, 1 the server), when each saw it, and how many
 * bytes of payload it had at the client's.
 */
type TakeStamped = (role: 0 | 1, clientTime: Time, serverTime: Time, length: number) => void;

/** Matches segments of which there is one at each tap and no second that looks like it, and hands them on. */
export function stampedAtBoth(pair: Pair, logs: Logs, take: TakeStamped): void {
  for (const role of [0, 1] as const)
    new Matching(pair, role, logs).join(true, NOTHING, (ours, theirs) =>
      take(role, logs.client.time[ours]!, logs.server.time[theirs]!, logs.client.length[ours]!),
    );
}

/** Hands on the segments that have a match already. */
export function matchedAtBoth(pair: Pair, logs: Logs, take: TakeStamped): void {
  for (const role of [0, 1] as const)
    for (const row of rowsOf(pair, role, logs).client) {
      const theirs = logs.client.match[row]!;
      if (theirs >= 0) take(role, logs.client.time[row]!, logs.server.time[theirs]!, logs.client.length[row]!);
    }
}

/** Finds each segment of a pair at the other tap, and writes it into the logs. */
export function match(pair: Pair, logs: Logs, clocks: Clocks): void {
  for (const role of [0, 1] as const) {
    const matching = new Matching(pair, role, logs);
    const assign: TakeAlike = (ours, theirs) => matching.assign(ours, theirs, clocks);
    matching.join(true, assign);
    // A box may have taken the timestamps away, or changed them: then none is the same.
    if (matching.isTimeless()) matching.join(false, assign);
    matching.cover();
  }
}

/** A pair as the logs have it, whose segments were matched. */
export function alignmentOf(pair: Pair, logs: Logs): Alignment {
  const directions = [directionOf(pair, 0, logs), directionOf(pair, 1, logs)] as const;
  const common = directions.reduce((sum, { clientMatch }) => sum + clientMatch.filter((row) => row >= 0).length, 0);
  return { pair, directions, common };
}

function directionOf(pair: Pair, role: 0 | 1, logs: Logs): Direction {
  const { client, server } = rowsOf(pair, role, logs);
  return {
    role,
    client,
    clientMatch: client.map((row) => logs.client.match[row]!),
    server,
    serverMatch: server.map((row) => logs.server.match[row]!),
  };
}

const NOTHING = (): void => {};

/** Rows of a connection's segments at both taps, and which of them belong together. */
class Matching {
  private readonly role: 0 | 1;
  private readonly logs: Logs;
  private readonly shifts: readonly [number, number];
  private readonly ours: Int32Array;
  private readonly theirs: Int32Array;

  constructor(pair: Pair, role: 0 | 1, logs: Logs) {
    this.role = role;
    this.logs = logs;
    this.shifts = pair.shifts;
    ({ client: this.ours, server: this.theirs } = rowsOf(pair, role, logs));
  }

  /**
   * Matches what looks the same at both taps, is not matched yet and stands alone at both, and hands it on; what does
   * not stand alone goes to `several`, group by group.
   */
  join(
    stamped: boolean,
    several: TakeAlike,
    single: (ours: number, theirs: number) => void = NOTHING,
  ): void {
    const { role, logs, shifts } = this;
    joinAlike(
      this.ours,
      { log: logs.client, sequence: 0, acknowledgment: 0 },
      this.theirs,
      { log: logs.server, sequence: shifts[role], acknowledgment: shifts[(1 - role) as 0 | 1] },
      stamped,
      (ours, theirs) => {
        this.match(ours, theirs);
        single(ours, theirs);
      },
      several,
    );
  }

  /** Whether no timestamp was found at both taps. */
  isTimeless(): boolean {
    const { hasTimestamps, match: matches } = this.logs.client;
    return !this.ours.some((row) => matches[row]! >= 0 && hasTimestamps[row] === 1);
  }

  /**
   * Matches segments that look the same: by IP ID where that tells them apart, else each arrival with the latest
   * departure before it, the last first. So a repetition whose first try was lost on the way is matched with itself.
   */
  assign(ours: readonly number[], theirs: readonly number[], clocks: Clocks): void {
    const { client, server } = this.logs;
    const slack = uncertainty(clocks) + MILLISECOND;
    const theirIds = singles(server.ipId, theirs);
    for (const [id, row] of singles(client.ipId, ours)) {
      const same = theirIds.get(id);
      if (same !== undefined && this.isPossible(row, same, clocks, slack)) this.match(row, same);
    }
    const leftOurs = ours.filter((row) => client.match[row] === ONLY_HERE);
    const leftTheirs = theirs.filter((row) => server.match[row] === ONLY_HERE);
    if (leftOurs.length === leftTheirs.length)
      return leftOurs.forEach((row, index) => this.match(row, leftTheirs[index]!));
    const [departures, arrivals] = this.role === 0 ? [leftOurs, leftTheirs] : [leftTheirs, leftOurs];
    let next = departures.length - 1;
    for (const arrival of arrivals.toReversed()) {
      while (
        next >= 0 &&
        !(this.role === 0
          ? this.isPossible(departures[next]!, arrival, clocks, slack)
          : this.isPossible(arrival, departures[next]!, clocks, slack))
      )
        next--;
      if (next < 0) break;
      if (this.role === 0) this.match(departures[next]!, arrival);
      else this.match(arrival, departures[next]!);
      next--;
    }
  }

  /** Marks what is left on both sides and has the same bytes, cut in another way. */
  cover(): void {
    const { client, server } = this.logs;
    const ours = this.ours.filter((row) => client.match[row] === ONLY_HERE && hasBytes(client, row));
    const theirs = this.theirs.filter((row) => server.match[row] === ONLY_HERE && hasBytes(server, row));
    if (ours.length === 0 || theirs.length === 0) return;
    const base = client.sequence[ours[0]!]!;
    const theirBase = (base + this.shifts[this.role]) | 0;
    const ourBytes = new Stretch(client, ours, base);
    const theirBytes = new Stretch(server, theirs, theirBase);
    for (const row of ours) if (theirBytes.covers(client, row, base)) client.match[row] = OTHERWISE_CUT;
    for (const row of theirs) if (ourBytes.covers(server, row, theirBase)) server.match[row] = OTHERWISE_CUT;
  }

  private match(ours: number, theirs: number): void {
    this.logs.client.match[ours] = theirs;
    this.logs.server.match[theirs] = ours;
  }

  /** Whether one did not arrive before it left. */
  private isPossible(ours: number, theirs: number, clocks: Clocks, slack: number): boolean {
    const departed = toServerTime(clocks, this.logs.client.time[ours]!);
    const arrived = this.logs.server.time[theirs]!;
    return this.role === 0 ? departed <= arrived + slack : arrived <= departed + slack;
  }
}

/** What `role` sent, at both taps, in order of the captures. */
function rowsOf(
  { client, server, flipped }: Pair,
  role: 0 | 1,
  logs: Logs,
): { readonly client: Int32Array; readonly server: Int32Array } {
  return {
    client: inOrder(client.map((id) => logs.client.rowsOf(id, role))),
    server: inOrder(server.map((id) => logs.server.rowsOf(id, flipped.includes(id) ? 1 - role : role))),
  };
}

function inOrder(several: readonly Int32Array[]): Int32Array {
  return several.length === 1 ? several[0]! : joined(several);
}

/** Rows by their IP ID, those that share one with another left out; 0 and none tell nothing. */
function singles(ipId: Int32Array, rows: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  const several = new Set<number>();
  for (const row of rows) {
    const id = ipId[row]!;
    if (id <= 0 || several.has(id)) continue;
    if (!found.delete(id)) found.set(id, row);
    else several.add(id);
  }
  return found;
}

function hasBytes(log: SegmentLog, row: number): boolean {
  return log.length[row]! > 0 || (log.flags[row]! & FIN) !== 0;
}

/** Bytes and FINs that some rows bring, as distances from a number of the stream. */
class Stretch {
  /** Joined, in order. */
  private readonly spans: (readonly [from: number, to: number])[] = [];
  private readonly fins = new Set<number>();

  constructor(log: SegmentLog, rows: Int32Array, base: number) {
    const all: [number, number][] = [];
    for (const row of rows) {
      const from = distance(log.sequence[row]!, base);
      const to = from + log.length[row]!;
      if (to > from) all.push([from, to]);
      if ((log.flags[row]! & FIN) !== 0) this.fins.add(to);
    }
    all.sort(([one], [other]) => one - other);
    let last: [number, number] | undefined;
    for (const span of all) {
      if (last !== undefined && span[0] <= last[1]) last[1] = Math.max(last[1], span[1]);
      else this.spans.push((last = span));
    }
  }

  /** Whether all that a row brings is among them: a FIN has a number of its own, which is none of a byte. */
  covers(log: SegmentLog, row: number, base: number): boolean {
    const from = distance(log.sequence[row]!, base);
    const to = from + log.length[row]!;
    if ((log.flags[row]! & FIN) !== 0 && !this.fins.has(to)) return false;
    if (to === from) return true;
    let [low, high] = [0, this.spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.spans[middle]![0] <= from) low = middle + 1;
      else high = middle;
    }
    const span = this.spans[low - 1];
    return span !== undefined && span[1] >= to;
  }
}
