import { groupsBy } from '../base/groups.js';
import { CUT, counted, duration, fact } from './fact.js';
import { ROLES, type Scene } from './scene.js';
import type { Fact } from './taps.js';

/**
 * A payload of `role` that is lost each time that it is sent, while other segments come through that were sent later:
 * it is not the road, but what drops packets by what they hold (intrusion prevention), or by their length.
 */
export function dataLost(scene: Scene, role: 0 | 1): Fact | null {
  const { rows } = scene.sent(role);
  const [near, far] = [scene.near(role), scene.far(role)];
  const { frame, length, sequence, time } = near.log;
  const fates = scene.fatesOf(role);
  const places = [...rows.keys()].filter((place) => length[rows[place]!]! > 0);
  for (const same of groupsBy(places, (place) => sequence[rows[place]!]!).values()) {
    if (same.length < CUT || same.some((place) => fates[place] !== 'lost')) continue;
    const later = fates.filter((fate, place) => place > same.at(CUT - 1)! && fate === 'arrived').length;
    if (later === 0) continue;
    const all = same.map((place) => rows[place]!);
    const [first, last] = [all[0]!, all.at(-1)!];
    const message =
      `The ${ROLES[role]} sent the same ${length[first]} bytes ${all.length} times within ` +
      `${duration(time[last]! - time[first]!)} s (from frame ${frame[first]}), and none of them reached the ` +
      `${far.tap}'s tap, while ${counted(later, 'segment')} that it sent later did: something on the road drops what ` +
      'they hold, or what is as long.';
    const frames = { [near.tap]: all.map((row) => frame[row]!) };
    return fact(scene, 'data-lost', 'error', scene.absence(role, all), role, near, first, frames, message, {
      lost: all.length, size: length[first]!, passed: later, lasts: time[last]! - time[first]!,
      since: scene.clientTime(near, first),
    });
  }
  return null;
}
