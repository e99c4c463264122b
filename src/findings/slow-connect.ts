import { ACK, RST, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { NOTHING } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

/**
 * Two SYNs in a row lost, by the timers of RFC 6298 §2.1 and §5.5: one in a hundred connects on a road that loses one
 * packet in twenty. From here on somebody waits for a reason.
 */
const LONG: Duration = 3 * SECOND;

/**
 * No stack sends a SYN again so soon (Linux TCP_TIMEOUT_INIT is 1 s, the least RTO of any timer 200 ms): it is the same
 * packet, seen in two places.
 */
const SOONEST: Duration = 200_000_000;

/**
 * How long after a connection its ports may still be in TIME-WAIT: SYNs that fall into it are told by time-wait-reuse.
 */
const TIME_WAIT: Duration = 240 * SECOND;

/** A connection that stood, but only after its SYN had been sent again. */
export const slowConnect: Detector<'slow-connect', ''> = {
  id: 'slow-connect',
  title: 'Slow connect',
  rfc: 'RFC 9293 §3.8.1, RFC 6298 §2.1, §5.5',
  severities: { '': 'warning' },
  advice: {
    '': [
      'Linux drops SYNs, and the last acknowledgment of a handshake, while the accept queue is full: ss -lnt ' +
        'shows Recv-Q above Send-Q, nstat -az TcpExtListenOverflows TcpExtListenDrops count them. Call accept() ' +
        'faster (more workers), raise the backlog of listen() and net.core.somaxconn.',
      'Otherwise look for loss or a limit on the way: SYN rate limits of firewalls (limit, hashlimit, synproxy), ' +
        'connection tracking tables that are full, a lossy link.',
    ],
  },
  detect(subject) {
    const { history } = subject;
    const [client, server] = history.ends;
    if (client.syn === NO_ROW || server.synAck === NO_ROW || !hasStood(subject)) return NOTHING;
    if (client.lastSyn === client.syn) return takenLate(history);
    if (isContested(subject)) return NOTHING;
    if (history.rows[client.lastSyn]!.time - history.rows[client.syn]!.time < SOONEST) return NOTHING;
    const syns = transmissions(history, server.synAck);
    const answers = history.rows
      .slice(0, history.count)
      .filter(
        ({ talker, flags, marks }) => talker === 1 && (flags & (SYN | ACK)) === (SYN | ACK) && !(marks & FOREIGN),
      ).length;
    const stood = history.firstAcknowledging(0, server.synEnd, Math.max(server.synAck, client.lastSyn));
    if (stood === NO_ROW || history.rows[stood]!.flags & RST) return NOTHING;
    const start = history.rows[client.syn]!.time;
    const end = history.rows[stood]!.time;
    const all = syns.length;
    // Where the answers came and were lost, or their acknowledgment was, the SYN came again behind the first answer.
    const more = history.rows
      .slice(0, history.count)
      .filter(({ talker, flags, marks }) => talker === 0 && (flags & (SYN | ACK)) === SYN && !(marks & FOREIGN)).length;
    // Windows asks again behind a RST (Microsoft, KB 175523).
    const rejection = history.firstFlagged(client.syn, 1, RST, RST);
    const fate = rejection !== NO_ROW && rejection < server.synAck ? 'rejected by a RST' : 'not answered';
    return [
      {
        cause: null, confidence: 'likely', role: 'server', start, end,
        severity: end - start >= LONG ? 'warning' : 'info',
        frames: [...syns, history.rows[server.synAck]!.frame, history.rows[stood]!.frame],
        message:
          `It took ${formatToMilliseconds(end - start)} s and ${more} SYNs to connect (frames ` +
          `${history.rows[client.syn]!.frame} to ${history.rows[stood]!.frame}): ` +
          `${all < more ? `${answers} answers were sent, and the first did not arrive` : all === 2 ? `the first was ${fate}` : `the first ${all - 1} were ${fate}`}.`,
        evidence: { syns: more, synAcks: answers, seconds: Number(formatToMilliseconds(end - start)) },
      },
    ];
  },
};

/**
 * First data that is sent so often is not lost so often: on a road that loses one packet in twenty, once in eight
 * thousand connects.
 */
const UNTAKEN = 3;

/**
 * The SYN was answered at once, but what completes the handshake was not taken: Linux drops it, and all data, in
 * silence while the accept queue is full (tcp_check_req: `inet_rsk(req)->acked`), and takes the data once there is
 * room. Not one word of the server comes in between.
 */
function takenLate(history: SegmentHistory): readonly Detection<''>[] {
  const [client, server] = history.ends;
  const acknowledged = history.firstAcknowledging(0, server.synEnd, server.synAck);
  const taken = history.firstAfter(server.synAck, 1, ({ flags }) => (flags & SYN) === 0);
  if (acknowledged === NO_ROW || taken === NO_ROW || history.rows[taken]!.flags & RST) return NOTHING;
  const sent = history.rows
    .slice(0, taken)
    .filter(
      ({ talker, length, sequence, marks }) =>
        talker === 0 && length > 0 && sequence === client.synEnd && !(marks & FOREIGN),
    );
  const [first, last] = [sent[0], sent.at(-1)];
  if (first === undefined || last === undefined || last.repeats + 1 < UNTAKEN) return NOTHING;
  const start = history.rows[acknowledged]!;
  const end = history.rows[taken]!;
  if (end.time - start.time < SECOND) return NOTHING;
  return [
    {
      cause: null, confidence: 'likely', role: 'server', start: start.time, end: end.time,
      severity: end.time - start.time >= LONG ? 'warning' : 'info',
      frames: [history.rows[server.synAck]!.frame, start.frame, first.frame, last.frame, end.frame],
      message:
        `The server answered the SYN at once, but took what completes the handshake only ` +
        `${formatToMilliseconds(end.time - start.time)} s later (frame ${end.frame}): the client sent its first data ` +
        `${last.repeats + 1} times.`,
      evidence: {
        syns: 1, synAcks: 1, dataSent: last.repeats + 1, seconds: Number(formatToMilliseconds(end.time - start.time)),
      },
    },
  ];
}

/** Whether both ends came as far as ESTABLISHED. */
function hasStood({ trace }: Subject): boolean {
  return trace.states.every((entries) => entries.some(({ state }) => state === 'ESTABLISHED'));
}

/** Whether another connection on the same ports, in this capture or before it, may have had to do with it. */
function isContested(subject: Subject): boolean {
  const { history, connection } = subject;
  for (let at = 0; at < history.count; at++) if (history.rows[at]!.marks & FOREIGN) return true;
  if (connection.resets.some(({ cause }) => cause === 'challenge')) return true;
  const previous = subject.previous();
  return previous !== null && connection.start - previous.end < TIME_WAIT;
}

/** Frames of the client's SYNs before row `until`. */
function transmissions({ rows }: SegmentHistory, until: number): number[] {
  return rows
    .slice(0, until)
    .filter(({ talker, flags, marks }) => talker === 0 && (flags & (SYN | ACK)) === SYN && !(marks & FOREIGN))
    .map(({ frame }) => frame);
}
