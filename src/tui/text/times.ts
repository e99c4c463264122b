import { wallTime, zoneName } from '../../base/zone.js';
import type { Clock, Duration, Time } from '../../analysis/model.js';

/**
 * The time of day in the zone in which times are shown, `10:24:08`; `-` where no calendar reaches (a damaged or hostile
 * timestamp).
 */
export function showTime(clock: Clock, time: Time): string {
  return wallText(clock, time)?.slice(-12, -4) ?? '-';
}

/** The time of day with microseconds, `10:24:08.218412`: packets follow each other that closely. */
export function showMoment(clock: Clock, time: Time): string {
  const text = wallText(clock, time)?.slice(-12);
  return text === undefined
    ? '-'
    : text + String(Math.floor((time - Math.floor(time / 1e6) * 1e6) / 1e3)).padStart(3, '0');
}

/** The day and the time, `2026-11-20 10:24:08`. */
export function showDate(clock: Clock, time: Time): string {
  return wallText(clock, time)?.slice(0, -4) ?? '-';
}

/** What that zone is at a moment: `UTC`, `UTC+1`. */
export function showZone(clock: Clock, time: Time): string {
  return zoneName(clock.epoch * 1000 + Math.floor(time / 1e6));
}

function wallText(clock: Clock, time: Time): string | undefined {
  return wallTime(clock.epoch * 1000 + Math.floor(time / 1e6)) ?? undefined;
}

/** Seconds with the digits the capture has, but at most microseconds: `0.000412`. */
export function showSeconds(clock: Clock, duration: Duration): string {
  return (duration / 1e9).toFixed(Math.min(clock.digits, 6));
}
