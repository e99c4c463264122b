import { RST } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { Time } from '../base/time.js';
import type { Ending, Role, State, StateEntry } from './connection.js';
import type { Course } from './fold.js';
import { NOWHERE } from './segment-history.js';
import type { Story } from './segment-history.js';

/** How the connection as a whole ended, and who began it. */
export function endingOf(story: Story, course: Course): { readonly ending: Ending; readonly closer: Role | 'both' | null } {
  return { ending: ending(story, course), closer: closer(story, course) };
}

function ending(story: Story, course: Course): Ending {
  const [client, server] = story.ends;
  const spoken = handshakeDone(course);
  if (!spoken) {
    if (course.resets.some((reset) => reset.cause === 'refused')) return 'refused';
    if (course.endedBy !== NOWHERE) return 'reset';
    if (client.syn !== NOWHERE && server.synAck === NOWHERE) return 'unanswered';
    return rowsBesidesResets(story) ? 'open' : 'unknown';
  }
  const closedByFins = client.fin !== NOWHERE && server.fin !== NOWHERE;
  if (course.endedBy !== NOWHERE && !(closedByFins && course.endedBy > Math.max(client.fin, server.fin))) return 'reset';
  if (closedByFins) return 'closed';
  if (course.resets.some((reset) => reset.accepted !== false && reset.cause !== 'challenge' && reset.cause !== 'forged')) return 'reset';
  if (gaveUp(course.states[0]) || gaveUp(course.states[1])) return 'half-open';
  if (client.fin !== NOWHERE || server.fin !== NOWHERE) return 'half-closed';
  return 'open';
}

function handshakeDone(course: Course): boolean {
  return hasEntered(course.states[0], 'ESTABLISHED') || hasEntered(course.states[1], 'ESTABLISHED');
}

function rowsBesidesResets(story: Story): boolean {
  for (let i = 0; i < story.count; i++) if (!(story.rows[i]!.flags & RST) && !(story.rows[i]!.marks & FOREIGN)) return true;
  return false;
}

/** Ended by its retransmission timer: from a state that waits for the peer, without a frame. */
function gaveUp(entries: readonly StateEntry[]): boolean {
  const last = entries.at(-1);
  const before = entries.at(-2)?.state;
  return last?.state === 'CLOSED' && last.frame === null && before !== 'TIME-WAIT' && before !== 'FIN-WAIT-2';
}

/** Who sent its FIN without having received one, before a RST had ended it all; with a RST and no FIN, who aborted. */
function closer(story: Story, course: Course): Role | 'both' | null {
  const over = course.endedBy === NOWHERE ? Infinity : story.rows[course.endedBy]!.time;
  const client = hasEntered(course.states[0], 'FIN-WAIT-1', over);
  const server = hasEntered(course.states[1], 'FIN-WAIT-1', over);
  if (client && server) return 'both';
  if (client || server) return client ? 'client' : 'server';
  return course.resets.find((reset) => reset.shape === 'active' && reset.cause !== 'forged')?.by ?? null;
}

/** Whether an end entered `state` until `latest`. */
function hasEntered(entries: readonly StateEntry[], state: State, latest: Time = Infinity): boolean {
  for (const entry of entries) if (entry.state === state && entry.time <= latest) return true;
  return false;
}
