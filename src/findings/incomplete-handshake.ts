import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isFlood, lasted } from '../tcp/attempts.js';
import type { ClientTally, ServiceTally } from '../tcp/attempts.js';
import { incompletion } from '../tcp/handshake.js';
import type { Incompletion } from '../tcp/handshake.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { NOTHING } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';
import { TWO_HOSTS_ADVICE } from './two-hosts.js';
import type { Overall, ServiceDetection, ServiceDetector } from './service-detector.js';

const QUEUE = [
  'The accept queue is full: call accept() faster (more workers, nothing slow in the accepting thread), raise ' +
    'the backlog of listen() and net.core.somaxconn (the smaller of the two counts).',
  'See it on the server: ss -lnt (Recv-Q above Send-Q), nstat -az TcpExtListenOverflows TcpExtListenDrops ' +
    'TcpExtTCPReqQFullDrop.',
  'net.ipv4.tcp_abort_on_overflow=1 answers such clients by a RST at once; 0, the default, lets them wait and repeat.',
];

const DEAF = [
  'The SYN arrives at the server, and what follows it does not: look for a stateful firewall that sees one direction ' +
    'only (asymmetric routes), a filter behind the handshake, a SYN proxy or balancer.',
  'Capture at the server, too: what does not arrive there was dropped between.',
];

/** No stack sends a SYN-ACK again so soon: the least RTO of any timer (slow-connect.ts). */
const SOONEST: Duration = SECOND / 5;

type Cause = 'accept-queue' | 'deferred' | 'given-up' | 'reset' | 'unheard';

/** A handshake that did not come to its end. */
export const incompleteHandshake: Detector<'incomplete-handshake', Cause> = {
  id: 'incomplete-handshake', title: 'Handshake never completed', rfc: 'RFC 9293 §3.5, §3.10.7.4',
  severities: {
    'accept-queue': 'warning', deferred: 'info', 'given-up': 'warning', reset: 'warning', unheard: 'warning',
  },
  advice: {
    'accept-queue': QUEUE,
    deferred: [
      'With TCP_DEFER_ACCEPT (nginx: listen … deferred; Apache: AcceptFilter http data) the connection is handed ' +
        'to accept() when the first data comes: a client that waits for the server to speak first waits in vain. ' +
        'Do not use it where the server greets.',
      ...QUEUE,
    ],
    'given-up': [
      'The acknowledgment that completes the handshake did not arrive: look for loss, or for a way that carries ' +
        'packets in one direction only, between the client and the server.',
      'Where the client itself gave up: its connect() has a shorter time limit than the answer needs, or it was ' +
        'a probe (a half-open scan, a health check).',
    ],
    reset: [
      'The listener was closed while the handshake was under way (a restart), or something before it lets SYNs ' +
        'pass and nothing else (SYN proxy, cookies with another secret).',
      ...QUEUE,
    ],
    unheard: [
      'The SYN-ACKs do not reach the client: the way back is cut or goes elsewhere (asymmetric routes, a ' +
        'stateful firewall that sees one direction, a wrong default route or source address). Capture at the ' +
        'client, too.',
    ],
  },
  detect(subject) {
    const { history } = subject;
    const found = incompletion(history);
    if (found !== null) return [byServer(subject, found)];
    const detection = givenUpByReset(subject) ?? unheard(history);
    return detection === null ? NOTHING : [detection];
  },
};

