import { SEVERITIES } from '../findings/finding.js';
import type { Address, Duration, Severity, Time } from '../analysis/model.js';
import { SECOND } from '../base/time.js';
import { type RawRow, RowsError } from './row-files.js';

const DATE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{9})$/;
const SECONDS = /^(-?\d+)\.(\d{9})$/;

/** The cells of rows that nobody vouches for. Times are since `epoch`, seconds since 1970. */
export class RowCells {
  readonly epoch: number;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  time(row: RawRow, name: string): Time | null {
    const value = row[name] ?? null;
    if (value === null) return null;
    if (typeof value === 'bigint') return Number(value - BigInt(this.epoch) * BigInt(SECOND));
    const [, day, clock, digits] = (typeof value === 'string' && DATE.exec(value)) || [];
    if (day !== undefined) return (Date.parse(`${day}T${clock}Z`) / 1000 - this.epoch) * SECOND + Number(digits);
    const [, seconds, fraction] = (typeof value === 'string' && SECONDS.exec(value)) || [];
    if (seconds === undefined) throw wrong(name, 'time');
    return (Number(seconds) - this.epoch) * SECOND + Number(fraction);
  }
}

export function text(row: RawRow, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw wrong(name, 'text');
  return value;
}

export function textOrNull(row: RawRow, name: string): string | null {
  return (row[name] ?? null) === null ? null : text(row, name);
}

export function integer(row: RawRow, name: string): number {
  const value = Number(row[name] ?? NaN);
  if (!Number.isSafeInteger(value)) throw wrong(name, 'whole number');
  return value;
}

export function integerOrNull(row: RawRow, name: string): number | null {
  return (row[name] ?? null) === null ? null : integer(row, name);
}

/** Of a cell that holds seconds. */
export function duration(row: RawRow, name: string): Duration {
  const value = row[name] ?? null;
  if (typeof value !== 'number') throw wrong(name, 'duration');
  return Math.round(value * SECOND);
}

export function severity(row: RawRow, name = 'severity'): Severity {
  const value = row[name];
  const known = SEVERITIES.find((one) => one === value);
  if (known === undefined) throw wrong(name, 'severity');
  return known;
}

export function address(row: RawRow, of: string): Address {
  return { address: text(row, `${of}_address`), port: integer(row, `${of}_port`) };
}

function wrong(name: string, what: string): RowsError {
  return new RowsError(`rows of another version: ${name} is no ${what}`);
}
