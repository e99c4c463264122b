import { ACK, FIN } from '../decode/segment.js';
import { distance } from '../flow/sequence.js';
import { MILLISECOND } from '../base/time.js';
import { type ClockPoints, type Clocks, toServerTime, uncertainty } from './clocks.js';
import type { Pair } from './pair.js';
import type { SegmentLog } from './segment-log.js';

/** In place of the row at the other tap: it is in none there. */
export const ONLY_HERE = -1;
/** Its bytes are there, but in segments of other lengths: an offload cuts and joins them (TSO, GRO). */
export const OTHERWISE_CUT = -2;
/** It stands in the stream of another connection there, which has the same addresses and ports. */
export const ELSEWHERE = -3;

/** One direction of a connection at both taps. */
export interface Direction {
  /** Who sent these segments: 0 the client, 1 the server. */
  readonly role: 0 | 1;
  /**
   * Rows of the client's log, in order, and for each the row of the server's log that is the same segment, `ONLY_HERE`
   * or `OTHERWISE_CUT`.
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

/** Adds to `points` the segments of which there is one at each tap and no second that looks like it. */
export function stampedAtBoth(pair: Pair, logs: Logs, points: ClockPoints): void {
  for (const role of [0, 1] as const) {
    const matching = new Matching(pair, role, logs);
    matching.join(true, (ours, theirs) => {
      if (ours.length === 1 && theirs.length === 1)
        points.add(role === 0, logs.client.time[ours[0]!]!, logs.server.time[theirs[0]!]!);
    });
  }
}

/** Finds each segment of a pair at the other tap. */
export function align(pair: Pair, logs: Logs, clocks: Clocks): Alignment {
  const directions = ([0, 1] as const).map((role) => {
    const matching = new Matching(pair, role, logs);
    const assign = (ours: readonly number[], theirs: readonly number[]): void => matching.assign(ours, theirs, clocks);
    matching.join(true, assign);
    // A box may have taken the timestamps away, or changed them: then none is the same.
    if (matching.isTimeless()) matching.join(false, assign);
    matching.cover();
    return matching.direction();
  });
  const common = directions.reduce((sum, { clientMatch }) => sum + clientMatch.filter((match) => match >= 0).length, 0);
  return { pair, directions: directions as unknown as readonly [Direction, Direction], common };
}

/** Rows of a connection's segments at both taps, and which of them belong together. */
class Matching {
  private readonly role: 0 | 1;
  private readonly logs: Logs;
  private readonly shifts: readonly [number, number];
  private readonly ours: Int32Array;
  private readonly theirs: Int32Array;
  private readonly matchOf = new Map<number, number>();
  private readonly theirMatchOf = new Map<number, number>();

  constructor({ client, server, shifts, flipped }: Pair, role: 0 | 1, logs: Logs) {
    this.role = role;
    this.logs = logs;
    this.shifts = shifts;
    this.ours = rowsOf(logs.client, client, () => role);
    this.theirs = rowsOf(logs.server, server, (id) => (flipped.includes(id) ? 1 - role : role));
  }

  /** Hands on what looks the same at both taps and is not matched yet, group by group, each in order of time. */
  join(withTimestamps: boolean, take: (ours: readonly number[], theirs: readonly number[]) => void): void {
    const theirs = new Map<string, number[]>();
    for (const row of this.theirs)
      if (!this.theirMatchOf.has(row)) push(theirs, this.key(this.logs.server, row, this.shifts, withTimestamps), row);
    const ours = new Map<string, number[]>();
    for (const row of this.ours)
      if (!this.matchOf.has(row)) push(ours, this.key(this.logs.client, row, [0, 0], withTimestamps), row);
    for (const [key, rows] of ours) {
      const same = theirs.get(key);
      if (same !== undefined) take(rows, same);
    }
  }

  /** Whether no timestamp was found at both taps. */
  isTimeless(): boolean {
    const { hasTimestamps } = this.logs.client;
    for (const row of this.matchOf.keys()) if (hasTimestamps[row] === 1) return false;
    return true;
  }

