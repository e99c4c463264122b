import type { FrameNumber } from '../base/numbers.js';
import { isOneDirection } from '../flow/history/one-direction.js';
import { FOREIGN, PROBE, REPEAT } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Reset, Role } from '../tcp/connection.js';
import { hearsNoAnswers } from '../tcp/deaf.js';
import { SHORTEST_TIMEOUT, givesUpAt } from '../tcp/give-up.js';
import { ROLES } from '../tcp/fold.js';
import { isUnreachable, wordsOf } from '../tcp/network-error.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { formatToMilliseconds } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Detection, Detector, Subject } from './detector.js';
import { largeSegmentLost } from './path-mtu.js';
import { wereLastWords } from './said-too-late.js';
import { THREE_TIMEOUTS, UNANSWERED } from './sent-in-vain.js';

/** A timer that doubles is later than this, from the second repetition on (3 in place of 2); one that does not, earlier. */
const STEADY = 1.25;

/** As many may be enough where they took long. */
const FEWEST = 2;

/** The RST that answers a challenge, or the challenge itself where none did. */
type Challenge = Pick<Reset, 'trigger' | 'frame' | 'time'>;
const BOUND = 'Bound the wait by TCP_USER_TIMEOUT instead of some 15 minutes of tcp_retries2, and reconnect.';

/** Where an ICMP error says who does not deliver. */
const REJECTED = [
  'Look at the sender of the ICMP errors: it has the segments and does not deliver them. Host or network ' +
    'unreachable: no route, no answer to ARP (the host went, an address moved), an entry of its NAT or balancer that is gone; ' +
    'prohibited or port unreachable: a rule of its own.',
] as const;

type Cause = 'keepalive-timeout' | 'retransmission-timeout' | 'stale-peer' | 'collision';

/** One end is gone, and the other does not know it, or learns it only from its timers. */
export const halfOpen: Detector<'half-open', Cause> = {
  id: 'half-open', title: 'Half-open connection', rfc: 'RFC 9293 §3.5.1, §3.8.3, §3.8.4',
  severities: {
    'keepalive-timeout': 'warning', 'retransmission-timeout': 'warning', 'stale-peer': 'warning', collision: 'warning',
  },
  advice: {
    'keepalive-timeout': [
      'The peer, its network or a NAT between went away without a word. If idle connections die so, send ' +
        'keepalives more often than the shortest idle timer on the way (240 s for a limit of 350 s).',
    ],
    'retransmission-timeout': [
      'Data was sent again and again and never acknowledged: the path or the peer is gone.',
      BOUND,
    ],
    'stale-peer': [
      'One end still holds a connection that the other has forgotten (a restart without close, a lost RST): it ' +
        'will hold it until it writes.',
      'Turn on keepalives at the end that only waits.',
    ],
    collision: [
      'Two clients come to the server from the same address and port: look at what translates their addresses ' +
        '(NAT, a load balancer that keeps client addresses and is reached in two ways), and give it more ports or ' +
        'addresses.',
    ],
  },
  detect(subject) {
    const detection =
      byKeepalive(subject) ??
      byRetransmission(subject) ??
      byOneWayRoad(subject) ??
      stalePeer(subject) ??
      lateFin(subject);
    return detection ? [detection] : [];
  },
};

function byKeepalive(subject: Subject): Detection<Cause> | null {
  const { connection, history } = subject;
  const reset = connection.resets.find((candidate) => candidate.cause === 'keepalive-timeout');
  if (!reset) return null;
  const talker = ROLES.indexOf(reset.by) as 0 | 1;
  if (hearsNoAnswers(history, talker) !== NO_ROW) return null; // a one-way road, which has a finding of its own
  const probe = history.firstAfter(NO_ROW, talker, (row) => (row.marks & PROBE) !== 0);
  const start = probe === NO_ROW ? reset.time : history.rows[probe]!.time;
  return {
    cause: 'keepalive-timeout', confidence: reset.confidence, role: other(reset.by), start, end: reset.time,
    frames: [...(probe === NO_ROW ? [] : [history.rows[probe]!.frame]), reset.frame],
    message:
      `The ${other(reset.by)} fell silent; keepalive probes of the ${reset.by} went unanswered until it gave up ` +
      `with a RST (frame ${reset.frame}).`,
    evidence: { because: reset.evidence, idleBeforeSeconds: Number(formatToMilliseconds(subject.idleBefore(start))) },
  };
}