/** The server did not take what acknowledges its SYN-ACK. */
function byServer({ history, beside, captureEnd, connection }: Subject, found: Incompletion): Detection<Cause> {
  const { rows, ends } = history;
  const acknowledged = rows[found.acknowledged]!;
  const first = rows[ends[1].synAck]!;
  const last = rows[found.last]!;
  const reset = found.reset === NO_ROW ? null : rows[found.reset]!;
  // Data that came when the server had asked for the last time says nothing of why it asked.
  const dropped = history.firstAfter(
    NO_ROW, 0, ({ length, flags, frame }) => length > 0 && (flags & RST) === 0 && frame < last.frame,
  );
  const again = found.transmissions - found.before;
  const end = reset?.time ?? null;
  const common = {
    role: 'server' as const, start: first.time, end,
    frames: [
      first.frame, acknowledged.frame, last.frame, ...(found.proof === NO_ROW ? [] : [rows[found.proof]!.frame]),
      ...(reset ? [reset.frame] : []),
    ],
    evidence: {
      synAcks: found.transmissions, afterAcknowledgment: again, seconds: seconds((end ?? captureEnd) - first.time),
      dataDropped: dropped !== NO_ROW, arrivalProven: found.proof !== NO_ROW, reset: reset?.frame ?? null,
    },
  };
  const byReset = reset === null ? '' : ` and answered by a RST (frame ${reset.frame}) at last`;
  // Whoever has answered by a RST has forgotten the SYN (tcp_check_req, `embryonic_reset`; RFC 9293 §3.10.7.4 fifth).
  const contradicting =
    reset === null || found.reset > found.last || ends[0].lastSyn > found.reset
      ? []
      : synAcksBehind(history, found.reset);
  if (reset !== null && contradicting.length > 0) {
    const count = contradicting.length;
    return {
      ...common, cause: 'reset', confidence: 'likely', alternatives: [], advice: TWO_HOSTS_ADVICE, end: last.time,
      frames: [first.frame, acknowledged.frame, reset.frame, last.frame],
      message:
        `The acknowledgment of the SYN-ACK (frame ${acknowledged.frame}) was answered by a RST (frame ` +
        `${reset.frame}), and the SYN-ACK still came ${count === 1 ? 'once' : `${count} times`} behind that (last in ` +
        `frame ${last.frame}). No host does both: two have the address ${connection.server.address}, a balancer hands ` +
        `one connection to two, or something on the way resets in its name.`,
    };
  }
  if (again > 0) {
    const proof =
      found.proof === NO_ROW
        ? ''
        : ` That had arrived: the SYN-ACK in frame ${rows[found.proof]!.frame} echoes a later timestamp than the ` +
          `SYN's.`;
    const told =
      `The server sent its SYN-ACK ${found.transmissions} times in ${formatToMilliseconds(last.time - first.time)} ` +
      `s though it had been acknowledged (frame ${acknowledged.frame})${byReset}: it stayed in SYN-RECEIVED`;
    if (found.isUnheard) {
      return {
        ...common, cause: 'given-up', confidence: 'likely', alternatives: ['accept-queue'], advice: DEAF,
        message:
          `${told}, and its SYN-ACKs still echo the timestamp of the SYN and none of what came later: what the ` +
          `client says behind its SYN does not arrive there.`,
      };
    }
    if (dropped !== NO_ROW) {
      // What is lost on the road and what a full queue drops in silence look alike (tcp_check_req): the SYN-ACK's timer
      // goes on, and nothing is acknowledged.
      const hasArrived = found.proof !== NO_ROW || isWithinHost(connection.server.address);
      return {
        ...common, cause: 'accept-queue', confidence: hasArrived ? 'likely' : 'possible',
        alternatives: hasArrived ? [] : ['given-up'], advice: hasArrived ? QUEUE : [...QUEUE, ...DEAF],
        evidence: { ...common.evidence, arrivalProven: hasArrived },
        message:
          `${told}, and took none of the client's data: its accept queue was full` +
          `${hasArrived ? '' : ', or nothing of what the client says behind its SYN arrives there'}.${proof}`,
      };
    }
    return {
      ...common, cause: 'deferred', confidence: 'possible', alternatives: ['accept-queue'],
      ...(reset === null ? {} : { severity: 'warning' as const }),
      message: `${told}: it waits for data before accept() (TCP_DEFER_ACCEPT), or its accept queue was full.${proof}`,
    };
  }
  if (found.before > 1) {
    return {
      ...common, cause: 'given-up', confidence: 'likely', alternatives: [],
      message:
        `The SYN-ACK was sent ${found.before} times in ${formatToMilliseconds(last.time - first.time)} s before ` +
        `anything acknowledged it (frame ${acknowledged.frame}); by then the server had given up, and answered by ` +
        `a RST (frame ${reset?.frame}).`,
    };
  }
  // What a listener's kernel says of a handshake has one hop limit, unless the program chose its own (IP_TTL;
  // ip_build_and_send_pkt, ip_send_unicast_reply).
  if (reset !== null && reset.ttl !== first.ttl) {
    return {
      ...common, cause: 'reset', confidence: 'possible', alternatives: ['accept-queue'], advice: TWO_HOSTS_ADVICE,
      evidence: { ...common.evidence, synAckTtl: first.ttl, resetTtl: reset.ttl },
      message:
        `The acknowledgment of the SYN-ACK (frame ${acknowledged.frame}) was answered by a RST (frame ${reset.frame}) ` +
        `with TTL ${reset.ttl}, where the SYN-ACK had ${first.ttl}: so does somebody else, another host with the ` +
        `server's address or a box before it; or the accept queue of a server that sets its own TTL was full ` +
        `(net.ipv4.tcp_abort_on_overflow).`,
    };
  }
  const isServing = beside.servedLater(reset?.time ?? captureEnd);
  return {
    ...common, cause: isServing ? 'accept-queue' : 'reset', confidence: isServing ? 'likely' : 'possible',
    alternatives: isServing ? ['reset'] : ['accept-queue'],
    message: `The server answered the acknowledgment of its SYN-ACK (frame ${acknowledged.frame}) by a RST (frame ${reset?.frame})${
      isServing
        ? ' and went on completing others: its accept queue was full, and it resets what does not fit ' +
          '(net.ipv4.tcp_abort_on_overflow)'
        : ': its listener was closed in between, or its accept queue was full (net.ipv4.tcp_abort_on_overflow)'
    }.`,
  };
}

