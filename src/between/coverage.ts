import { MILLISECOND, type Time } from '../base/time.js';
import { type Clocks, toClientTime, toServerTime, uncertainty } from './clocks.js';
import type { Tap } from './tap.js';

/** Between which moments a tap captured something, by its own clock and the client's epoch. */
export interface Captured {
  readonly first: Time;
  readonly end: Time;
}

/**
 * What is known of both captures together before any connection is judged; `Scene.count` adds to it.
 *
 * A file tells of its first and last packet, seldom of when its capture began and ended. Where the other capture shows
 * nothing from this tap's side before and behind them, nothing speaks against a capture that lasted as long as the
 * other; but what rests on that is no more than likely.
 */
export class Coverage {
  /**
   * Segments that each capture must have missed, of any connection: where there are some, absence from it proves less.
   */
  readonly holes: Record<Tap, number> = { client: 0, server: 0 };
  /**
   * Whether the other capture shows segments from this tap's side before its first packet, and behind its last: it was
   * not capturing then.
   */
  readonly late: Record<Tap, boolean> = { client: false, server: false };
  readonly early: Record<Tap, boolean> = { client: false, server: false };

  /** Whether `tap` was capturing from one moment to another of its own clock. */
  at(tap: Tap, sides: Readonly<Record<Tap, Captured>>, clocks: Clocks, from: Time, to: Time): Covered {
    const slack = uncertainty(clocks) + MILLISECOND;
    if (!Number.isFinite(slack)) return null;
    const { first, end } = sides[tap];
    if (from >= first - slack && to <= end) return 'proven';
    const other = tap === 'client' ? 'server' : 'client';
    const roundTrip = clocks.roundTrip ?? 0;
    const begins = this.late[tap] ? first : Math.min(first, momentAt(clocks, other, sides[other].first, tap) - slack);
    const ends = this.early[tap]
      ? end
      : Math.max(end, momentAt(clocks, other, sides[other].end, tap) + slack + roundTrip);
    return from >= begins - slack && to <= ends ? 'assumed' : null;
  }
}

/** Whether a tap was capturing at a moment: its packets prove it, nothing speaks against it, or it was not. */
export type Covered = 'proven' | 'assumed' | null;

/** A moment of one tap's clock by the other's. */
export function momentAt(clocks: Clocks, from: Tap, time: Time, to: Tap): Time {
  if (from === to) return time;
  return from === 'client' ? toServerTime(clocks, time) : toClientTime(clocks, time);
}
