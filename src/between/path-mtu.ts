import { groupsBy } from '../base/groups.js';
import type { Time } from '../base/time.js';
import { ALWAYS_PASSES } from '../findings/path-mtu.js';
import { CUT, counted, fact } from './fact.js';
import { ROLES, type Scene } from './scene.js';
import type { Fact } from './taps.js';

/**
 * Options of a TCP header take so much at most (RFC 9293 §3.1): payloads that differ by no more may be of one packet
 * size.
 */
const OPTIONS = 40;

/**
 * Large segments of `role` that are lost, again and again, while nothing as large of this connection came to the other
 * tap, and smaller ones do: the road drops what is too large for it, and its sender does not hear of it (RFC 2923
 * §2.1).
 *
 * Where nothing smaller was sent behind them, other connections must have passed later, and none of these may have had
 * a segment as large: else this connection alone is cut off, whatever its segments are.
 */
export function pathMtu(scene: Scene, role: 0 | 1): Fact | null {
  const { rows } = scene.sent(role);
  const [near, far] = [scene.near(role), scene.far(role)];
  const fates = scene.fatesOf(role);
  const lengthAt = (place: number): number => near.log.length[rows[place]!]!;
  const places = [...rows.keys()];
  const came = places.filter((place) => fates[place] === 'arrived' || fates[place] === 'missed');
  const passes = Math.max(ALWAYS_PASSES, ...came.map(lengthAt));
  const large = places.filter((place) => fates[place] === 'lost' && lengthAt(place) > passes);
  // Those of one flight may all be lost once, before the router's message comes.
  const again = groupsBy(large, (place) => near.log.sequence[rows[place]!]!);
  if (![...again.values()].some((same) => same.length >= CUT)) return null;
  const first = large[0]!;
  const lost = large.map((place) => rows[place]!);
  const since = scene.clientTime(near, lost[0]!);
  const smaller = places.filter((place) => place > first && lengthAt(place) <= passes);
  const passed = smaller.filter((place) => fates[place] === 'arrived').length;
  if (passed === 0 && (smaller.some((place) => fates[place] === 'lost') || !isOfSize(scene, role, lost, since)))
    return null;
  const sizes = large.map(lengthAt);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const message =
    `${counted(large.length, 'segment')} of ${least === most ? least : `${least} to ${most}`} bytes that the ` +
    `${ROLES[role]} sent from frame ${near.log.frame[lost[0]!]} on were lost on the way to the ${far.tap}'s tap, ` +
    `and none so large came there: something on the road drops what is too large for it. Smaller ones ` +
    `${passed > 0 ? 'pass' : 'of other connections pass'}.`;
  const lasts = near.log.time[lost.at(-1)!]! - near.log.time[lost[0]!]!;
  const frames = { [near.tap]: lost.map((row) => near.log.frame[row]!) };
  return fact(scene, 'path-mtu', 'error', 'likely', role, near, lost[0]!, frames, message, {
    lost: lost.length, size: least, passes: Math.max(0, ...came.map(lengthAt)), lasts, since,
  });
}

/** Whether connections passed later, and none of them with segments as large. */
function isOfSize(scene: Scene, role: 0 | 1, rows: readonly number[], since: Time): boolean {
  return scene.passed.until[role] > since && isLargerThanAll(scene, role, rows);
}

/** Whether rows of `role` at its near tap are all larger than anything that was seen to pass in this direction. */
export function isLargerThanAll(scene: Scene, role: 0 | 1, rows: readonly number[]): boolean {
  const { log } = scene.near(role);
  const passes = Math.max(ALWAYS_PASSES, scene.passed.largest[role] + OPTIONS);
  return rows.every((row) => log.length[row]! > passes);
}
