import { FIN, RST } from '../decode/segment.js';
import { CUT, counted, duration, fact } from './fact.js';
import { isLargerThanAll } from './path-mtu.js';
import { ROLES, type Scene } from './scene.js';
import { SILENCE, silenceBefore } from './silence.js';
import type { Fact } from './taps.js';

/** Nothing of `role` arrives any more, to the end of the capture. */
export function roadCut(scene: Scene, role: 0 | 1): Fact | null {
  const { rows } = scene.sent(role);
  const [near, far] = [scene.near(role), scene.far(role)];
  const fates = scene.fatesOf(role);
  const lastArrived = fates.lastIndexOf('arrived');
  // A tap that never saw anything of this direction may be one that sees only the other.
  if (lastArrived < 0 && scene.passed.until[role] === -Infinity) return null;
  const tail = [...rows].filter((_, place) => place > lastArrived && fates[place] === 'lost');
  const [first] = tail;
  if (first === undefined || tail.length < CUT) return null;
  // Only closing segments: told as such.
  if (tail.every((row) => (near.log.flags[row]! & (FIN | RST)) !== 0)) return null;
  const peer = (1 - role) as 0 | 1;
  const since = scene.clientTime(near, first);
  const lasts = near.log.time[tail.at(-1)!]! - near.log.time[first]!;
  const others = scene.fatesOf(peer);
  const answered = scene
    .sent(peer)
    .rows.filter((row, place) => others[place] === 'arrived' && scene.clientTime(scene.near(peer), row) > since).length;
  const silence = silenceBefore(scene, first, role);
  const frames = { [near.tap]: tail.map((row) => near.log.frame[row]!) };
  const by = ROLES[role];
  const passes = scene.passed.until[role] > since;
  // A silence that is followed by the loss of this connection alone: the road is there, a box has forgotten whom it
  // leads to.
  if (silence >= SILENCE && passes && answered === 0) {
    const message =
      `A box on the way forgot the connection within ${duration(silence)} s of silence: ` +
      `${counted(tail.length, 'segment')} that the ${by} then sent (from frame ${near.log.frame[first]}) ` +
      `did not reach the ${far.tap}'s tap, while other connections pass.`;
    return fact(
      scene,
      'state-expired',
      'error',
      scene.absence(role, tail.slice(0, CUT)),
      role,
      near,
      first,
      frames,
      message,
      { silence, lost: tail.length, since },
    );
  }
  const isLarge = isLargerThanAll(scene, role, tail);
  const message =
    `Nothing that the ${by} sent from frame ${near.log.frame[first]} on reached the ${far.tap}'s tap: ` +
    `${counted(tail.length, 'segment')} in ${duration(lasts)} s were lost on the way` +
    (answered > 0
      ? `, while ${counted(answered, 'segment')} of the ${ROLES[peer]} arrived: the road is cut in one direction`
      : '') +
    `${passes ? '; other connections pass' : ''}.` +
    (isLarge ? ' None that came was as large: a smaller MTU on the way would look so, too.' : '');
  const confidence = isLarge ? 'likely' : scene.absence(role, tail.slice(0, CUT));
  return fact(scene, 'road-cut', 'error', confidence, role, near, first, frames, message, {
    lost: tail.length,
    lasts,
    answered,
    silence,
    since,
  });
}
