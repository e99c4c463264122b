import { ACK, RST, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import type { Ending, Role, State, StateEntry } from './connection.js';
import type { StateTrace } from './fold.js';
import { NO_ROW } from './segment-history.js';
import type { SegmentHistory } from './segment-history.js';

/**
 * The longest first timeout of a SYN (RFC 1122 §4.2.3.1; RFC 6298 §2.1 has one second): who has not repeated it by then
 * has got an answer, or given up.
 */
const FIRST_TIMEOUT: Duration = 3 * SECOND;

/** Whether an attempt that began at `start`, with one SYN, may still be answered when the capture ends. */
export function isYoung(start: Time, captureEnd: Time): boolean {
  return captureEnd - start < FIRST_TIMEOUT;
}

/** How the connection as a whole ended, and who began it. `isReported`: an ICMP error quotes one of its segments. */
export function endingOf(
  history: SegmentHistory, trace: StateTrace, isReported = false,
): { readonly ending: Ending; readonly closer: Role | 'both' | null } {
  return { ending: ending(history, trace, isReported), closer: closer(history, trace) };
}

function ending(history: SegmentHistory, trace: StateTrace, isReported: boolean): Ending {
  const [client, server] = history.ends;
  const spoken = wasOpen(trace);
  if (!spoken) {
    if (trace.resets.some((reset) => reset.cause === 'refused')) return 'refused';
    if (
      trace.endedBy !== NO_ROW ||
      trace.resets.some(({ accepted, cause }) => accepted === true && cause !== 'challenge' && cause !== 'forged')
    )
      return 'reset';
    // Who answered with the numbers of another connection answered; and this one never came about.
    if (client.syn !== NO_ROW && server.synAck === NO_ROW) {
      if (wasChallenged(history, trace)) return 'unknown';
      return !isReported && history.count === 1 && isYoung(history.rows[0]!.time, history.captureEnd)
        ? 'open'
        : 'unanswered';
    }
    return rowsBesidesResets(history) ? 'open' : 'unknown';
  }
  const [clientFin, serverFin] = [
    client.fin !== NO_ROW || wasHeard(trace, 0), server.fin !== NO_ROW || wasHeard(trace, 1),
  ];
  const closedByFins = clientFin && serverFin;
  if (trace.endedBy !== NO_ROW && !(closedByFins && trace.endedBy > Math.max(client.fin, server.fin))) return 'reset';
  if (closedByFins) return 'closed';
  if (trace.resets.some((reset) => reset.accepted !== false && reset.cause !== 'challenge' && reset.cause !== 'forged'))
    return 'reset';
  if (gaveUp(trace.states[0]) || gaveUp(trace.states[1])) return 'half-open';
  if (clientFin || serverFin) return 'half-closed';
  return 'open';
}

/** Whether sockets of another connection answered the client's SYN. */
function wasChallenged(history: SegmentHistory, trace: StateTrace): boolean {
  if (trace.resets.some(({ cause }) => cause === 'challenge')) return true;
  for (let i = 0; i < history.count; i++) {
    const { talker, marks, flags } = history.rows[i]!;
    if (talker === 1 && marks & FOREIGN && (flags & (SYN | RST | ACK)) === ACK) return true;
  }
  return false;
}

/**
 * Whether one end was ever past the handshake; where the capture begins in the middle of a close, it is found there.
 */
function wasOpen(trace: StateTrace): boolean {
  return trace.states.some((entries) =>
    entries.some(({ state }) => state !== 'SYN-SENT' && state !== 'SYN-RECEIVED' && state !== 'CLOSED'),
  );
}

/**
 * Whether the FIN of `end` was heard by its peer, though the capture may not hold it: the numbers of what came behind
 * it show it.
 */
function wasHeard(trace: StateTrace, end: 0 | 1): boolean {
  return trace.states[(1 - end) as 0 | 1].some(({ state }) => BEHIND_PEERS_FIN.has(state));
}

const BEHIND_PEERS_FIN: ReadonlySet<State> = new Set<State>(['CLOSE-WAIT', 'LAST-ACK', 'CLOSING', 'TIME-WAIT']);

function rowsBesidesResets(history: SegmentHistory): boolean {
  for (let i = 0; i < history.count; i++)
    if (!(history.rows[i]!.flags & RST) && !(history.rows[i]!.marks & FOREIGN)) return true;
  return false;
}

/** Ended by its retransmission timer: from a state that waits for the peer, without a frame. */
function gaveUp(entries: readonly StateEntry[]): boolean {
  const last = entries.at(-1);
  const before = entries.at(-2)?.state;
  return last?.state === 'CLOSED' && last.frame === null && before !== 'TIME-WAIT' && before !== 'FIN-WAIT-2';
}

/** Who sent its FIN without having received one, before a RST had ended it all; with a RST and no FIN, who aborted. */
function closer(history: SegmentHistory, trace: StateTrace): Role | 'both' | null {
  const over = trace.endedBy === NO_ROW ? Infinity : history.rows[trace.endedBy]!.time;
  const client = hasEntered(trace.states[0], 'FIN-WAIT-1', over);
  const server = hasEntered(trace.states[1], 'FIN-WAIT-1', over);
  if (client && server) return 'both';
  if (client || server) return client ? 'client' : 'server';
  return trace.resets.find((reset) => reset.shape === 'active' && reset.cause !== 'forged')?.by ?? null;
}

/** Whether an end entered `state` until `latest`. */
function hasEntered(entries: readonly StateEntry[], state: State, latest: Time = Infinity): boolean {
  for (const entry of entries) if (entry.state === state && entry.time <= latest) return true;
  return false;
}
