import { InvalidArgumentError } from 'commander';
import { type Duration, MILLISECOND, MICROSECOND, SECOND } from '../time.js';

const DURATIONS: Readonly<Record<string, Duration>> = {
  us: MICROSECOND, ms: MILLISECOND, s: SECOND, m: 60 * SECOND, min: 60 * SECOND, h: 3600 * SECOND,
};
const SIZES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** `60s`, `500ms`, `1.5m`, `2h`; a plain number is seconds. In nanoseconds. */
export function parseDuration(text: string): Duration {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?|\.\d+)(us|ms|s|min|m|h)?$/.exec(text.trim()) ?? [];
  const size = DURATIONS[unit];
  if (number === undefined || size === undefined) throw new InvalidArgumentError('Write 60s, 500ms, 2m, 1h, or a number of seconds.');
  return Math.round(Number(number) * size);
}

/** `1000`, `500k`, `10M`, `2G`: decimal units, in bytes. */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  const size = SIZES[unit.toLowerCase()];
  if (number === undefined || size === undefined) throw new InvalidArgumentError('Write a number of bytes: 1000000, 500M, 2G.');
  return Math.round(Number(number) * size);
}
