import type { Connection, Duration, Role, Time } from '../analysis/model.js';
import { ROLES } from './tally.js';

/**
 * What became of a socket in CLOSE-WAIT: it was closed (its FIN was sent), a RST or a timer ended it, or it still is in
 * CLOSE-WAIT.
 */
export type CloseWaitEnd = 'closed' | 'killed' | 'lasting';

/** One endpoint's stay in CLOSE-WAIT: its peer had closed, itself had not. */
export interface CloseWait {
  readonly role: Role;
  readonly since: Time;
  readonly age: Duration;
  readonly end: CloseWaitEnd;
}

/** The stays of a connection's endpoints; those that last are as old as the capture lets them become. */
export function closeWaits({ states, observedUntil }: Pick<Connection, 'states' | 'observedUntil'>): CloseWait[] {
  const stays: CloseWait[] = [];
  for (const role of ROLES) {
    const entries = states[role];
    const at = entries.findIndex(({ state }) => state === 'CLOSE-WAIT');
    const entered = entries[at];
    if (entered === undefined) continue;
    const left = entries[at + 1];
    const lasts = left === undefined || left.time > observedUntil;
    const age = Math.max((lasts ? observedUntil : left.time) - entered.time, 0);
    stays.push({
      role, since: entered.time, age, end: lasts ? 'lasting' : left.state === 'CLOSED' ? 'killed' : 'closed',
    });
  }
  return stays;
}
