import { FIN, RST, SYN } from '../decode/segment.js';
import { CUT, counted, duration, fact } from './fact.js';
import { ROLES, type Scene } from './scene.js';
import { STALL } from './silence.js';
import type { Fact } from './taps.js';

/**
 * Nothing of `role` arrived for a while, however often it was sent, and then it did: somebody waited. The longest such
 * time. What opens a connection is told as such (`handshakeLost`), and so are closing segments.
 */
export function roadInterrupted(scene: Scene, role: 0 | 1): Fact | null {
  const { rows } = scene.sent(role);
  const [near, far] = [scene.near(role), scene.far(role)];
  const { flags, frame, time } = near.log;
  const fates = scene.fatesOf(role);
  let [longest, lasted]: [readonly number[], number] = [[], 0];
  let lost: number[] = [];
  for (const [place, row] of rows.entries()) {
    if (fates[place] === 'lost') lost.push(row);
    if (fates[place] !== 'arrived' && fates[place] !== 'missed') continue;
    const length = lost.length < CUT ? 0 : time[row]! - time[lost[0]!]!;
    const isTold =
      lost.some((each) => (flags[each]! & SYN) !== 0) || lost.every((each) => (flags[each]! & (FIN | RST)) !== 0);
    if (length > lasted && !isTold) [longest, lasted] = [lost, length];
    lost = [];
  }
  if (lasted < STALL) return null;
  const [first, last] = [longest[0]!, longest.at(-1)!];
  const message =
    `Nothing that the ${ROLES[role]} sent from frame ${frame[first]} to frame ${frame[last]} reached the ` +
    `${far.tap}'s tap: ${counted(longest.length, 'segment')} were lost on the way. What it sent ` +
    `${duration(lasted)} s after the first of them came through.`;
  const frames = { [near.tap]: longest.map((row) => frame[row]!) };
  const since = scene.clientTime(near, first);
  return fact(scene, 'road-interrupted', 'warning', scene.absence(role, longest), role, near, first, frames, message, {
    lost: longest.length, lasts: lasted, since,
  });
}
