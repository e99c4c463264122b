import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Finding } from '../findings/index.js';
import {
  everyone, inSeconds, isOfMessages, place, range, seconds, several, silenceBeforeRequest,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';
import { name } from './idle-limit.js';
import { agreeing, occurrences, times } from './once.js';
import type { Occurrence } from './once.js';
import * as SIGN from './signs.js';
import { serverSoftware, settingOf } from './software.js';
import type { Recognized } from './software.js';
import { timerOf } from './timer.js';
import type { Timer } from './timer.js';

/** Requests closed in place of an answer before it is a history. */
const FEW = 3;
/** A program that closes as soon as it has seen the request takes no longer than this. */
const AT_ONCE: Duration = 10 * MILLISECOND;
/** A server that closes so soon behind the handshake turns its client away, whatever it wants. */
const TURNS_AWAY: Duration = 500 * MILLISECOND;
/** One that works on it, or waits for its rest, takes longer than this. */
const LATER: Duration = 100 * MILLISECOND;

/** A server that closes in place of an answer: at once, or by a limit of its own. */
export const closedWithoutAnswer: DiagnosisDetector = {
  id: 'closed-without-answer', title: 'Closed without an answer',
  explains: {
    'unanswered-request': ['closed', 'cut'], 'linger-reset': [], 'rst-after-push': ['closed-peer', 'crossing'],
    'half-closed': ['killed', 'slow'], 'incomplete-message': ['answer'],
  },
  detect(scene) {
    return scene.services.flatMap((service) => 
      [
        told(scene, service), incomplete(scene, service), cut(scene, service) ?? overtaken(scene, service),
        cutShort(scene, service),
      ].flatMap((one) => one ?? []),
    );
  },
  once(scene, left) {
    const closed = occurrences(left, 'unanswered-request', (finding, { facts }) =>
      finding.cause === 'closed' && finding.confidence !== 'possible' && isClosed(facts) &&
      facts.closeAt - facts.requestAt >= LATER
        ? facts.closeAt - facts.requestAt
        : null,
    );
    return agreeing(closed, ({ of: { service } }) => place(service))
      .filter((own) => unanswered(scene, own[0]!.of.service) <= own.length)
      .map((own) => closedOnce(scene, own));
  },
};

/** Requests of a service that were closed in place of an answer, and of which no diagnosis tells. */
function unanswered(scene: Scene, service: Service): number {
  return scene.free(service, SIGN.cutOff).filter(isClosed).length;
}

/**
 * Whether the client never closed what the server had: that is told as its fault, and who does not look at the end of
 * its connection waits for no answer on it (a logger).
 */
function isLeaked(scene: Scene, facts: Facts): boolean {
  return scene
    .findingsOf(facts)
    .some(
      ({ id, cause, role, severity }) =>
        id === 'half-closed' && cause === 'leak' && role === 'client' && severity === 'error',
    );
}

/** How many asked something. */
function askedOf(scene: Scene, service: Service): number {
  return everyone(service).length - scene.showing(service, SIGN.mute).length;
}

/** A server that thought for a while, and closed in place of an answer. */
function closedOnce(scene: Scene, own: readonly Occurrence[]): Detected {
  const [{ of: { service } }] = own as [Occurrence];
  const values = own.map(({ value }) => value);
  const value = Math.min(...values);
  const software = serverSoftware(scene, service);
  const asked = askedOf(scene, service);
  return {
    severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} closed without an answer ${times(own.length)}, ${seconds(value)} after ` +
      `the request; ${several(own.length, 'request')} of ${asked} unanswered.`,
    advice: laterAdvice(software),
    numbers: {
      seconds: inSeconds(value), spread: inSeconds(Math.max(...values) - value), matching: own.length, of: own.length,
      lost: own.length, atOnce: 0,
    },
    refutes: 'answers that were not captured', members: own.map(({ of }) => of.facts),
  };
}

function laterAdvice(software: Recognized | null): string[] {
  return [
    `Raise its limit for a request (${settingOf('answer', software)}), or let it answer with an error before it ` +
      `closes.`,
    LOG,
  ];
}

const LOG = 'Look into its log at these moments: a worker that was killed or a handler that gave up says so.';

function told(scene: Scene, service: Service): Detected | null {
  const unread = scene.free(service, SIGN.late).filter(isTurnedAway);
  const closed = scene.free(service, SIGN.cutOff).filter((facts) => isClosed(facts) && !isLeaked(scene, facts));
  // Behind an answer a last word of the client looks the same: QUIT, COM_QUIT, close_notify.
  const quick = [
    ...unread,
    ...closed.filter((facts) =>
      // Who aborts behind an answer may have answered what it did not read to the end (`overtaken`).
      facts.bytes[1] === 0 ? isQuick(facts) || isSoon(scene, facts) : !facts.closedByReset && isSoon(scene, facts),
    ),
  ];
  const silence = silenceBefore(service, quick);
  const slow = closed.filter((facts) => !isQuick(facts) && facts.closeAt - facts.requestAt >= LATER);
  const waits = slow.map(({ closeAt, requestAt }) => closeAt - requestAt);
  const timer = bestTimer(slow);
  const members = [...(quick.length >= FEW ? quick : []), ...(timer !== null || slow.length >= FEW ? slow : [])];
  if (members.length < FEW) return null;
  const software = serverSoftware(scene, service);
  const asked = askedOf(scene, service);
  const parts = [];
  if (timer !== null)
    parts.push(`${seconds(timer.value)} after the request (${timer.members.length} of ${slow.length})`);
  else if (slow.length >= FEW)
    parts.push(`${range(Math.min(...waits), Math.max(...waits))} after the request (${slow.length})`);
  if (quick.length >= FEW)
    parts.push(
      `at once (${several(quick.length, 'request')} of ${asked}` +
        `${silence === null ? '' : `, each behind a silence of ${seconds(silence)} or more`})`,
    );
  const all = members.length;
  return {
    severity: 'error',
    confidence: timer !== null || quick.length >= FEW ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message: `${place(service)}${name(software)} closes without an answer: ${parts.join(' and ')}; ` +
      `${several(all, 'request')} of ${asked} unanswered.`,
    advice: silence !== null && slow.length < FEW
      ? [
          `A limit of time of its own had passed, and it saw that only when the request came: raise it above the ` +
            `time that connections are kept for (Node.js \`server.headersTimeout\` above \`server.keepAliveTimeout\`; ` +
            `${settingOf('idle', software)}), or let its clients keep them for less than ${seconds(silence)}.`,
          LOG,
        ]
      : timer === null && slow.length < FEW
      ? [`See why it turns these requests away: a rule (nginx \`return 444\`, an ACL, TLS spoken to a plain port), ` +
        `a handler that crashes, a limit of connections (${settingOf('connections', software)}).`, LOG]
      : laterAdvice(software),
    numbers: {
      ...(timer === null ? {} : { seconds: inSeconds(timer.value), spread: inSeconds(timer.spread) }),
      matching: timer?.members.length ?? all, of: timer === null ? asked : slow.length, lost: all, atOnce: quick.length,
      ...(silence === null || quick.length < FEW ? {} : { silence: inSeconds(silence) }),
    },
    refutes: 'answers that were not captured',
    members,
  };
}

