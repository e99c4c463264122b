import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';

/** A value with what it was measured on. */
export interface Measured<T> {
  readonly value: Duration;
  readonly of: T;
}

/** A time after which something happened again and again: nobody's doing but a timer's. */
export interface Timer<T> {
  /** The shortest of its values: a timer never fires early, it is late by what its process had to do. */
  readonly value: Duration;
  /** How much longer the longest is. */
  readonly spread: Duration;
  readonly members: readonly T[];
  /** Values near it, members included: between half and twice its own. */
  readonly near: number;
  /** Who keeps it looks once a second, or less often. */
  readonly coarse: boolean;
  /** By which chance values that mean nothing would lie so close together. */
  readonly chance: number;
}

/** Shorter than this nothing is told from what a network or a process takes. */
const SHORTEST: Duration = 100 * MILLISECOND;

/** Beyond this chance it is none. */
const CHANCE = 1e-3;

/**
 * How far the values of one timer lie apart: what schedulers and roads take, at most 50 ms or 2 % (measured of ten
 * servers: 1 to 27 ms); and where a server looks once a second (redis' serverCron, memcached's clock, Tomcat's poller)
 * up to a second and what lies beside it. How many it takes, and which part of all values near by they must be: else
 * seconds that people take would be one.
 */
const FINE = { width: apart, least: 3, share: 0.6, coarse: false };
const COARSE = { width: (least: Duration) => Math.min(1.1 * SECOND, 0.25 * least), least: 5, share: 0.8, coarse: true };
/** The rule where its clock is a thread that sleeps (memcached's idle thread: measured 4.6 to 6.4 s for 4). */
const SLOW = { width: (least: Duration) => Math.min(2.1 * SECOND, 0.5 * least), least: 8, share: 0.9, coarse: true };

/** How far values of one exact timer lie apart, of which `least` is the shortest. */
export function apart(least: Duration): Duration {
  return Math.max(50 * MILLISECOND, 0.02 * least);
}

/**
 * The timer that most of `values` show; null where none does. `allowsCoarse`: servers look once a second, clients'
 * timers are exact.
 */
export function timerOf<T>(values: readonly Measured<T>[], allowsCoarse = true): Timer<T> | null {
  const sorted = values.filter(({ value }) => value >= SHORTEST).sort((a, b) => a.value - b.value);
  return inBands(sorted, FINE) ?? (allowsCoarse ? inBands(sorted, COARSE) ?? inBands(sorted, SLOW) : null);
}

/** All at once: their process or test ended, whatever each had waited. */
export function isOneMoment({ members, spread }: Timer<{ readonly closeAt: Time }>): boolean {
  const closes = members.map(({ closeAt }) => closeAt);
  return Math.max(...closes) - Math.min(...closes) <= spread / 2;
}

function inBands<T>(sorted: readonly Measured<T>[], { width, least, share, coarse }: typeof FINE): Timer<T> | null {
  let [from, to] = [0, 0];
  for (let first = 0, end = 0; first < sorted.length; first++) {
    const { value } = sorted[first]!;
    const reach = width(value);
    while (end < sorted.length && sorted[end]!.value - value <= reach) end++;
    if (end - first > to - from) [from, to] = [first, end];
  }
  const count = to - from;
  if (count < least) return null;
  const { value } = sorted[from]!;
  const near = sorted.filter((other) => other.value >= value / 2 && other.value <= value * 2).length;
  // Values that mean nothing lie anywhere between half and twice as much, equally likely by their logarithm.
  const chance = tail(near, count, Math.min(1, Math.log(1 + width(value) / value) / Math.log(4)));
  if (count < share * near || chance >= CHANCE) return null;
  const members = sorted.slice(from, to);
  return { value, spread: members.at(-1)!.value - value, members: members.map(({ of }) => of), near, coarse, chance };
}

/**
 * The chance of `least` or more of `of` with `each` of one. Summed by logarithms, for thousands overflow factorials.
 */