/** The SYN-ACKs that were sent behind row `at`, and did not only cross it. */
function synAcksBehind({ rows, count }: SegmentHistory, at: number): readonly TellingSegment[] {
  return rows
    .slice(at + 1, count)
    .filter(
      (row) => row.talker === 1 && isSynAck(row) && row.time - rows[at]!.time > SOONEST && !(row.marks & FOREIGN),
    );
}

/** Whether nothing that goes there leaves the host (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), so that no road loses it. */
function isWithinHost(address: string): boolean {
  return address === '::1' || /^127\.\d/.test(address);
}

/** The client answered the SYN-ACK by a RST: its connect() was over by then, or it never was one. */
function givenUpByReset({ history, connection }: Subject): Detection<Cause> | null {
  const [client, server] = history.ends;
  // A SYN with a FIN is no connect(): illegal-flags tells of it.
  if (client.syn === NO_ROW || server.synAck === NO_ROW || history.rows[client.syn]!.flags & FIN) return null;
  const reset = connection.resets.find(
    ({ by, cause, shape }) => by === 'client' && cause === 'no-socket' && shape === 'reactive',
  );
  if (
    reset === undefined || history.rowOfFrame(reset.trigger) < server.synAck ||
    !isSynAck(history.rows[history.rowOfFrame(reset.trigger)])
  )
    return null;
  const syn = history.rows[client.syn]!;
  const waited = history.rows[server.synAck]!.time - syn.time;
  return {
    cause: 'given-up', confidence: 'likely', role: 'client', start: syn.time, end: reset.time,
    frames: [syn.frame, reset.trigger!, reset.frame], severity: waited >= SECOND ? 'warning' : 'info',
    message: `The client answered the SYN-ACK (frame ${reset.trigger}), which came ${formatToMilliseconds(waited)} s after its SYN, by a RST (frame ${reset.frame}): ${
      waited >= SECOND ? 'its connect() had been given up by then' : 'a probe, or a connect() that was given up at once'
    }.`,
    evidence: { waited: seconds(waited) },
  };
}

function isSynAck(row: TellingSegment | undefined): boolean {
  return row !== undefined && (row.flags & (SYN | ACK)) === (SYN | ACK);
}