/**
 * The shortest silence that requests which were closed at once had ended, where the service answered others behind
 * shorter ones: a limit that is only looked at when something comes (Node.js 10.15 held `headersTimeout` against the
 * time since the request before, and saw it when the next one came). Null where that does not show.
 */
function silenceBefore(service: Service, quick: readonly Facts[]): Duration | null {
  if (quick.length < FEW) return null;
  const least = Math.min(...quick.map(silenceBeforeRequest));
  if (least === 0) return null;
  const ended = new Set(quick);
  const survived = everyone(service).some((facts) => !ended.has(facts) && facts.longestPause >= least);
  return survived || quick.some(({ longestPause, lastPause }) => longestPause > lastPause + MILLISECOND) ? null : least;
}

/** A server that answers requests which do not come to their end by 408 (RFC 9110 §15.5.9). */
function incomplete(scene: Scene, service: Service): Detected | null {
  const members = scene.free(service, SIGN.pieces).filter(
    (facts) =>
      PAYLOAD_KINDS[facts.kinds[1]] === 'http-timeout' && facts.bytes[0] > 0 && facts.closer === 1 &&
      facts.slowestAnswer >= LATER,
  );
  if (members.length < FEW) return null;
  const timer = timerOf(members.map((of) => ({ value: of.slowestAnswer, of })));
  const waits = members.map(({ slowestAnswer }) => slowestAnswer);
  const [least, most] = [Math.min(...waits), Math.max(...waits)];
  const software = serverSoftware(scene, service);
  const after = timer === null ? range(least, most) : seconds(timer.value);
  const count = timer?.members.length ?? members.length;
  return {
    severity: 'warning', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} ends requests that do not arrive in full by 408, ${after} after they began ` +
      `(${count} of ${members.length}).`,
    advice: [
      'See why the clients do not send the rest: a slow or broken road (large segments alone: path MTU), a client ' +
        'that waits or hangs in the middle of a body, somebody who holds connections on purpose (slowloris).',
      `Or give them longer (${settingOf('request', software)}).`,
    ],
    numbers: {
      seconds: inSeconds(timer?.value ?? least), spread: inSeconds(timer?.spread ?? most - least), matching: count,
      of: members.length, lost: members.length, atOnce: 0,
    },
    refutes: 'the rest of one of these requests, which was not captured', members,
  };
}

/**
 * close() with unread data resets (RFC 2525 §2.17), and the peer's system may throw away an answer that it had not
 * handed up yet. Limits: mariadb.com/kb/en/server-system-variables, nginx.org ngx_http_core_module, tomcat.apache.org
 * config/http.html.
 */
const UNREAD = [
  'Look for a limit that these requests exceed, and raise it or send less (MariaDB and MySQL `max_allowed_packet`, ' +
    'nginx `client_max_body_size`, Tomcat `maxPostSize` and `maxSwallowSize`), or for an early answer (a redirect, a ' +
    'refused login).',
  'Let it read what the client still sends before close(), or say shutdown(SHUT_WR) and read on for some time (nginx ' +
    '`lingering_close`): else the answer that tells why is lost.',
] as const;

/** A server that aborts in the middle of its answers, again and again. */
function cut(scene: Scene, service: Service): Detected | null {
  const found = scene.freeFound(service, 'unanswered-request').flatMap((facts) => {
    const finding = cutOf(scene, facts);
    return finding === undefined ? [] : [{ facts, lost: Number(finding.evidence['lostBytesServer']) }];
  });
  if (found.length < FEW) return null;
  const software = serverSoftware(scene, service);
  const asked = askedOf(scene, service);
  const most = Math.max(...found.map(({ lost }) => lost));
  const who = `${place(service)}${name(software)}`;
  // Of an upload it is likely that some of it was unread; of a short request only where packets show it.
  const unread = found.filter(({ facts }) =>
    scene.findingsOf(facts).some(
      ({ id, cause, confidence }) =>
        id === 'linger-reset' && cause === 'unread-data' &&
        (confidence !== 'possible' || facts.bytes[0] > facts.bytes[1]),
    ),
  );
  const isUnread = unread.length * 2 > found.length;
  const cutOff = found.map(({ facts }) => facts);
  const others = isUnread ? overtakenOf(scene, service).filter((facts) => !cutOff.includes(facts)) : [];
  const members = [...cutOff, ...others];
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message: isUnread
      ? `${who} answers and closes before it has read all that its clients send (${members.length} of ${asked}): ` +
        `the RST of that close threw its answers away, up to ${most} bytes.`
      : `${who} aborts by RST in the middle of its answers (${found.length} of ${asked}): ` +
        `up to ${most} bytes that it had sent were thrown away.`,
    advice: isUnread ? [...UNREAD, LOG] : [
      'Let it close by FIN: no SO_LINGER {1, 0} (Go `SetLinger(0)`, Java `setSoLinger(true, 0)`), and what the ' +
        'client still sends is read before close() (else the kernel resets: RFC 9293 §3.10.4).',
      LOG,
    ],
    numbers: { matching: members.length, of: asked, lost: members.length, atOnce: 0 },
    refutes: 'acknowledgments of these bytes that were not captured', members,
  };
}

/**
 * A server that answers, and aborts while its client still sends: the client reads of the RST before it reads the
 * answer (RFC 9112 §9.6), though that arrived.
 */
function overtaken(scene: Scene, service: Service): Detected | null {
  const members = overtakenOf(scene, service);
  if (members.length < FEW) return null;
  const asked = askedOf(scene, service);
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} answers and closes before it has read all that its ` +
      `clients send (${members.length} of ${asked}): the RST of that close meets them while they send, and they may ` +
      `never read the answer.`,
    advice: [...UNREAD, LOG],
    numbers: { matching: members.length, of: asked, lost: members.length, atOnce: 0 },
    refutes: 'clients that read these answers', members,
  };
}