  /**
   * Matches segments that look the same: by IP ID where that tells them apart, else each arrival with the latest
   * departure before it, the last first. So a repetition whose first try was lost on the way is matched with itself.
   */
  assign(ours: readonly number[], theirs: readonly number[], clocks: Clocks): void {
    const { client, server } = this.logs;
    if (ours.length === 1 && theirs.length === 1) return this.match(ours[0]!, theirs[0]!);
    const slack = uncertainty(clocks) + MILLISECOND;
    const theirIds = singles(server.ipId, theirs);
    for (const [id, row] of singles(client.ipId, ours)) {
      const same = theirIds.get(id);
      if (same !== undefined && this.isPossible(row, same, clocks, slack)) this.match(row, same);
    }
    const leftOurs = ours.filter((row) => !this.matchOf.has(row));
    const leftTheirs = theirs.filter((row) => !this.theirMatchOf.has(row));
    if (leftOurs.length === leftTheirs.length)
      return leftOurs.forEach((row, index) => this.match(row, leftTheirs[index]!));
    const [simultaneousCloses, arrivals] = this.role === 0 ? [leftOurs, leftTheirs] : [leftTheirs, leftOurs];
    let next = simultaneousCloses.length - 1;
    for (const arrival of arrivals.toReversed()) {
      while (
        next >= 0 &&
        !(this.role === 0
          ? this.isPossible(simultaneousCloses[next]!, arrival, clocks, slack)
          : this.isPossible(arrival, simultaneousCloses[next]!, clocks, slack))
      )
        next--;
      if (next < 0) break;
      if (this.role === 0) this.match(simultaneousCloses[next]!, arrival);
      else this.match(arrival, simultaneousCloses[next]!);
      next--;
    }
  }

  /** Marks what is left on both sides and has the same bytes, cut in another way. */
  cover(): void {
    const { client, server } = this.logs;
    const ours = this.ours.filter((row) => !this.matchOf.has(row) && hasBytes(client, row));
    const theirs = this.theirs.filter((row) => !this.theirMatchOf.has(row) && hasBytes(server, row));
    if (ours.length === 0 || theirs.length === 0) return;
    const base = client.sequence[ours[0]!]!;
    const theirBase = (base + this.shifts[this.role]) | 0;
    const ourBytes = new Stretch(client, ours, base);
    const theirBytes = new Stretch(server, theirs, theirBase);
    for (const row of ours) if (theirBytes.covers(client, row, base)) this.matchOf.set(row, OTHERWISE_CUT);
    for (const row of theirs) if (ourBytes.covers(server, row, theirBase)) this.theirMatchOf.set(row, OTHERWISE_CUT);
  }

  direction(): Direction {
    const { role, ours, theirs } = this;
    return {
      role,
      client: ours,
      clientMatch: ours.map((row) => this.matchOf.get(row) ?? ONLY_HERE),
      server: theirs,
      serverMatch: theirs.map((row) => this.theirMatchOf.get(row) ?? ONLY_HERE),
    };
  }

  private match(ours: number, theirs: number): void {
    this.matchOf.set(ours, theirs);
    this.theirMatchOf.set(theirs, ours);
  }

  /** Whether one did not arrive before it left. */
  private isPossible(ours: number, theirs: number, clocks: Clocks, slack: number): boolean {
    const departed = toServerTime(clocks, this.logs.client.time[ours]!);
    const arrived = this.logs.server.time[theirs]!;
    return this.role === 0 ? departed <= arrived + slack : arrived <= departed + slack;
  }

  /**
   * What is the same at both taps, whatever boxes on the way do to addresses and ports; numbers as the client's tap has
   * them.
   */
  private key(log: SegmentLog, row: number, shifts: readonly [number, number], withTimestamps: boolean): string {
    const flags = log.flags[row]!;
    const sequence = (log.sequence[row]! - shifts[this.role]) | 0;
    const acknowledgment = (flags & ACK) === 0 ? 0 : (log.acknowledgment[row]! - shifts[(1 - this.role) as 0 | 1]) | 0;
    const stamp = withTimestamps && log.hasTimestamps[row] === 1 ? log.timestamp[row] : '';
    return `${flags} ${sequence} ${log.length[row]} ${acknowledgment} ${stamp}`;
  }
}

/** What `role` of each stream sent, in order of the capture. */
function rowsOf(log: SegmentLog, ids: readonly number[], roleIn: (id: number) => number): Int32Array {
  const rows = ids.flatMap((id) => [...log.rowsOf(id)].filter((row) => log.role[row] === roleIn(id)));
  return Int32Array.from(ids.length > 1 ? rows.toSorted((one, other) => one - other) : rows);
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

function push(groups: Map<string, number[]>, key: string, row: number): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [row]);
  else group.push(row);
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
