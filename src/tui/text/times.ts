import type { Clock, Duration, Time } from '../../analysis/model.js';

/** The time of day in UTC, `10:24:08`; `-` where no calendar reaches (a damaged or hostile timestamp). */
export function showTime(clock: Clock, time: Time): string {
  return isoText(clock, time)?.slice(-13, -5) ?? '-';
}

/** The time of day with microseconds, `10:24:08.218412`: packets follow each other that closely. */
export function showMoment(clock: Clock, time: Time): string {
  const text = isoText(clock, time)?.slice(-13, -1);
  return text === undefined ? '-' : text + String(Math.floor((time - Math.floor(time / 1e6) * 1e6) / 1e3)).padStart(3, '0');
}

/** The day and the time in UTC, `2026-11-20 10:24:08`. */
export function showDate(clock: Clock, time: Time): string {
  return isoText(clock, time)?.slice(0, -5).replace('T', ' ') ?? '-';
}

function isoText(clock: Clock, time: Time): string | undefined {
  const date = new Date(clock.epoch * 1000 + Math.floor(time / 1e6));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Seconds with the digits the capture has, but at most microseconds: `0.000412`. */
export function showSeconds(clock: Clock, duration: Duration): string {
  return (duration / 1e9).toFixed(Math.min(clock.digits, 6));
}