function tail(of: number, least: number, each: number): number {
  if (each >= 1) return 1;
  let sum = 0;
  for (
    let count = least,
      term = Math.exp(logChoose(of, least) + least * Math.log(each) + (of - least) * Math.log1p(-each));
    count <= of;
    count++
  ) {
    sum += term;
    term *= ((of - count) / (count + 1)) * (each / (1 - each));
    if (term < sum * 1e-9) break;
  }
  return Math.min(1, sum);
}

/** The logarithm of how many ways there are to take so many of so many. */
export function logChoose(of: number, taken: number): number {
  let log = 0;
  for (let factor = 1; factor <= taken; factor++) log += Math.log((of - taken + factor) / factor);
  return log;
}

/** One that was closed, and how long it had been idle for; or another that was open at the same time. */
export interface Idle<T> {
  readonly of: T;
  /** When it was closed, and since when it had been idle; NaN where that is not known. */
  readonly at: Time;
  readonly since: Time;
}

/** What is closed in one round of a loop lies this close together. */
const ROUND: Duration = 5 * MILLISECOND;
const EACH: Duration = MILLISECOND / 5;

/** Whose clock counts whole seconds may take one for a second older than another. */
const WHOLE: Duration = SECOND;

/**
 * The timer of who goes through all that is idle every so often (slapd every quarter of its idletimeout, mosquitto
 * every 5 s, the sweepers of pools): in each round it closes what has been idle for long enough, and leaves the rest,
 * so that all that it closes have been idle for longer than what it leaves. `closed` are those that were closed; `left`
 * may hold them as well: what was open at a round and closed later was left. Null where that does not show, or may be
 * chance.
 */
export function sweptTimer<T>(closed: readonly Idle<T>[], left: readonly Idle<T>[]): Timer<T> | null {
  const sorted = closed.toSorted((a, b) => a.at - b.at);
  const rounds: Idle<T>[][] = [];
  for (const one of sorted) {
    const round = rounds.at(-1);
    if (round !== undefined && one.at - round.at(-1)!.at <= ROUND) round.push(one);
    else rounds.push([one]);
  }
  // What is closed one by one may be closed for what comes: the oldest goes where there is no room.
  const crowded = rounds.filter((round) => round.length >= 2);
  if (
    rounds.length < 2 || crowded.length < 1 ||
    crowded.reduce((sum, { length }) => sum + length, 0) * 2 < closed.length
  )
    return null;
  const idle = closed.map(({ at, since }) => at - since);
  const value = Math.min(...idle);
  const spread = Math.max(...idle) - value;
  let chance = 0;
  for (const round of rounds) {
    const { at } = round[0]!;
    if (round.at(-1)!.at - at > ROUND + EACH * round.length) return null;
    const members = new Set(round.map(({ of }) => of));
    const spared = left.filter((one) => !members.has(one.of) && one.since < at && !(one.at <= at));
    const least = Math.min(...round.map((one) => one.at - one.since));
    if (spared.some(({ since }) => at - since > least + WHOLE)) return null;
    // Any of them could have been the ones, by chance.
    const older = spared.filter(({ since }) => at - since > least).length;
    chance += logChoose(round.length + older, round.length) - logChoose(round.length + spared.length, round.length);
  }
  const steps = rounds.slice(1).map((round, index) => round[0]!.at - rounds[index]![0]!.at);
  if (Math.exp(chance) >= CHANCE || spread > Math.max(...steps) + WHOLE) return null;
  return {
    value, spread, members: closed.map(({ of }) => of), near: closed.length, coarse: true, chance: Math.exp(chance),
  };
}

/** Pauses of one beat, as of pings, differ by less than this. */
export const JITTER = 1.1;

/** Boxes on the way that forget what is idle document a minute and more (nat-forgot.ts). */
const FORGETS: Duration = 60 * SECOND;

/**
 * Whether the shortest pause that killed is longer than the longest one that was survived, so that pauses may be why:
 * below what boxes are known for by more than a beat differs from itself.
 */
export function isLonger(killed: Duration, survived: Duration): boolean {
  return killed > (killed < FORGETS ? survived * JITTER : survived);
}
