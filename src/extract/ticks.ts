import { type Clock, SECOND, type Time } from '../base/time.js';

const POWER_OF_TWO = 0x80;
const NANOSECONDS = 9;
/** The finest power of two that is coarser than a nanosecond. */
const FINEST_POWER = 29;

/**
 * The resolution (if_tsresol) in which times are written: the interface's own. Finer ones than a nanosecond become
 * nanoseconds, which is all that reading keeps of them.
 */
export function writtenResolution(resolution: number): number {
  const exponent = resolution & ~POWER_OF_TWO;
  return exponent <= ((resolution & POWER_OF_TWO) === 0 ? NANOSECONDS : FINEST_POWER) ? resolution : NANOSECONDS;
}

/** The latest that 64 bits can say. */
const LATEST = 2n ** 64n - 1n;

/**
 * A time in ticks since 1970 of a resolution that `writtenResolution` gave: those that it was read from. What is beyond
 * 64 bits is the last of them.
 */
export function ticksOf(clock: Clock, time: Time, resolution: number): bigint {
  const ticks = unbounded(clock, time, resolution);
  return ticks < LATEST ? ticks : LATEST;
}

function unbounded(clock: Clock, time: Time, resolution: number): bigint {
  const nanoseconds = BigInt(clock.epoch) * BigInt(SECOND) + BigInt(Math.round(time));
  if (nanoseconds < 0n) return 0n; // The format knows no time before 1970.
  if ((resolution & POWER_OF_TWO) === 0) return nanoseconds / 10n ** BigInt(NANOSECONDS - resolution);
  // Reading cut the tick to nanoseconds, so that it is the next one up.
  const perSecond = 2n ** BigInt(resolution & ~POWER_OF_TWO);
  return (nanoseconds * perSecond + BigInt(SECOND) - 1n) / BigInt(SECOND);
}
