import { FOREIGN, PROBE, REPEAT } from '../flow/history/telling-segment.js';
import { FIN, RST, SYN } from '../decode/segment.js';
import type { Role } from '../tcp/connection.js';
import { givesUpAt } from '../tcp/give-up.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Detection, Detector, Subject } from './detector.js';

/** Retransmissions in a row without an answer before silence is more than a lost packet or two. */
const UNANSWERED = 3;

/** In which data is sent so often again, by a timer that begins with a second and doubles (RFC 6298 §2.1, §5.5); Linux begins with less. */
const THREE_TIMEOUTS: Duration = 7 * SECOND;

/** One end is gone, and the other does not know it, or learns it only from its timers. */
export const halfOpen: Detector = {
  id: 'half-open',
  title: 'Half-open connection',
  rfc: 'RFC 9293 §3.5.1, §3.8.3, §3.8.4',
  severities: { 'keepalive-timeout': 'warning', 'retransmission-timeout': 'warning', 'stale-peer': 'warning' },
  advice: {
    'keepalive-timeout': [
      'The peer, its network or a NAT between went away without a word. If idle connections die so, send keepalives more often than the shortest idle timer on the way (240 s for a limit of 350 s).',
    ],
    'retransmission-timeout': [
      'Data was sent again and again and never acknowledged: the path or the peer is gone.',
      'Bound the wait by TCP_USER_TIMEOUT instead of some 15 minutes of tcp_retries2, and reconnect.',
    ],
    'stale-peer': [
      'One end still holds a connection that the other has forgotten (a restart without close, a lost RST): it will hold it until it writes.',
      'Turn on keepalives at the end that only waits.',
    ],
  },
  detect(subject) {
    const detection = byKeepalive(subject) ?? byRetransmission(subject) ?? byOneWayRoad(subject) ?? stalePeer(subject) ?? lateFin(subject);
    return detection ? [detection] : [];
  },
};

function byKeepalive({ connection, history }: Subject): Detection | null {
  const reset = connection.resets.find((candidate) => candidate.cause === 'keepalive-timeout');
  if (!reset) return null;
  const talker = ROLES.indexOf(reset.by);
  const probe = history.firstAfter(NO_ROW, talker, (row) => (row.marks & PROBE) !== 0);
  const start = probe === NO_ROW ? reset.time : history.rows[probe]!.time;
  return {
    cause: 'keepalive-timeout', confidence: reset.confidence, role: other(reset.by), start, end: reset.time,
    frames: [...(probe === NO_ROW ? [] : [history.rows[probe]!.frame]), reset.frame],
    message: `The ${other(reset.by)} fell silent; keepalive probes of the ${reset.by} went unanswered until it gave up with a RST (frame ${reset.frame}).`,
    evidence: { because: reset.evidence },
  };
}

/** Sent again at least three times without any answer, until a RST, silence, or the end of the capture. */
function byRetransmission({ history, connection }: Subject): Detection | null {
  // By the system, or by an application that had waited long enough: Linux itself gives up in silence.
  const byReset = connection.resets.find((reset) => reset.cause === 'retransmission-timeout' || (reset.shape === 'active' && reset === connection.resets[0]));
  const last = lastBut(history, byReset?.frame ?? null);
  if (last === NO_ROW) return null;
  const row = history.rows[last]!;
  // Probes are told by their own cause, a bare FIN by its own finding, a SYN by the ending.
  if (row.repeats < UNANSWERED || row.marks & PROBE || row.flags & (RST | SYN) || (row.flags & FIN && row.length === 0)) return null;
  const sender = ROLES[row.talker]!;
  const first = history.lastBefore(last, row.talker, (earlier) => earlier.sequence === row.sequence && earlier.repeats === 0);
  const from = first === NO_ROW ? row : history.rows[first]!;
  const gaveUp = byReset ? null : givesUpAt(history, row.talker);
  return {
    cause: 'retransmission-timeout', confidence: 'likely', role: other(sender), start: from.time, end: byReset?.time ?? gaveUp,
    frames: [from.frame, row.frame, ...(byReset ? [byReset.frame] : [])],
    message: `The ${sender} sent the same data ${row.repeats + 1} times in ${formatToMilliseconds(row.time - from.time)} s without an answer from the ${other(sender)}${byReset ? `, and gave up with a RST (frame ${byReset.frame})` : gaveUp === null ? '' : ', then must have given up in silence'}.`,
    evidence: { retransmissions: row.repeats, gaveUp: gaveUp !== null || byReset !== undefined },
  };
}