/** Both sides repeat theirs: the client has not heard the answer. */
function unheard(history: SegmentHistory): Detection<Cause> | null {
  const [client, server] = history.ends;
  if (client.syn === NO_ROW || server.synAck === NO_ROW || history.firstAcknowledging(0, server.synEnd) !== NO_ROW)
    return null;
  const syns = history.rows
    .slice(0, history.count)
    .filter(({ talker, flags, marks }) => talker === 0 && (flags & (SYN | ACK)) === SYN && !(marks & FOREIGN));
  const answers = history.rows
    .slice(0, history.count)
    .filter((row) => row.talker === 1 && isSynAck(row) && !(row.marks & FOREIGN));
  const unheardBy = syns.filter(({ time }) => time - answers[0]!.time > SECOND / 2).length;
  if (unheardBy < 2 || answers.length < 2 || history.firstFlagged(NO_ROW, 0, RST, RST) !== NO_ROW) return null;
  const last = syns.at(-1)!;
  return {
    cause: 'unheard', confidence: 'likely', role: 'server', start: syns[0]!.time, end: last.time,
    frames: [syns[0]!.frame, answers[0]!.frame, last.frame],
    message:
      `The client sent its SYN ${syns.length} times in ${formatToMilliseconds(last.time - syns[0]!.time)} s though ` +
      `it was answered (frame ${answers[0]!.frame}, ${answers.length} SYN-ACKs in all): the answers do not reach ` +
      `it.`,
    evidence: { syns: syns.length, synAcks: answers.length, seconds: seconds(last.time - syns[0]!.time) },
  };
}

/** SYN-ACKs that nobody acknowledges, and that are sent again: each connection alone says little, many are a flood. */
export const unacknowledgedHandshakes: ServiceDetector<'incomplete-handshake', Cause> = {
  ...incompleteHandshake,
  detect(overall) {
    const attempts = overall.unacknowledged();
    const detections: ServiceDetection<Cause>[] = [];
    for (const service of attempts.services()) {
      if (isFlood(service)) detections.push(...ofFlood(overall, service));
      else for (const client of service.clients.values()) detections.push(...ofClient(overall, client));
    }
    return detections.toSorted((a, b) => a.flow - b.flow);
  },
};

function ofFlood(overall: Overall, service: ServiceTally): ServiceDetection<Cause>[] {
  const [client] = service.clients.values();
  const location = client?.locations[0];
  if (location === undefined) return [];
  const { connection } = location.folder.fold(location.row, overall.captureEnd);
  return [
    {
      cause: 'given-up', confidence: 'possible', role: 'client', flow: connection.id,
      crowd: { of: 'unacknowledged', service }, severity: 'info', start: service.first, end: service.last,
      frames: [connection.firstFrame],
      message:
        `${service.attempts} handshakes of as many addresses within ${formatToMilliseconds(lasted(service))} s were ` +
        `never completed: none of them acknowledged the SYN-ACK. Invented addresses, as of a SYN flood, do so.`,
      evidence: { handshakes: service.attempts, seconds: seconds(lasted(service)) },
    },
  ];
}

/**
 * Only where the SYN-ACK came again: what was not sent again had been acknowledged (RFC 6298 §5.4), and the capture
 * lacks it.
 */
function ofClient(overall: Overall, { locations, attempts }: ClientTally): ServiceDetection<Cause>[] {
  return locations.flatMap(({ folder, row }) => {
    const { connection, history } = folder.fold(row, overall.captureEnd);
    const answers = history.rows.slice(0, history.count).filter((answer) => answer.talker === 1 && isSynAck(answer));
    if (answers.length < 2) return [];
    const [first, last] = [answers[0]!, answers.at(-1)!];
    return [
      {
        cause: 'given-up', confidence: 'possible' as const, role: 'client' as const, flow: connection.id,
        severity: 'info' as const, start: connection.start, end: last.time,
        frames: [connection.firstFrame, first.frame, last.frame],
        message:
          `The client never acknowledged the SYN-ACK, which the server sent ${answers.length} times in ` +
          `${formatToMilliseconds(last.time - first.time)} s (frames ${first.frame} to ${last.frame}): it is gone, ` +
          `its address is invented, or the answers go astray.`,
        evidence: { synAcks: answers.length, seconds: seconds(last.time - first.time), attempts },
      },
    ];
  });
}

function seconds(duration: number): number {
  return Number(formatToMilliseconds(duration));
}