/** Longer than its answer, and longer than what goes along with a request that is read in one piece. */
const UPLOAD = 4096;

/** Those that still sent; or had not acknowledged the answer, which may have met them while they did. */
function overtakenOf(scene: Scene, service: Service): Facts[] {
  return scene.free(service, SIGN.serverReset).filter(
    (facts) =>
      isAbortedUpload(facts) && (facts.pending || facts.stuckSince[0] >= 0 || cutOf(scene, facts) !== undefined) &&
      scene.findingsOf(facts).some(({ id }) => id === 'linger-reset'),
  );
}

function isAbortedUpload({ closer, closedByReset, reset, bytes, turns }: Facts): boolean {
  return (
    closer === 1 && closedByReset && reset !== null && !reset.bare && turns > 1 && bytes[1] > 0 &&
    bytes[0] > Math.max(UPLOAD, bytes[1])
  );
}

/** That the server aborted in the middle of its answer, where it did. */
function cutOf(scene: Scene, facts: Facts): Finding | undefined {
  return scene.findingsOf(facts).find(({ id, cause }) => id === 'unanswered-request' && cause === 'cut');
}

/**
 * A server that announces more than it sends, again and again (findings/incomplete-message.ts): after the same time, or
 * the same number of bytes, where a limit ends it.
 */
