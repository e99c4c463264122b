import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import type { Facts } from '../facts/facts.js';

/** What a process that wakes answers and closes comes at once: with no gap of more than this. */
export const GAP: Duration = 20 * MILLISECOND;
/** Who runs closes within this time behind its peer. */
export const REACTION: Duration = 100 * MILLISECOND;
/** Clients that were left unanswered before a process is told to have woken. */
const FEW = 3;

/** Those that their clients had closed while the server stood still, and of which it takes notice when it wakes. */
export function leftMeanwhile(known: readonly Facts[], from: Time, to: Time, until: Time): Facts[] {
  return known.filter(
    ({ closer, closeAt, otherCloseAt, late }) =>
      closer === 0 && closeAt > from && closeAt < to - REACTION &&
      [otherCloseAt, late === null ? NaN : late.at].some((at) => at >= to - GAP && at <= until + GAP),
  );
}

/**
 * Whether in that moment a server also closed in order what clients had said something on and closed long before: it
 * had stood still, woke, and read that. Whose process ends with something unread resets (RFC 2525 §2.17).
 */
export function awoke(known: readonly Facts[], moment: Time): boolean {
  const closedInOrder = known.filter(
    ({ closer, closeAt, otherCloseAt, reset, turnOf }) =>
      closer === 0 && turnOf === 0 && Math.abs(otherCloseAt - moment) <= GAP && moment - closeAt >= SECOND &&
      reset?.by !== 1,
  );
  return closedInOrder.length >= FEW;
}