/** Sent again at least three times without any answer, until a RST, silence, or the end of the capture. */
function byRetransmission(subject: Subject): Detection<Cause> | null {
  const { history, connection } = subject;
  // By the system, or by an application that had waited long enough: Linux itself gives up in silence.
  const byReset = connection.resets.find(
    (reset) => reset.cause === 'retransmission-timeout' || (reset.shape === 'active' && reset === connection.resets[0]),
  );
  const end = lastBut(history, byReset?.frame ?? null);
  // A RST of the peer is an answer: it is there, whatever it did with the data.
  if (end === NO_ROW || (byReset !== undefined && ROLES[history.rows[end]!.talker] !== byReset.by)) return null;
  const close = closeBehind(history, end);
  const last = close === NO_ROW ? end : lastRepeated(history, close);
  const row = history.rows[last]!;
  const repeats = repetitions(history, last);
  // Probes are told by their own cause, a bare FIN by its own finding, a SYN by the ending.
  const isLittle = repeats < UNANSWERED;
  if (repeats < FEWEST || row.marks & PROBE || row.flags & (RST | SYN) || (row.flags & FIN && row.length === 0))
    return null;
  const sender = ROLES[row.talker]!;
  const original = history.lastBefore(
    last, row.talker, (earlier) => earlier.sequence === row.sequence && earlier.repeats === 0,
  );
  // Of a long connection the history no longer holds it, but the first time that something came again.
  const first = original === NO_ROW ? firstOfSeries(history, last) : original;
  if (isKeepalive(history, last, original)) return null;
  const from = first === NO_ROW ? row : history.rows[first]!;
  const lasted = row.time - from.time;
  if (lasted < (isLittle ? THREE_TIMEOUTS : shortestFor(repeats))) return null;
  const closed = close === NO_ROW ? null : history.rows[close]!;
  const gaveUp = byReset || closed !== null ? null : givesUpAt(history, row.talker);
  const became =
    byReset !== undefined
      ? `, and gave up with a RST (frame ${byReset.frame})`
      : closed !== null
        ? `, and closed in vain (frame ${closed.frame})`
        : gaveUp === null
          ? ''
          : ', then must have given up in silence';
  // Of an established connection such errors are advice, which TCP keeps to itself (RFC 1122 §4.2.3.9).
  const error = subject.errors.find(
    (each) => each.talker === sender && isUnreachable(each) && each.last >= from.time,
  );
  const isHost = error !== undefined && error.sender === connection[other(sender)].address;
  const reason =
    error === undefined
      ? ''
      : `. ${error.sender}, ${isHost ? 'that host itself' : 'a router or firewall on the way'}, says that ` +
        `${wordsOf(error)} in frame ${error.frame}`;
  return {
    cause: 'retransmission-timeout', confidence: isLittle ? 'possible' : 'likely', role: other(sender),
    start: from.time, end: byReset?.time ?? closed?.time ?? gaveUp,
    frames: [
      from.frame, ...(error === undefined ? [] : [error.frame]), row.frame,
      ...(byReset ? [byReset.frame] : closed !== null ? [closed.frame] : []),
    ],
    message:
      `The ${sender} sent the same data ${original === NO_ROW ? repeats : repeats + 1} times in ` +
      `${formatToMilliseconds(lasted)} s without an answer from the ${other(sender)}${became}${reason}.`,
    ...(original !== NO_ROW && wereLastWords(subject, original) ? { severity: 'info' as const } : {}),
    ...(error === undefined ? {} : { advice: [...REJECTED, BOUND] }),
    evidence: {
      ...(error === undefined ? {} : { by: error.sender, code: error.code, errors: error.count }),
      retransmissions: repeats, idleBeforeSeconds: Number(formatToMilliseconds(subject.idleBefore(from.time))),
      gaveUp: gaveUp !== null || byReset !== undefined || closed !== null,
    },
  };
}

