import { ACK, RST, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { ROLES } from '../tcp/fold.js';
import type { Connection, Reset, Role, StateEntry } from '../tcp/connection.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { answerToSyn, hasTimeWait } from '../tcp/time-wait-rule.js';
import { MILLISECOND, SECOND, formatDuration, formatToMilliseconds } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { ofBothEnds } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

/**
 * Linux gives a connection that reopens a TIME-WAIT tuple the old SND.NXT + 65537 (tcp_timewait_state_process: tw_isn =
 * tw_snd_nxt + 65535 + 2): the proof that TIME-WAIT was there.
 */
const REOPENED_ISN = 65_537;

/** Twice the MSL of RFC 9293 §3.4.2. */
const LONGEST_HELD: Duration = 240 * SECOND;
type Cause = 'accepted' | 'collision' | 'dropped' | 'assassinated';

/** A five-tuple that is used again while one end still held TIME-WAIT. */
export const timeWaitReuse: Detector<'time-wait-reuse', Cause> = {
  id: 'time-wait-reuse',
  title: 'TIME-WAIT reuse',
  rfc: 'RFC 9293 §3.6.1 MAY-2, RFC 6191, RFC 1337',
  severities: { accepted: 'info', collision: 'error', dropped: 'error', assassinated: 'warning' },
  advice: {
    accepted: ['Nothing to change: the new SYN was newer than the old connection, and TIME-WAIT gave way.'],
    collision: [
      'Do not bind the client to a fixed local port, and do not let SO_REUSEADDR reuse it at once; let the ' +
        'kernel choose (IP_BIND_ADDRESS_NO_PORT).',
      'Keep TCP timestamps on at both ends: they let TIME-WAIT accept a newer SYN.',
      'Reuse connections, or let the client be the one that closes, so that it and not the server holds TIME-WAIT.',
      'A TIME-WAIT that outlasts the RST (RFC 1337: BSD, macOS, net.ipv4.tcp_rfc1337=1) meets every new attempt ' +
        'until it is over: 30 s on macOS and BSD (net.inet.tcp.msl), up to 240 s elsewhere.',
    ],
    dropped: [
      'The SYN fell into TIME-WAIT and nobody answered: a system that drops it (BSD, macOS), or a firewall that ' +
        'lost the state.',
      'Use another local port for each connection; keep TCP timestamps on.',
      'Behind Linux IPVS (Kubernetes too): net.ipv4.vs.conn_reuse_mode=1 lets a new SYN take over an entry that ' +
        'is closing.',
    ],
    assassinated: [
      'A RST ended TIME-WAIT (RFC 1337): late segments of the old connection can now reach a new one. ' +
        'net.ipv4.tcp_rfc1337=1 ignores it.',
      'Find who sends a RST after a clean close: usually a linger 0 or a close() with unread data at the end.',
    ],
  },
  detect(subject) {
    const assassinations = ofBothEnds(subject, assassination);
    return subject.connection.previous === null ? assassinations : [...reuse(subject), ...assassinations];
  },
};

function reuse(subject: Subject): Detection<Cause>[] {
  const { history, connection } = subject;
  const { syn } = history.ends[0];
  // Whatever is told of a reuse is told of a TIME-WAIT.
  if (syn === NO_ROW || !subject.previousMayHaveWaited() || subject.wasTriedAgain()) return [];
  const previous = subject.previous();
  if (!previous) return [];
  const attempts = subject.attempts();
  const own = history.rows[syn]!;
  const start = attempts[0]?.start ?? own.time;
  const held = holder(previous, start);
  if (!held) return heldOnTheWay(subject, previous, own);
  const first = attempts[0]?.firstFrame ?? own.frame;
  const [client, server] = history.ends;
  const base = { role: 'client' as const, start, evidence: evidence(subject, held, start, attempts.length + 1) };
  const left = `${held.role === 'client' ? 'the client itself' : 'the server'} held TIME-WAIT for ` +
    `${seconds(start - held.entry.time)} s`;
  const challenge =
    attempts.flatMap(({ resets }) => resets).find(({ cause }) => cause === 'challenge')?.trigger ??
    challengeFrame(subject);
  const resets = [...attempts.flatMap((attempt) => attempt.resets), ...connection.resets];
  const refusal = resets.find((reset) => reset.cause === 'challenge');
  const answered = server.synAck === NO_ROW ? null : history.rows[server.synAck]!;
  if (challenge === null && !refusal && answered && attempts.length === 0 && history.count > server.synAck) {
    const wait = answered.time - own.time;
    const asked = history.lastFlagged(server.synAck, 0, SYN | ACK, SYN);
    const again = asked === NO_ROW ? own : history.rows[asked]!;
    if (again.frame !== own.frame && wait >= SECOND) {
      return [
        {
          ...base, cause: 'dropped', confidence: 'likely', severity: 'warning', end: answered.time,
          frames: [own.frame, again.frame, answered.frame],
          message:
            `The same ports again: ${left}, and the SYN (frame ${own.frame}) was not answered; sent again, it was ` +
            `accepted ${formatDuration(wait)} s later (frame ${answered.frame}).`,
          evidence: { ...base.evidence, stallMilliseconds: Math.round(wait / MILLISECOND), connected: true },
        },
      ];
    }
    return [
      {
        ...base, cause: 'accepted', confidence: proven(subject, held.role) ? 'certain' : 'likely', end: answered.time,
        frames: [own.frame, answered.frame],
        message: `The same ports again: ${left}, and the SYN was accepted in ${formatDuration(wait)} s.`,
      },
    ];
  }
  const last = history.rows[lastSyn(subject)]!;
  if (challenge !== null || refusal) {
    const outcome = outcomeOf(subject);
    const end: Time = outcome.stood?.time ?? outcome.refusal?.time ?? last.time;
    const stall = Math.round((end - start) / MILLISECOND);
    return [
      {
        ...base, cause: 'collision', confidence: hasOldNumbers(subject, own, challenge) ? 'certain' : 'likely',
        end: outcome.stood ? end : null,
        frames: [
          first, ...(challenge === null ? [] : [challenge]), own.frame, ...resets.map((reset) => reset.frame),
          ...(answered ? [answered.frame] : []),
        ],
        message:
          `The SYN (frame ${first}) fell into TIME-WAIT: ${left}, and ${held.role === 'client' ? 'the server ' : ''}` +
          `${challenge === null ? 'must have answered with its old numbers, which this capture does not show' : `answered with its old numbers (frame ${challenge})`}. ` +
          `${attempts.length > 0 ? `${attempts.length + 1} attempts on the same ports: the` : 'The'} ` +
          outcomeInWords(subject, stall, start, attempts.length),
        evidence: {
          ...base.evidence, challengeFrame: challenge, stallMilliseconds: stall, connected: outcome.stood !== null,
        },
      },
    ];
  }
  const rejection = connection.resets.find(({ cause }) => cause === 'refused');
  if (rejection) {
    // A host without a socket, and one that follows RFC 9293 §3.10.7.1 from TIME-WAIT, resets with number 0.
    const row = history.rowOfFrame(rejection.frame);
    if (row === NO_ROW || history.rows[row]!.sequence === 0) return [];
    return [
      {
        ...base, cause: 'collision', confidence: 'likely', end: null,
        frames: first === own.frame ? [first, rejection.frame] : [first, own.frame, rejection.frame],
        message:
          `The SYN (frame ${first}) fell into TIME-WAIT: ${left}, and answered by a RST with a number of its own ` +
          `(frame ${rejection.frame}), as no host without a socket does. ` +
          (attempts.length > 0
            ? `${attempts.length + 1} attempts on the same ports within ${seconds(rejection.time - start)} s: all ` +
              `were rejected.`
            : 'The connection never came about.'),
        evidence: { ...base.evidence, connected: false },
      },
    ];
  }
  if (client.first === NO_ROW || (lastSyn(subject) === syn && attempts.length === 0)) return [];
  // pf answers a SYN that meets its state of the closed connection so (pf_test_state_tcp: TH_RST alone).
  // Without a number that it could have, it is taken for one of the old connection's.
  const answer = previous.resets.find(({ by, time }) => by === 'server' && time > own.time);
  return [
    {
      ...base, cause: 'dropped', confidence: 'likely', alternatives: ['collision'], end: null,
      frames: [first, ...(answer ? [answer.frame] : []), last.frame],
      message:
        `The SYN (frame ${first}) was sent again and ${answer ? vain(answer.frame) : 'never answered'}: ${left}.`,
    },
  ];
}

/** Such a RST ends no connection that is being opened. */
function vain(frame: number | null): string {
  return `answered by a RST without ACK alone (frame ${frame}), which no SYN takes (RFC 9293 §3.10.7.3)`;
}

/** The SYN-ACK that opened the connection, and the RST that took it back. */
interface Outcome {
  readonly stood: TellingSegment | null;
  readonly refusal: TellingSegment | null;
  /** SYN-ACKs of different numbers: each is of another socket, or of a listener that remembers nothing. */
  readonly synAcks: number;
}

/** A connection stands once the client acknowledges a SYN-ACK, and no RST follows before payload is acknowledged. */
function outcomeOf({ history }: Subject): Outcome {
  const numbers = new Set<number>();
  let [stood, acknowledged, refusal]: [TellingSegment | null, boolean, TellingSegment | null] = [null, false, null];
  for (let i = 0; i < history.count; i++) {
    const row = history.rows[i]!;
    if (row.marks & FOREIGN) continue;
    if (row.flags & SYN) {
      if (row.talker === 1) {
        numbers.add(row.sequence);
        stood ??= row;
      }
    } else if (row.flags & RST) {
      if (stood === null || (row.talker === 0 && !acknowledged)) continue;
      refusal = row;
      break;
    } else if (row.length > 0 && acknowledged) break;
    else if (row.talker === 0 && row.flags & ACK && stood !== null) acknowledged = true;
  }
  return { stood: refusal === null ? stood : null, refusal, synAcks: numbers.size };
}

function outcomeInWords(subject: Subject, stall: number, start: Time, before: number): string {
  const { stood, refusal, synAcks } = outcomeOf(subject);
  const which = before > 0 ? 'last' : 'connection';
  if (stood)
    return before > 0
      ? `${which} stood ${seconds(stood.time - start)} s after the first.`
      : `${which} stood ${stall} ms later.`;
  if (refusal === null) return `${which} never came about.`;
  const many = synAcks > 1 ? `${synAcks} SYN-ACKs of different numbers` : 'a SYN-ACK';
  return (
    `${which} never came about: the server answered with ${many}, and a RST (frame ${refusal.frame}) took it back ` +
    `${stall} ms after the first SYN.`
  );
}

/**
 * Ports that were used again after the hosts had let go of them, and a first SYN that was lost: trackers on the way
 * hold a tuple longer than Linux does, 120 s (IPVS, ip_vs_proto_tcp.c tcp_timeouts;
 * nf_conntrack_tcp_timeout_time_wait), and others up to twice the MSL (RFC 9293 §3.4.2).
 */
function heldOnTheWay({ history, connection }: Subject, previous: Connection, own: TellingSegment): Detection<Cause>[] {
  const { synAck } = history.ends[1];
  const since = own.time - previous.end;
  if (synAck === NO_ROW || previous.ending !== 'closed' || since < 0 || since > LONGEST_HELD || !hasTimeWait(previous))
    return [];
  const asked = history.lastFlagged(synAck, 0, SYN | ACK, SYN);
  if (
    asked === NO_ROW || history.rows[asked]!.frame === own.frame ||
    connection.resets.some(({ cause }) => cause === 'challenge')
  )
    return [];
  const answer = history.rows[synAck]!;
  const stall = answer.time - own.time;
  return [
    {
      cause: 'dropped', confidence: 'possible', severity: stall >= SECOND ? 'warning' : 'info', role: 'client',
      start: own.time, end: answer.time, frames: [own.frame, history.rows[asked]!.frame, answer.frame],
      message:
        `The same ports again, ${(since / SECOND).toFixed(1)} s after the close: the first SYN (frame ${own.frame}) ` +
        `was lost, and the connection came about ${seconds(stall)} s later. Hosts had let go of the ports by then; a ` +
        `load balancer or tracker on the way holds them longer (IPVS and conntrack 120 s).`,
      evidence: {
        sinceClose: seconds(since), stallMilliseconds: Math.round(stall / MILLISECOND), previousFlow: previous.id,
        connected: true,
      },
    },
  ];
}

interface Holder {
  readonly role: Role;
  readonly entry: StateEntry;
  readonly previous: Connection;
}

/**
 * Which end of the earlier connection was in TIME-WAIT at `time`: the server where both were, who closed at once (RFC
 * 9293 §3.5, figure 13), for it is the server that answers the SYN.
 */
function holder(previous: Connection, time: Time): Holder | null {
  for (const role of ['server', 'client'] as const) {
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

/**
 * Whether what answered the SYN acknowledges all that the client had sent on the connection before, its FIN too, as
 * TIME-WAIT does. Others answer a SYN with a wrong number as well: a firewall that asks so whether the client is real.
 */
function hasOldNumbers(
  { history, initialDistances: [distance] }: Subject, syn: TellingSegment, challenge: number | null,
): boolean {
  const row = history.rowOfFrame(challenge);
  if (row === NO_ROW || distance === null) return false;
  return history.rows[row]!.acknowledgment === ((syn.sequence - distance) | 0);
}

function lastSyn({ history }: Subject): number {
  return history.lastFlagged(history.count, 0, SYN | ACK, SYN);
}

/** The holder took the SYN, or sent its own, out of TIME-WAIT: Linux' distance of initial sequence numbers. */
function proven({ initialDistances }: Subject, role: Role): boolean {
  return initialDistances[role === 'client' ? 0 : 1] === REOPENED_ISN;
}

function evidence(subject: Subject, held: Holder, time: Time, attempts: number): Detection['evidence'] {
  const { initialDistances, timers } = subject;
  const advance = subject.timestampAdvance();
  const { system } = timers[held.role === 'client' ? 0 : 1];
  const predicted = initialDistances[0] === null ? null : answerToSyn(system, initialDistances[0], advance);
  return {
    system, predicted, timestampAdvance: advance, holder: held.role, heldSeconds: seconds(time - held.entry.time),
    previousFlow: held.previous.id, synDistance: initialDistances[0], synAckDistance: initialDistances[1],
    reopenedFromTimeWait: proven(subject, held.role), attempts,
  };
}

const seconds = (duration: number): number => Number(formatToMilliseconds(duration));

/** A RST that ended TIME-WAIT before its time (RFC 1337; tcp_timewait_state_process, unless tcp_rfc1337 is set). */
function assassination(subject: Subject, holder: 0 | 1): Detection<Cause> | null {
  const { connection, trace } = subject;
  const role = ROLES[holder];
  const states = trace.states[holder];
  const at = states.findIndex((entry) => entry.state === 'TIME-WAIT');
  const end = states[at + 1];
  if (at < 0 || !end || end.frame === null) return null;
  const killer = connection.resets.find((reset) => reset.frame === end.frame && reset.by !== role);
  if (!killer) return null;
  return {
    cause: 'assassinated', confidence: 'likely', ...(isReply(subject, killer) ? { severity: 'info' } : {}),
    role: killer.by, start: states[at]!.time, end: end.time, frames: [end.frame],
    message:
      `A RST of the ${killer.by} (frame ${killer.frame}) ended TIME-WAIT of the ${role} ` +
      `${seconds(end.time - states[at]!.time)} s after the close.`,
    evidence: { killedAfterSeconds: seconds(end.time - states[at]!.time) },
  };
}

/**
 * Drawn by a late segment of the holder itself: the peer's socket was gone, as it should be, and nothing is wrong but
 * the timing.
 */
function isReply({ history }: Subject, killer: Reset): boolean {
  const trigger = history.rowOfFrame(killer.trigger);
  return (
    trigger !== NO_ROW &&
    killer.time - history.rows[trigger]!.time <=
      history.ends[killer.by === 'client' ? 0 : 1].reach * 1.5 + 5 * MILLISECOND
  );
}
