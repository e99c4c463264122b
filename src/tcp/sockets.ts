import type { Time } from '../base/time.js';
import type { Socket, StateEntry } from './connection.js';
import type { Location } from './connection-set.js';

/**
 * Every endpoint of these connections that has a socket at `time`. What it was when nothing was captured of it any
 * more, nothing proves.
 */
export function socketsAt(locations: Iterable<Location>, captureEnd: Time, time: Time): Socket[] {
  const sockets: Socket[] = [];
  for (const { folder, row } of locations) {
    const { connection, trace } = folder.fold(row, captureEnd);
    if (connection.start > time) continue;
    for (const [end, local, remote] of [
      [0, connection.client, connection.server], [1, connection.server, connection.client],
    ] as const) {
      const entries = trace.states[end];
      const at = entries.findLastIndex((entry) => entry.time <= time);
      const entry = entries[at];
      if (!entry || entry.state === 'CLOSED') continue;
      const expires = expiry(entries, at, trace.deadlines[end]);
      if (expires !== null && expires < time) continue;
      sockets.push({
        time, local, remote, state: entry.state, since: entry.time, expires,
        proven: entry.proven && time <= connection.observedUntil, flow: connection.id,
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
