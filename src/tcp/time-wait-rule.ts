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
  const newer = distance > 0;
  switch (system) {
    // tcp_timewait_state_process: not PAWS-rejected, and a newer sequence number or a newer timestamp; else the TIME-WAIT ACK. RFC 6191.
    case 'linux':
    case 'rfc9293':
      return advance !== null && advance < 0 ? 'challenged' : newer || (advance !== null && advance > 0) ? 'accepted' : 'challenged';
    // Field reports only: a newer sequence number, else an ACK.
    case 'windows':
      return newer ? 'accepted' : 'challenged';
    // FreeBSD 13 tcp_twcheck; XNU tcp_input: a newer sequence number, else the SYN is dropped.
    case 'freebsd':
    case 'macos':
      return newer ? 'accepted' : 'dropped';
  }
}
