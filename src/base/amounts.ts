import { type Duration, MICROSECOND, MILLISECOND, SECOND } from './time.js';

const DURATIONS: Readonly<Record<string, Duration>> = {
  us: MICROSECOND, ms: MILLISECOND, s: SECOND, m: 60 * SECOND, min: 60 * SECOND, h: 3600 * SECOND,
};
const SIZES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** `60s`, `500ms`, `1.5m`, `2h`; a plain number is seconds. In nanoseconds; null for anything else. */
export function readDuration(text: string): Duration | null {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?|\.\d+)(us|ms|s|min|m|h)?$/.exec(text.trim()) ?? [];
  const size = DURATIONS[unit];
  return number === undefined || size === undefined ? null : Math.round(Number(number) * size);
}

/** `1000`, `500k`, `10M`, `2G`: decimal units, in bytes; null for anything else. */
export function readSize(text: string): number | null {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  const size = SIZES[unit.toLowerCase()];
  return number === undefined || size === undefined ? null : Math.round(Number(number) * size);
}
