import type { Time } from '../time.js';
import type { Socket, StateEntry } from './connection.js';
import type { Judge } from './verdict.js';

/** Every endpoint among the first `count` connections that has a socket at `time`. */
export function socketsAt(judge: Judge, count: number, captureEnd: Time, time: Time): Socket[] {
  const sockets: Socket[] = [];
  for (let id = 0; id < count; id++) {
    const { connection, course } = judge.judge(id, captureEnd);
    if (connection.start > time) continue;
    for (const [end, local, remote] of [[0, connection.client, connection.server], [1, connection.server, connection.client]] as const) {
      const entries = course.states[end];
      const at = entries.findLastIndex((entry) => entry.time <= time);
      const entry = entries[at];
      if (!entry || entry.state === 'CLOSED') continue;
      sockets.push({
        time, local, remote, state: entry.state, since: entry.time,
        expires: expiry(entries, at, course.deadlines[end]), proven: entry.proven, flow: id,
      });
    }
  }
  return sockets;
}

/** When a timer ends the state `entries[at]`: it did so later in the capture, or still runs when the capture ends. */
function expiry(entries: readonly StateEntry[], at: number, deadline: Time): Time | null {
  const next = entries[at + 1];
  if (next) return next.state === 'CLOSED' && next.frame === null ? next.time : null;
  return deadline === Infinity ? null : deadline;
}