/**
 * How often the data of row `at` came again. Nobody knows which of the repetitions of one direction had been answered:
 * there those count alone that begin as it does.
 */
function repetitions(history: SegmentHistory, at: number): number {
  const { rows, count } = history;
  const { sequence, repeats } = rows[at]!;
  if (!isOneDirection(rows, count)) return repeats;
  const first = firstOfSeries(history, at, (row) => row.sequence === sequence);
  return first === NO_ROW ? 1 : repeats - rows[first]!.repeats + 1;
}

/**
 * The first row of the repetitions of which row `at` is the last, as far back as `belongs` says so; NO_ROW where it is
 * the only one that is held.
 */
function firstOfSeries(
  { rows }: SegmentHistory, at: number, belongs: (row: TellingSegment) => boolean = () => true,
): number {
  const { talker } = rows[at]!;
  let first = NO_ROW;
  for (let i = at - 1, least = rows[at]!.repeats; i >= 0 && least > 1; i--) {
    const row = rows[i]!;
    if (row.talker !== talker || row.repeats === 0 || row.marks & FOREIGN) continue;
    if (row.repeats >= least || !belongs(row)) break;
    [first, least] = [i, row.repeats];
  }
  return first;
}

/**
 * Whether row `at` asks whether its peer is there, though nothing captured of that shows that it had all before: no
 * byte or one, the last that was sent (RFC 1122 §4.2.3.6), where a retransmission takes all that is not acknowledged
 * (RFC 9293 §3.8.1). It is the end of something longer; or, where that is not known, comes in the same time again and
 * again, and a retransmission in twice the time (RFC 6298 §5.5).
 */
function isKeepalive(history: SegmentHistory, at: number, original: number): boolean {
  const { rows } = history;
  const { talker, sequence, length, flags, repeats, time } = rows[at]!;
  if (length > 1 || (flags & FIN) !== 0) return false;
  // Of one direction nobody knows whether it was answered.
  if (isOneDirection(rows, history.count)) return true;
  const isEnd = (row: TellingSegment): boolean =>
    row.length > length && ((row.sequence + row.length) | 0) === ((sequence + 1) | 0);
  if (length === 0 || history.lastBefore(at, talker, isEnd) !== NO_ROW) return true;
  const second = history.lastBefore(at, talker, (row) => row.repeats === 1 && row.sequence === sequence);
  if (original === NO_ROW || second === NO_ROW) return false;
  const from = rows[original]!.time;
  return time - from <= STEADY * repeats * (rows[second]!.time - from);
}

/** A RST has no window to speak of. */
function hasNoRoom({ flags, window }: TellingSegment): boolean {
  return window === 0 && (flags & RST) === 0;
}

/**
 * How long it takes at least to send something again so often, by a timer that doubles: for as long as it does, for it
 * may have a limit (RFC 6298 §2.5), which of some stacks is a few seconds.
 */
function shortestFor(repeats: number): Duration {
  return Math.min(SHORTEST_TIMEOUT * (2 ** (repeats - 1) - 1), THREE_TIMEOUTS);
}

/**
 * The FIN, sent first or again, with which an end closed that had sent data again and again before, where nothing of
 * its peer came between: row `end` or a row of the same talker before it. NO_ROW if there is none.
 */
function closeBehind(history: SegmentHistory, end: number): number {
  const { talker } = history.rows[end]!;
  const { fin } = history.ends[talker]!;
  if (fin === NO_ROW || history.rows[fin]!.repeats >= UNANSWERED) return NO_ROW;
  const last = lastRepeated(history, fin);
  return last !== NO_ROW && history.lastBefore(history.count, 1 - talker, ({ flags }) => (flags & RST) === 0) < last
    ? fin
    : NO_ROW;
}

