import { ACK, RST, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import { ROLES } from '../tcp/fold.js';
import type { Connection, Reset, Role, StateEntry } from '../tcp/connection.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { answerToSyn } from '../tcp/time-wait-rule.js';
import { MILLISECOND, formatDuration, formatToMilliseconds } from '../base/time.js';
import type { Time } from '../base/time.js';
import { ofBothEnds } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

/**
 * Linux gives a connection that reopens a TIME-WAIT tuple the old SND.NXT + 65537 (tcp_timewait_state_process: tw_isn =
 * tw_snd_nxt + 65535 + 2): the proof that TIME-WAIT was there.
 */
const REOPENED_ISN = 65_537;

/** The same five-tuple again while one end still held TIME-WAIT. */
export const timeWaitReuse: Detector = {
  id: 'time-wait-reuse',
  title: 'TIME-WAIT reuse',
  rfc: 'RFC 9293 §3.6.1 MAY-2, RFC 6191, RFC 1337',
  severities: { accepted: 'info', collision: 'error', dropped: 'error', assassinated: 'warning' },
  advice: {
    accepted: ['Nothing to change: the new SYN was newer than the old connection, and TIME-WAIT gave way.'],
    collision: [
      'Do not bind the client to a fixed local port, and do not let SO_REUSEADDR reuse it at once; let the kernel choose (IP_BIND_ADDRESS_NO_PORT).',
      'Keep TCP timestamps on at both ends: they let TIME-WAIT accept a newer SYN.',
      'Reuse connections, or let the client be the one that closes, so that it and not the server holds TIME-WAIT.',
    ],
    dropped: [
      'The SYN fell into TIME-WAIT and nobody answered: a system that drops it (BSD, macOS), or a firewall that lost the state.',
      'Use another local port for each connection; keep TCP timestamps on.',
    ],
    assassinated: [
      'A RST ended TIME-WAIT (RFC 1337): late segments of the old connection can now reach a new one. net.ipv4.tcp_rfc1337=1 ignores it.',
      'Find who sends a RST after a clean close: usually a linger 0 or a close() with unread data at the end.',
    ],
  },
  detect(subject) {
    const assassinations = ofBothEnds(subject, assassination);
    return subject.connection.previous === null ? assassinations : [...reuse(subject), ...assassinations];
  },
};

function reuse(subject: Subject): Detection[] {
  const { history, connection } = subject;
  const { syn } = history.ends[0];
  const previous = syn === NO_ROW ? null : subject.previous();
  if (!previous) return [];
  const at = history.rows[syn]!;
  const held = holder(previous, at.time);
  if (!held) return [];
  const [client, server] = history.ends;
  const base = { role: 'client' as const, start: at.time, evidence: evidence(subject, held, at.time) };
  const left = `${held.role === 'client' ? 'the client itself' : 'the server'} held TIME-WAIT for ${seconds(at.time - held.entry.time)} s`;
  const challenge = challengeFrame(subject);
  const refusal = connection.resets.find((reset) => reset.cause === 'challenge');
  const answered = server.synAck === NO_ROW ? null : history.rows[server.synAck]!;
  if (challenge === null && !refusal && answered && history.count > server.synAck) {
    const wait = answered.time - at.time;
    return [{ ...base, cause: 'accepted', confidence: proven(subject, held.role) ? 'certain' : 'likely', end: answered.time, frames: [at.frame, answered.frame], message: `The same ports again: ${left}, and the SYN was accepted in ${formatDuration(wait)} s.` }];
  }
  const last = history.rows[lastSyn(subject)]!;
  if (challenge !== null || refusal) {
    const end: Time = answered?.time ?? last.time;
    const stall = Math.round((end - at.time) / MILLISECOND);
    return [{
      ...base, cause: 'collision', confidence: challenge === null ? 'likely' : 'certain', end: answered ? end : null,
      frames: [at.frame, ...(challenge === null ? [] : [challenge]), ...connection.resets.map((reset) => reset.frame), ...(answered ? [answered.frame] : [])],
      message: `The SYN (frame ${at.frame}) fell into TIME-WAIT: ${left}, and ${challenge === null ? 'must have answered with its old numbers, which this capture does not show' : `answered with its old numbers (frame ${challenge})`}. ${answered ? `The connection stood ${stall} ms later.` : 'The connection never came about.'}`,
      evidence: { ...base.evidence, challengeFrame: challenge, stallMilliseconds: stall, connected: answered !== null },
    }];
  }
  if (client.first === NO_ROW || lastSyn(subject) === syn) return [];
  return [{ ...base, cause: 'dropped', confidence: 'likely', alternatives: ['collision'], end: null, frames: [at.frame, last.frame], message: `The SYN (frame ${at.frame}) was sent again and never answered: ${left}.` }];
}

interface Holder {
  readonly role: Role;
  readonly entry: StateEntry;
  readonly previous: Connection;
}

/** Which end of the earlier connection was in TIME-WAIT at `time`. */
function holder(previous: Connection, time: Time): Holder | null {
  for (const role of ROLES) {
    const entry = previous.states[role].findLast((candidate) => candidate.time < time);
    if (entry?.state === 'TIME-WAIT') return { role, entry, previous };
  }
  return null;
}

/** The first frame in which a socket of the earlier connection answered the attempt, with old numbers. */
function challengeFrame({ history }: Subject): number | null {
  for (let i = 0; i < history.count; i++) {
    const row = history.rows[i]!;
    if (row.talker === 1 && row.marks & FOREIGN && (row.flags & (ACK | SYN | RST)) === ACK) return row.frame;
  }
  return null;
}

function lastSyn({ history }: Subject): number {
  return history.lastFlagged(history.count, 0, SYN | ACK, SYN);
}

/** The holder took the SYN, or sent its own, out of TIME-WAIT: Linux' distance of initial sequence numbers. */
function proven({ initialDistances }: Subject, role: Role): boolean {
  return initialDistances[role === 'client' ? 0 : 1] === REOPENED_ISN;
}

function evidence(subject: Subject, held: Holder, time: Time): Detection['evidence'] {
  const { initialDistances, timers } = subject;
  const advance = subject.timestampAdvance();
  const { system } = timers[held.role === 'client' ? 0 : 1];
  const predicted = initialDistances[0] === null ? null : answerToSyn(system, initialDistances[0], advance);
  return {
    system, predicted, timestampAdvance: advance,
    holder: held.role, heldSeconds: seconds(time - held.entry.time), previousFlow: held.previous.id,
    synDistance: initialDistances[0], synAckDistance: initialDistances[1], reopenedFromTimeWait: proven(subject, held.role),
  };
}

const seconds = (duration: number): number => Number(formatToMilliseconds(duration));

/** A RST that ended TIME-WAIT before its time (RFC 1337; tcp_timewait_state_process, unless tcp_rfc1337 is set). */
function assassination(subject: Subject, holder: 0 | 1): Detection | null {
  const { connection, trace } = subject;
  const role = ROLES[holder];
  const states = trace.states[holder];
  const at = states.findIndex((entry) => entry.state === 'TIME-WAIT');
  const end = states[at + 1];
  if (at < 0 || !end || end.frame === null) return null;
  const killer = connection.resets.find((reset) => reset.frame === end.frame && reset.by !== role);
  if (!killer) return null;
  return {
    cause: 'assassinated', confidence: 'likely', ...(isReply(subject, killer) ? { severity: 'info' } : {}), role: killer.by, start: states[at]!.time, end: end.time, frames: [end.frame],
    message: `A RST of the ${killer.by} (frame ${killer.frame}) ended TIME-WAIT of the ${role} ${seconds(end.time - states[at]!.time)} s after the close.`,
    evidence: { killedAfterSeconds: seconds(end.time - states[at]!.time) },
  };
}

/** Drawn by a late segment of the holder itself: the peer's socket was gone, as it should be, and nothing is wrong but the timing. */
function isReply({ history }: Subject, killer: Reset): boolean {
  const trigger = history.rowOfFrame(killer.trigger);
  return trigger !== NO_ROW && killer.time - history.rows[trigger]!.time <= history.ends[killer.by === 'client' ? 0 : 1].reach * 1.5 + 5 * MILLISECOND;
}