/** The same data again for some time, while the peer speaks on and acknowledges none of it: one direction of the road is cut, or swallows such packets. */
function byOneWayRoad({ history }: Subject): Detection | null {
  for (const talker of [0, 1] as const) {
    const peer = 1 - talker;
    const last = history.lastBefore(history.count, talker, (row) => row.length > 0 && (row.marks & (REPEAT | PROBE)) === REPEAT);
    if (last === NO_ROW) continue;
    const row = history.rows[last]!;
    const first = history.lastBefore(last, talker, (earlier) => earlier.sequence === row.sequence && !(earlier.marks & REPEAT));
    if (first === NO_ROW || row.time - history.rows[first]!.time < THREE_TIMEOUTS) continue;
    if (history.firstAcknowledging(peer, (row.sequence + 1) | 0) !== NO_ROW || history.firstFlagged(first, peer, RST, 0) === NO_ROW) continue;
    // Where there is no room, a byte is sent again and again to learn of some (RFC 9293 §3.8.6.1).
    if (history.firstAfter(first, peer, ({ window }) => window === 0) !== NO_ROW) continue;
    const from = history.rows[first]!;
    const gaveUp = givesUpAt(history, talker);
    return {
      cause: 'retransmission-timeout', confidence: 'likely', role: ROLES[peer]!, start: from.time, end: gaveUp, frames: [from.frame, row.frame],
      message: `The ${ROLES[talker]} went on sending the same data for ${formatToMilliseconds(row.time - from.time)} s, and the ${ROLES[peer]}, which still spoke, acknowledged none of it: nothing of it arrives there${gaveUp === null ? '' : `. The ${ROLES[talker]} then must have given up in silence`}.`,
      evidence: { spokeOn: true, gaveUp: gaveUp !== null },
    };
  }
  return null;
}

/** A new SYN met a connection that its sender had forgotten: the challenge ACK says so (RFC 9293 §3.5.1, figure 10). */
function stalePeer(subject: Subject): Detection | null {
  const { connection } = subject;
  const challenge = connection.resets.find((reset) => reset.cause === 'challenge');
  const previous = challenge ? subject.previous() : null;
  if (!challenge || !previous) return null;
  // The one that answers is at the server's address, whichever role it had before.
  const holder = ROLES.find((role) => previous[role].port === connection.server.port && previous[role].address === connection.server.address);
  const state = holder && previous.states[holder].findLast((entry) => entry.time < connection.start)?.state;
  if (!holder || !state || state === 'CLOSED' || state === 'TIME-WAIT' || state === 'SYN-SENT') return null;
  return {
    cause: 'stale-peer', confidence: 'likely', role: 'server', start: previous.end, end: challenge.time,
    frames: [connection.firstFrame, ...(challenge.trigger === null ? [] : [challenge.trigger]), challenge.frame],
    message: `The client opens the same ports again, but the server still held the old connection (${state}) and answered with its numbers: it had not let go of it.`,
    evidence: { previousFlow: previous.id, state },
  };
}

/** A FIN answered by a RST from a side that never closed: it had forgotten the connection long before. */
function lateFin({ history, connection }: Subject): Detection | null {
  const reset = connection.resets.find((candidate) => candidate.cause === 'no-socket' && candidate.trigger !== null);
  if (!reset) return null;
  const trigger = history.rowOfFrame(reset.trigger);
  if (trigger === NO_ROW) return null;
  const row = history.rows[trigger]!;
  if (!(row.flags & FIN) || row.length > 0 || ROLES[row.talker] === reset.by) return null;
  return {
    cause: 'stale-peer', confidence: 'likely', role: reset.by, start: row.time, end: reset.time, frames: [row.frame, reset.frame],
    message: `The FIN of the ${other(reset.by)} (frame ${row.frame}) was answered by a RST (frame ${reset.frame}): the ${reset.by} had forgotten the connection without a word.`,
    evidence: { finFrame: row.frame },
  };
}

/** The last row of this incarnation, leaving out the RST in `frame`. */
function lastBut(history: SegmentHistory, frame: number | null): number {
  for (let i = history.count - 1; i >= 0; i--) if (!(history.rows[i]!.marks & FOREIGN) && history.rows[i]!.frame !== frame) return i;
  return NO_ROW;
}

const other = (role: Role): Role => (role === 'client' ? 'server' : 'client');
