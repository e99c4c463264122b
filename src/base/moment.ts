import type { Clock, Time } from './time.js';
import { SECOND } from './time.js';

/**
 * A moment as a person wrote it. Seconds and nanoseconds stay apart, because a double does not hold
 * the nanoseconds of 2026, and what they count from is known only when the capture is open.
 */
export interface Moment {
  readonly from: 'epoch' | 'first packet';
  /** Whole seconds; may be negative. */
  readonly seconds: number;
  /** 0 to 999,999,999, to be added. */
  readonly nanoseconds: number;
}

/** How to write one; for help and error messages. */
export const MOMENT_EXAMPLES = '1795169041.218147, +12.5 (since the first packet), or 2026-11-20T10:24:01.218Z';

/**
 * `1795169041.218147`, `+12.5` (since the first packet), or ISO 8601 (`2026-11-20T10:24:01.218Z`; UTC where no zone is given);
 * null for anything else.
 */
export function readMoment(text: string): Moment | null {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d{1,15})(?:\.(\d*))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return readDate(text.trim());
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  if (sign === '+') return { from: 'first packet', seconds: Number(whole), nanoseconds };
  if (sign === '-' && nanoseconds > 0) return { from: 'epoch', seconds: -Number(whole) - 1, nanoseconds: SECOND - nanoseconds };
  return { from: 'epoch', seconds: sign === '-' ? -Number(whole) : Number(whole), nanoseconds };
}

/** The moment on a capture's clock. `first` is the time of its first packet. */
export function timeOf({ from, seconds, nanoseconds }: Moment, clock: Clock, first: Time): Time {
  return from === 'epoch' ? (seconds - clock.epoch) * SECOND + nanoseconds : first + seconds * SECOND + nanoseconds;
}

function readDate(text: string): Moment | null {
  const [, day, clock = 'T00:00:00', fraction = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(?::\d\d)?)?(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const milliseconds = Date.parse(`${day}${clock.replace(' ', 'T')}${zone}`);
  if (Number.isNaN(milliseconds)) return null;
  return { from: 'epoch', seconds: milliseconds / 1000, nanoseconds: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}
