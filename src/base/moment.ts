import type { Clock, Time } from './time.js';
import { SECOND } from './time.js';
import { fromWallTime, wallTime } from './zone.js';

/**
 * A moment as a person wrote it. Seconds and nanoseconds stay apart, because a double does not hold
 * the nanoseconds of 2026, and what they count from is known only when the capture is open.
 */
export interface Moment {
  /**
   * `wall`: what a wall clock shows in the zone in which times are shown, as if that were UTC. `midnight`: a time of
   * day in that zone, on the day on which the capture comes to it. Which zone that is may be known only later than the
   * moment is read.
   */
  readonly from: 'epoch' | 'first packet' | 'wall' | 'midnight';
  /** Whole seconds; may be negative. */
  readonly seconds: number;
  /** 0 to 999,999,999, to be added. */
  readonly nanoseconds: number;
}

/** How to write one; for help and error messages. */
export const MOMENT_EXAMPLES =
  '1795169041.218147, +12.5 (since the first packet), 10:24:01, or 2026-11-20T10:24:01.218Z';

/**
 * `1795169041.218147`, `+12.5` (since the first packet), a time of day (`10:24:01.218`), or ISO 8601
 * (`2026-11-20T10:24:01.218Z`). Where no zone is given it is the one in which times are shown. Null for anything else.
 */
export function readMoment(text: string): Moment | null {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d{1,15})(?:\.(\d*))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return readTimeOfDay(text.trim()) ?? readDate(text.trim());
  const nanoseconds = nanosecondsOf(fraction);
  if (sign === '+') return { from: 'first packet', seconds: Number(whole), nanoseconds };
  if (sign === '-' && nanoseconds > 0)
    return { from: 'epoch', seconds: -Number(whole) - 1, nanoseconds: SECOND - nanoseconds };
  return { from: 'epoch', seconds: sign === '-' ? -Number(whole) : Number(whole), nanoseconds };
}

/** The moment on a capture's clock. `first` and `last` are the times of its first and its last packet. */
export function timeOf(moment: Moment, clock: Clock, first: Time, last: Time = first): Time {
  const { from, seconds, nanoseconds } = moment;
  if (from === 'midnight') return timeOfDay(moment, clock, first, last);
  if (from === 'first packet') return first + seconds * SECOND + nanoseconds;
  return ((from === 'wall' ? inZone(seconds * 1000) / 1000 : seconds) - clock.epoch) * SECOND + nanoseconds;
}

const HALF_A_DAY = 43_200 * SECOND;

/**
 * On the day of the first packet; or on the next, where the capture comes to that, or where the other lies half a day
 * before it.
 */
function timeOfDay({ seconds, nanoseconds }: Moment, clock: Clock, first: Time, last: Time): Time {
  const [year = 1970, month = 1, day = 1] = (wallTime(clock.epoch * 1000 + first / 1e6) ?? '')
    .slice(0, 10)
    .split('-')
    .map(Number);
  const onDay = (days: number): Time =>
    (fromWallTime({ year, month, day: day + days, hours: 0, minutes: 0, seconds }) / 1000 - clock.epoch) * SECOND +
    nanoseconds;
  const [own, next] = [onDay(0), onDay(1)];
  // A moment before the first packet of the second that was named is that second.
  if (own + SECOND > first) return own;
  return next <= last || first - own > HALF_A_DAY ? next : own;
}

function readTimeOfDay(text: string): Moment | null {
  const [, hours = '', minutes = '', seconds = '0', fraction = ''] =
    /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/.exec(text) ?? [];
  if (hours === '' || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  return {
    from: 'midnight', seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
    nanoseconds: nanosecondsOf(fraction),
  };
}

function readDate(text: string): Moment | null {
  const [, day = '', clock = 'T00:00:00', fraction = '', zone] =
    /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(?::\d\d)?)?(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const milliseconds = Date.parse(`${day}${clock.replace(' ', 'T')}${zone ?? 'Z'}`);
  if (Number.isNaN(milliseconds)) return null;
  return {
    from: zone === undefined ? 'wall' : 'epoch', seconds: milliseconds / 1000, nanoseconds: nanosecondsOf(fraction),
  };
}

/** The digits of a moment on a wall clock of the zone. */
function inZone(utc: number): number {
  const date = new Date(utc);
  return fromWallTime({
    year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(), seconds: date.getUTCSeconds(),
  });
}

function nanosecondsOf(fraction: string): number {
  return Number(fraction.slice(0, 9).padEnd(9, '0'));
}
