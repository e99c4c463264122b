import type { Address, Clock, Duration, Time } from '../analysis/model.js';
import { MICROSECOND, MILLISECOND, SECOND, formatTime } from '../base/time.js';
import { wallTime, zoneName } from '../base/zone.js';

/** `12,345`. Whole numbers are most; what else there is goes to Intl, which takes 11 ms to begin (Node 20.20). */
export function count(number: number): string {
  return Number.isSafeInteger(number)
    ? String(number).replace(/\B(?=(?:\d{3})+$)/g, ',')
    : number.toLocaleString('en-US');
}

/** `1 connection`, `312 connections`, `2 diagnoses` */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${number === 1 ? noun : noun.endsWith('sis') ? noun.replace(/is$/, 'es') : `${noun}s`}`;
}

/** `7,290, all of them TCP`; `7,290, 12 of them TCP` */
export function packetsAndTcp(packets: number, tcpPackets: number): string {
  return `${count(packets)}, ${tcpPackets === packets && packets > 1 ? 'all' : count(tcpPackets)} of them TCP`;
}

/** `512 B`, `1.2 MB`: decimal units. */
export function bytes(number: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = number;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** `310 µs`, `12 ms`, `58.2 s`, `3 min 4 s`, `2 h 5 min`: three digits are enough for people. */
export function lasting(duration: Duration): string {
  if (duration === 0) return '0 s';
  if (duration < 0.9995 * MILLISECOND) return `${(duration / MICROSECOND).toFixed(0)} µs`;
  if (duration < 9.95 * MILLISECOND) return `${Number((duration / MILLISECOND).toFixed(1))} ms`;
  if (duration < 0.9995 * SECOND) return `${(duration / MILLISECOND).toFixed(0)} ms`;
  if (duration < 9.995 * SECOND) return `${Number((duration / SECOND).toFixed(2))} s`;
  if (duration < 99.95 * SECOND) return `${Number((duration / SECOND).toFixed(1))} s`;
  const seconds = Math.round(duration / SECOND);
  return seconds < 3600 ? withRest(seconds, 60, 'min', 's') : withRest(Math.round(seconds / 60), 60, 'h', 'min');
}

function withRest(number: number, size: number, unit: string, smaller: string): string {
  const rest = number % size;
  const whole = `${count(Math.floor(number / size))} ${unit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smaller}`;
}

/**
 * `2026-11-20 10:23:41.218` in UTC, for what is handed on; the bare seconds where no calendar reaches (a damaged or
 * hostile timestamp).
 */
export function date(clock: Clock, time: Time): string {
  const milliseconds = clock.epoch * 1000 + Math.floor(time / MILLISECOND);
  if (!(Math.abs(milliseconds) < 8.64e15)) return formatTime(clock, time);
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');
}

/** A time in the zone in which times are shown, for who reads it here and now. */
export function wallDate(clock: Clock, time: Time): string {
  return wallTime(clock.epoch * 1000 + Math.floor(time / MILLISECOND)) ?? formatTime(clock, time);
}

/** What that zone is then: `UTC`, `UTC+1`. */
export function zoneAt(clock: Clock, time: Time): string {
  return zoneName(clock.epoch * 1000 + Math.floor(time / MILLISECOND));
}

/** Whether `date`, or another that writes days so, writes the same day for both. */
export function isOneDay(clock: Clock, first: Time, last: Time, write = date): boolean {
  const day = write(clock, first).slice(0, 11);
  return day.endsWith(' ') && write(clock, last).startsWith(day);
}

/** `10.0.0.1:80`, `[2001:db8::1]:80` */
export function socketAddress({ address, port }: Address): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
