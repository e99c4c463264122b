import type { Time } from '../../base/time.js';
import type { CaptureClock } from '../capture-log.js';

const POWER_OF_TWO = 0x80;
const NANOSECONDS = 1_000_000_000n;

/**
 * What one tick of an interface's timestamps means (if_tsresol): 10^-n seconds, or 2^-n where the highest bit is set.
 */
export class Resolution {
  readonly ticksPerSecond: bigint;
  /** Nanoseconds in a tick; 0 where that is no whole number. */
  readonly nanosecondsPerTick: number;
  /** Digits behind the decimal point that a timestamp has, up to nanoseconds. */
  readonly digits: number;

  constructor(option: number) {
    const exponent = option & ~POWER_OF_TWO;
    const decimal = (option & POWER_OF_TWO) === 0;
    this.ticksPerSecond = (decimal ? 10n : 2n) ** BigInt(exponent);
    this.nanosecondsPerTick = decimal && exponent <= 9 ? 10 ** (9 - exponent) : 0;
    this.digits = Math.min(exponent, 9);
  }
}

/** Sets the epoch to the whole second of the capture's first timestamp. */
export function beginClock(
  high: number, low: number, resolution: Resolution, offset: bigint, clock: CaptureClock,
): void {
  clock.begin(Number(ticksOf(high, low) / resolution.ticksPerSecond + offset));
}

/** The timestamp that an interface would have written at `epoch`. */
export function ticksAt(epoch: number, resolution: Resolution, offset: bigint): bigint {
  return (BigInt(epoch) - offset) * resolution.ticksPerSecond;
}

/**
 * Time of a timestamp whose tick is no whole number of nanoseconds, cut to nanoseconds.
 * In big integers, some hundred nanoseconds a packet: few writers use such ticks, and none of them many.
 */
export function timeOf(high: number, low: number, resolution: Resolution, offset: bigint, clock: CaptureClock): Time {
  if (!clock.known) beginClock(high, low, resolution, offset, clock);
  const nanoseconds = (ticksOf(high, low) * NANOSECONDS) / resolution.ticksPerSecond;
  return Number(nanoseconds + (offset - BigInt(clock.epoch)) * NANOSECONDS);
}

function ticksOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
