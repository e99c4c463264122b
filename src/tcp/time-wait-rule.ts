import type { Connection, StateEntry } from './connection.js';
import type { Profile } from './profiles.js';

/** What a SYN into TIME-WAIT meets. */
export type TimeWaitAnswer = 'accepted' | 'challenged' | 'dropped';

/**
 * What the system of the host in TIME-WAIT does with a SYN on the same tuple.
 *
 * @param distance how far the SYN's initial sequence number lies beyond the last one of the old connection
 * @param advance how far its timestamp lies beyond the last one of the old connection; null where either had none
 */
export function answerToSyn(system: Profile, distance: number, advance: number | null): TimeWaitAnswer {
  return rules[system](distance > 0, advance);
}

type Rule = (newer: boolean, advance: number | null) => TimeWaitAnswer;

/**
 * tcp_timewait_state_process: not PAWS-rejected, and a newer sequence number or a newer timestamp; else the TIME-WAIT
 * ACK. As RFC 6191.
 */
const byTimestamps: Rule = (newer, advance) => {
  if (advance !== null && advance < 0) return 'challenged';
  return newer || (advance !== null && advance > 0) ? 'accepted' : 'challenged';
};

/** FreeBSD 13 tcp_twcheck; XNU tcp_input: a newer sequence number, else the SYN is dropped. */
const orDropped: Rule = (newer) => (newer ? 'accepted' : 'dropped');

const rules: Readonly<Record<Profile, Rule>> = {
  linux: byTimestamps,
  rfc9293: byTimestamps,
  // Field reports only.
  windows: (newer) => (newer ? 'accepted' : 'challenged'),
  freebsd: orDropped,
  macos: orDropped,
};

/** Whether an end of the connection came to TIME-WAIT. */
export function hasTimeWait({ states: { client, server } }: Pick<Connection, 'states'>): boolean {
  return client.some(isTimeWait) || server.some(isTimeWait);
}

const isTimeWait = ({ state }: StateEntry): boolean => state === 'TIME-WAIT';