/** The last row before `close` in which its talker sent data again; NO_ROW if there is none. */
function lastRepeated(history: SegmentHistory, close: number): number {
  return history.lastBefore(
    close, history.rows[close]!.talker, ({ length, marks }) => length > 0 && (marks & (REPEAT | PROBE)) === REPEAT,
  );
}

/**
 * Data that is sent again for some time, while the peer speaks on and acknowledges none of it: one direction of the
 * road is cut, or swallows such packets.
 */
function byOneWayRoad({ history }: Subject): Detection<Cause> | null {
  for (const talker of [0, 1] as const) {
    const peer = 1 - talker;
    const last = history.lastBefore(
      history.count, talker, (row) => row.length > 0 && (row.marks & (REPEAT | PROBE)) === REPEAT,
    );
    if (last === NO_ROW || largeSegmentLost(history, talker) !== NO_ROW) continue;
    const row = history.rows[last]!;
    const first = history.lastBefore(
      last, talker, (earlier) => earlier.sequence === row.sequence && !(earlier.marks & REPEAT),
    );
    if (first === NO_ROW) continue;
    // Of a peer that leaves for want of it less is enough: it has waited for it.
    const isOften = row.repeats >= UNANSWERED && history.firstFlagged(first, peer, FIN, FIN) !== NO_ROW;
    if (row.time - history.rows[first]!.time < (isOften ? shortestFor(row.repeats) : THREE_TIMEOUTS)) continue;
    if (
      history.firstAcknowledging(peer, (row.sequence + 1) | 0) !== NO_ROW ||
      history.firstFlagged(first, peer, RST, 0) === NO_ROW
    )
      continue;
    // Where there is no room, a byte is sent again and again to learn of some (RFC 9293 §3.8.6.1).
    if (history.firstAfter(first, peer, hasNoRoom) !== NO_ROW) continue;
    const from = history.rows[first]!;
    const gaveUp = givesUpAt(history, talker);
    return {
      cause: 'retransmission-timeout', confidence: 'likely', role: ROLES[peer]!, start: from.time, end: gaveUp,
      frames: [from.frame, row.frame],
      message:
        `The ${ROLES[talker]} went on sending the same data for ${formatToMilliseconds(row.time - from.time)} s, ` +
        `and the ${ROLES[peer]}, which still spoke, acknowledged none of it: nothing of it arrives ` +
        `there${gaveUp === null ? '' : `. The ${ROLES[talker]} then must have given up in silence`}.`,
      evidence: { spokeOn: true, gaveUp: gaveUp !== null },
    };
  }
  return null;
}

/**
 * A new SYN met a connection that its sender had forgotten, or never knew: the challenge ACK says so (RFC 9293 §3.5.1,
 * figure 10).
 */
function stalePeer(subject: Subject): Detection<Cause> | null {
  const { connection } = subject;
  const challenge = connection.resets.find((reset) => reset.cause === 'challenge') ?? unansweredChallenge(subject);
  if (!challenge || subject.wasTriedAgain()) return null;
  const previous = subject.previous();
  if (!previous) return unknownHolder(subject, challenge);
  // The one that answers is at the server's address, whichever role it had before.
  const holder = ROLES.find(
    (role) => previous[role].port === connection.server.port && previous[role].address === connection.server.address,
  );
  const state = holder && previous.states[holder].findLast((entry) => entry.time < connection.start)?.state;
  if (!holder || !state || state === 'CLOSED' || state === 'TIME-WAIT' || state === 'SYN-SENT') return null;
  const attempts = subject.attempts();
  const first = attempts[0] ?? connection;
  const frames = [first.firstFrame, ...(challenge.trigger === null ? [] : [challenge.trigger]), challenge.frame];
  const base = { role: 'server' as const, start: Math.min(previous.end, first.start), end: challenge.time, frames };
  if (subject.previousSpoke(other(holder), challenge.time)) {
    return {
      ...base, cause: 'collision', confidence: 'likely', start: first.start,
      message:
        `Two live users of the same ports: the SYN (frame ${first.firstFrame}) was answered with the numbers of ` +
        `connection ${previous.id}, which is still in use and went on afterwards.`,
      evidence: { previousFlow: previous.id, state, attempts: attempts.length + 1 },
    };
  }
  return {
    ...base, cause: 'stale-peer', confidence: 'likely',
    message:
      `The client opens the same ports again${attempts.length > 0 ? `, ${attempts.length + 1} times` : ''}, but ` +
      `the server still held the old connection (${state}) and answered with its numbers: it had not let go of it.`,
    evidence: { previousFlow: previous.id, state, attempts: attempts.length + 1 },
  };
}