function cutShort(scene: Scene, service: Service): Detected | null {
  const found = scene.freeFound(service, 'incomplete-message').flatMap((facts) =>
    scene
      .findingsOf(facts)
      .filter(({ id, cause }) => id === 'incomplete-message' && cause === 'answer')
      .map(({ evidence }) => ({
        facts, sent: evidence['sentBytes'], missing: evidence['missingBytes'], byReset: evidence['byReset'] === true,
      })),
  );
  if (found.length < FEW) return null;
  const software = serverSoftware(scene, service);
  const asked = askedOf(scene, service);
  const missing = found.flatMap((one) => (typeof one.missing === 'number' ? [one.missing] : []));
  const timer = timerOf(found.map(({ facts: of }) => ({ value: of.closeAt - of.turnAt, of })));
  const [first] = found as [(typeof found)[0]];
  const size = typeof first.sent === 'number' && found.every(({ sent }) => sent === first.sent) ? first.sent : 0;
  const isLimit = timer !== null && timer.members.length === found.length;
  const when = isLimit ? `, ${seconds(timer.value)} after each began` : size > 0 ? `, each after ${size} bytes` : '';
  const resets = found.filter(({ byReset }) => byReset).length;
  const how = resets === 0 ? 'closes' : resets === found.length ? 'aborts by RST' : 'closes, or aborts by RST,';
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} ${how} in the middle of its answers (${found.length} of ${asked})${when}: ` +
      (missing.length === 0
        ? 'the last of their chunks never came.'
        : `up to ${Math.max(...missing)} bytes that they had announced never came.`),
    advice: [
      isLimit
        ? `Raise its limit for an answer (${settingOf('answer', software)}); of a proxy that for its upstream ` +
          `(${settingOf('patience', software)}).`
        : 'See what ended them: a handler that failed behind its head, a worker that was killed, the upstream of a proxy ' +
          '("upstream prematurely closed connection"), a disk or a quota that is full.',
      LOG,
      'Clients: compare what came with Content-Length, and take no part for the whole.',
    ],
    numbers: {
      matching: found.length, of: asked, lost: found.length, atOnce: 0,
      ...(isLimit ? { seconds: inSeconds(timer.value), spread: inSeconds(timer.spread) } : {}),
      ...(missing.length === 0 ? {} : { missing: Math.max(...missing) }),
      ...(size > 0 ? { bytes: size } : {}),
    },
    refutes: 'the rest of these answers, captured behind the close', members: found.map(({ facts }) => facts),
  };
}

function isQuick({ closeAt, lastPieceAt, roundTrip }: Facts): boolean {
  return closeAt - lastPieceAt < AT_ONCE + roundTrip;
}

/**
 * Closed right behind the handshake, while the first request was under way, which drew a RST: so does a proxy that
 * finds nobody behind it. Of a connection from before the capture the first word that is seen may be any.
 */
function isTurnedAway(
  { isGuessed, closer, closedByReset, pending, bytes, closeAt, established, late }: Facts,
): boolean {
  return (
    !isGuessed && closer === 1 && !closedByReset && !pending && bytes[1] === 0 && closeAt - established < TURNS_AWAY &&
    late?.drewReset === true
  );
}

/** Somewhat later, where what it was asked wants an answer (findings/unanswered-request.ts). */
function isSoon(scene: Scene, facts: Facts): boolean {
  return (
    facts.closeAt - facts.requestAt < LATER &&
    scene.findingsOf(facts).some(
      ({ id, cause, severity }) => id === 'unanswered-request' && cause === 'closed' && severity !== 'info',
    )
  );
}

function isClosed(facts: Facts): boolean {
  const { closer, pending, closedByReset, reset } = facts;
  // A RST without ACK answers a segment: no socket was there that could have closed.
  return closer === 1 && pending && !isOfMessages(facts) && !(closedByReset && reset?.bare === true);
}

/** From the beginning of the request on, or from its last byte: a limit for what is to come is set anew with each. */
function bestTimer(slow: readonly Facts[]): Timer<Facts> | null {
  const whole = timerOf(slow.map((of) => ({ value: of.closeAt - of.requestAt, of })));
  const last = timerOf(slow.map((of) => ({ value: of.closeAt - of.lastPieceAt, of })));
  const best =
    whole === null || (last !== null && (last.members.length > whole.members.length || last.spread < whole.spread / 2))
      ? last
      : whole;
  if (best === null) return null;
  const closes = best.members.map(({ closeAt }) => closeAt);
  return Math.max(...closes) - Math.min(...closes) <= best.spread / 2 ? null : best;
}
