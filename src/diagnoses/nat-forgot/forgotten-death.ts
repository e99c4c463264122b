import { distance } from '../../flow/sequence.js';
import { SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import type { Facts } from '../facts/facts.js';
import { REPEATS } from '../patterns/in-vain.js';

/** How far the numbers of a connection may lie apart that goes on from another port: a window. */
const WINDOW = 1 << 16;

/** A connection that died when it was used again after a pause. */
export interface Death {
  readonly of: Facts;
  readonly pause: Duration;
  /** By a RST of the other side; else nobody answered. */
  readonly isReset: boolean;
}

/**
 * What ends as they do, and the capture begins in the middle of: the silence before its first word began before the
 * capture, and how long it was does not show.
 */
export function begunAsleep(all: readonly Facts[], deaths: readonly Death[]): Facts[] {
  const ends = new Set(deaths.map(({ of, isReset }) => `${of.pauseEndedBy} ${isReset}`));
  return all.filter(({ isGuessed, heard, reset, unanswered }) => {
    const by = Number.isNaN(heard[1]) ? 0 : 1;
    const isReset = reset !== null && reset.bare && reset.by !== by;
    return (
      isGuessed && Number.isNaN(heard[1 - by]) && (isReset || unanswered[by] >= REPEATS) && ends.has(`${by} ${isReset}`)
    );
  });
}

/** Where payload after a pause was never answered again, though nobody had closed. */
function deathOf(of: Facts): Death | null {
  const {
    lastPause, pauseEnd, pauseEndedBy: by, reset, closer, closeAt, closedByReset, unanswered, stuckSince, heard,
    roundTrip,
  } = of;
  if (lastPause < SECOND) return null;
  const other = (1 - by) as 0 | 1;
  const isHalfClosed = closer !== -1 && !closedByReset && closeAt < pauseEnd;
  // Trackers keep what is half-closed for a shorter time (IPVS CLOSE_WAIT 60 s, conntrack 60 s, FortiGate 120 s): a
  // host that waits for an answer does not answer it by RST from elsewhere.
  const isReset =
    reset !== null && reset.by === other && closer === other && reset.bare && reset.at >= pauseEnd &&
    reset.at - pauseEnd < SECOND + roundTrip && (closedByReset || (isHalfClosed && hasOtherTtl(of)));
  if (isReset) return { of, pause: lastPause, isReset };
  if (isHalfClosed) return null;
  const isSilent = unanswered[by] >= REPEATS && stuckSince[by] >= pauseEnd - SECOND / 100 && !(heard[other] > pauseEnd);
  return isSilent ? { of, pause: lastPause, isReset } : null;
}

/** A death that a box may have had to do with. */
export function forgottenDeathOf(of: Facts): Death | null {
  const death = deathOf(of);
  return death !== null && death.isReset && hadGivenUp(of, of.reset!.by) ? null : death;
}

/**
 * Whether an end had sent something again and again before the pause, and heard nothing: its own timer ended the
 * connection (tcp_write_err sends nothing), and what comes later draws its RST. Who was silent was asleep, or gone.
 */
export function hadGivenUp({ repeats, stuckSince, pauseEnd }: Facts, end: 0 | 1): boolean {
  return repeats[end] >= REPEATS && stuckSince[end] < pauseEnd - SECOND;
}

export function hasOtherTtl({ reset, lowestTtl, highestTtl }: Facts): boolean {
  const { by, ttl } = reset!;
  return lowestTtl[by] > 0 && (ttl < lowestTtl[by] || ttl > highestTtl[by]);
}

/** Connections from the middle that go on with the numbers of one that died: the same, from another port of the NAT. */
export function movedTo(deaths: readonly Death[], pair: readonly Facts[]): Facts[] {
  const begun = pair.filter(({ isGuessed }) => isGuessed);
  return begun.filter((facts) =>
    deaths.some(
      ({ of }) =>
        of !== facts && of.clientPort !== facts.clientPort &&
        [0, 1].some(
          (role) =>
            facts.packets[role]! > 0 && Math.abs(distance(facts.firstSequence[role]!, of.nextSequence[role]!)) < WINDOW,
        ),
    ),
  );
}