/** A challenge that drew no RST: who sent the SYN does not know of it, or is no TCP (RFC 5961 §4). */
function unansweredChallenge({ history }: Subject): Challenge | null {
  for (let i = 0; i < history.count; i++) {
    const { talker, marks, flags, frame, time } = history.rows[i]!;
    if (talker === 1 && marks & FOREIGN && (flags & (SYN | RST | ACK)) === ACK) return { trigger: null, frame, time };
  }
  return null;
}

/** A new SYN was answered with numbers of a connection that the capture does not know. */
function unknownHolder(subject: Subject, challenge: Challenge): Detection<Cause> {
  const { history, connection } = subject;
  const attempts = subject.attempts();
  const { start, firstFrame } = attempts[0] ?? connection;
  const { synAck, synEnd } = history.ends[1];
  const opened = synAck === NO_ROW || history.firstAcknowledging(0, synEnd) === NO_ROW ? null : history.rows[synAck]!;
  const stall = opened === null ? null : opened.time - start;
  return {
    cause: 'stale-peer', confidence: 'likely', alternatives: ['collision'], role: 'server', start,
    end: opened?.time ?? challenge.time,
    frames: [
      firstFrame, ...(challenge.trigger === null ? [] : [challenge.trigger]), challenge.frame,
      ...(opened === null ? [] : [opened.frame]),
    ],
    message:
      `The SYN (frame ${firstFrame}) was answered with numbers of another ` +
      `connection${challenge.trigger === null ? '' : ` (frame ${challenge.trigger})`}: somebody at the server's ` +
      `address still holds one with these ports, older than the capture or of another client behind the same ` +
      `address (NAT, a load balancer that keeps client addresses). ` +
      (stall === null
        ? 'The connection never came about.'
        : `The connection stood ${formatToMilliseconds(stall)} s later.`),
    evidence: {
      stallSeconds: stall === null ? null : Number(formatToMilliseconds(stall)), attempts: attempts.length + 1,
      connected: stall !== null,
    },
  };
}

/** A FIN answered by a RST from a side that never closed: it had forgotten the connection long before. */
function lateFin({ history, connection }: Subject): Detection<Cause> | null {
  const reset = connection.resets.find((candidate) => candidate.cause === 'no-socket' && candidate.trigger !== null);
  if (!reset) return null;
  const trigger = history.rowOfFrame(reset.trigger);
  if (trigger === NO_ROW) return null;
  const row = history.rows[trigger]!;
  // A FIN without ACK is a scanner's probe, and belongs to no connection (RFC 9293 §3.10.7.4).
  if ((row.flags & (FIN | ACK)) !== (FIN | ACK) || row.length > 0 || ROLES[row.talker] === reset.by) return null;
  return {
    cause: 'stale-peer', confidence: 'likely', role: reset.by, start: row.time, end: reset.time,
    frames: [row.frame, reset.frame],
    message:
      `The FIN of the ${other(reset.by)} (frame ${row.frame}) was answered by a RST (frame ${reset.frame}): the ` +
      `${reset.by} had forgotten the connection without a word.`,
    evidence: { finFrame: row.frame },
  };
}

/** The last row of this incarnation, leaving out the RST in `frame`. */
function lastBut(history: SegmentHistory, frame: FrameNumber | null): number {
  for (let i = history.count - 1; i >= 0; i--)
    if (!(history.rows[i]!.marks & FOREIGN) && history.rows[i]!.frame !== frame) return i;
  return NO_ROW;
}

const other = (role: Role): Role => (role === 'client' ? 'server' : 'client');
