import type { Kind } from './numbers.js';

/**
 * Time inside lastack: nanoseconds since the capture's `epoch`, a whole second of Unix time.
 *
 * A double holds every nanosecond of 104 days (2^53 ns) around the epoch and every microsecond of 285 years,
 * so arithmetic is plain subtraction and a timestamp keeps the digits it had in the file.
 */
export type Time = Kind<'time'>;

/** Nanoseconds, as a length of time. */
export type Duration = Kind<'duration'>;

export const MICROSECOND: Duration = 1e3;
export const MILLISECOND: Duration = 1e6;
export const SECOND: Duration = 1e9;

/** What turns a `Time` into seconds since 1970-01-01 UTC. */
export interface Clock {
  /** Unix time in whole seconds at which `Time` is 0. */
  readonly epoch: number;
  /** Digits after the decimal point that the capture's finest timestamp has: 0 to 9. */
  readonly digits: number;
}

export const POWERS_OF_TEN = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

/** `1795169041.218147`: seconds since the Unix epoch with every digit of the capture. Valid as a JSON number. */
export function formatTime(clock: Clock, time: Time): string {
  const { epoch, digits } = clock;
  const ticksPerSecond = POWERS_OF_TEN[digits]!;
  const ticks = Math.round(time / POWERS_OF_TEN[9 - digits]!);
  if (!Number.isSafeInteger(ticks)) return formatFar(epoch + ticks / ticksPerSecond, digits);
  const whole = Math.floor(ticks / ticksPerSecond);
  const fraction = ticks - whole * ticksPerSecond;
  const seconds = epoch + whole;
  if (digits === 0) return String(seconds);
  if (seconds < 0 && fraction > 0)
    return `${seconds === -1 ? '-0' : seconds + 1}.${padded(ticksPerSecond - fraction, ticksPerSecond)}`;
  return `${seconds}.${padded(fraction, ticksPerSecond)}`;
}

/** So far from the epoch that a double has no digit of the fraction: a damaged or hostile timestamp. */
function formatFar(seconds: number, digits: number): string {
  // Below 2^66, for a tick is a second at most, and 1e21 is the first number that is not written as digits alone.
  const whole = String(Math.round(seconds));
  return digits === 0 ? whole : `${whole}.${'0'.repeat(digits)}`;
}

/**
 * Numbers as three digits: a time written out of these takes 55 ns, one made digit by digit 95 (Node 20.20), and a
 * record has a dozen.
 */
const THREE_DIGITS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/** `fraction` with as many digits as `limit` has zeros. */
function padded(fraction: number, limit: number): string {
  if (limit === 1e6) return THREE_DIGITS[Math.floor(fraction / 1000)]! + THREE_DIGITS[fraction % 1000]!;
  return String(limit + fraction).slice(1);
}

/** Seconds as a JSON number, up to nanoseconds, without trailing zeros: `0.0123`. */
export function formatDuration(duration: Duration): string {
  const rounded = Math.round(duration);
  if (!Number.isSafeInteger(rounded)) return String(Math.round(rounded / SECOND));
  const sign = rounded < 0 ? '-' : '';
  const whole = Math.floor(Math.abs(rounded) / SECOND);
  const rest = Math.abs(rounded) - whole * SECOND;
  if (rest === 0) return `${sign}${whole}`;
  let [digits, fraction] = [9, rest];
  for (; fraction % 10 === 0; fraction /= 10) digits--;
  return `${sign}${whole}.${String(fraction).padStart(digits, '0')}`;
}

/**
 * `formatDuration` of the nearest millisecond, as fine as a reader wants to know how long something lasted; of what is
 * shorter than one the nearest microsecond.
 */
export function formatToMilliseconds(duration: Duration): string {
  const unit = Math.abs(duration) < MILLISECOND ? MICROSECOND : MILLISECOND;
  return formatDuration(Math.round(duration / unit) * unit);
}
