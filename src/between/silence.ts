import { type Duration, SECOND } from '../base/time.js';
import type { Scene } from './scene.js';

/**
 * Silence behind which a box may have dropped its entry: none of the known ones waits less (conntrack's shortest for an
 * established flow is set in seconds).
 */
export const SILENCE: Duration = 1 * SECOND;

/** A stall of a connect that somebody notices: RFC 6298 §2.1 waits a second before the first repetition. */
export const STALL: Duration = 0.9 * SECOND;

/** How long nothing had passed, in either direction, when `role` sent this row at the tap near it. */
export function silenceBefore(scene: Scene, row: number, role: 0 | 1): Duration {
  const { log } = scene.near(role);
  const time = log.time[row]!;
  let before = -Infinity;
  for (const rows of [scene.sent(role).rows, scene.heard((1 - role) as 0 | 1).rows]) {
    const last = rows.findLast((other) => other < row);
    if (last !== undefined) before = Math.max(before, log.time[last]!);
  }
  return before === -Infinity ? 0 : time - before;
}
