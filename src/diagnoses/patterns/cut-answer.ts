import type { Finding } from '../../findings/index.js';
import { MILLISECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { everyone, inSeconds, place, seconds } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { name } from '../idle-limit.js';
import * as SIGN from '../facts/signs.js';
import { serverSoftware, settingOf } from '../software.js';
import { timerOf } from './timer.js';

/** Answers that were cut off before it is a habit. */
const FEW = 3;

/** Where the reason stands that the wire does not show. */
export const LOG = 'Look into its log at these moments: a worker that was killed or a handler that gave up says so.';

/** How many connections of a service asked something. */
export function askedOf(scene: Scene, service: Service): number {
  return everyone(service).length - scene.showing(service, SIGN.mute).length;
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

const BY_FIN =
  'Let it close by FIN: no SO_LINGER {1, 0} (Go `SetLinger(0)`, Java `setSoLinger(true, 0)`), and what the ' +
  'client still sends is read before close() (else the kernel resets: RFC 9293 §3.10.4).';

/** A server that aborts in the middle of its answers, again and again. */
export function cut(scene: Scene, service: Service): Detected | null {
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
    advice: isUnread ? [...UNREAD, LOG] : [BY_FIN, LOG],
    numbers: { matching: members.length, of: asked, lost: members.length, atOnce: 0 },
    refutes: 'acknowledgments of these bytes that were not captured', members,
  };
}

/**
 * A server that answers, and aborts while its client still sends: the client reads of the RST before it reads the
 * answer (RFC 9112 §9.6), though that arrived.
 */
export function overtaken(scene: Scene, service: Service): Detected | null {
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

/**
 * Those that still sent; or had not acknowledged the answer, which may have met them while they did; or had announced
 * more than they had sent.
 */
function overtakenOf(scene: Scene, service: Service): Facts[] {
  return scene.free(service, SIGN.serverClosed).filter(
    (facts) =>
      isCutUpload(facts) ||
      (isAbortedUpload(facts) &&
        (facts.owes || facts.pending || facts.stuckSince[0] >= 0 || cutOf(scene, facts) !== undefined) &&
        scene.findingsOf(facts).some(({ id }) => id === 'linger-reset' || (facts.owes && id === 'rst-after-push'))),
  );
}

/** What is sent behind the close by who does not stop to send comes a way there and back later, or not much more. */
const UNDER_WAY: Duration = 100 * MILLISECOND;
/** Bytes of a segment behind which a message goes on: one that ends there is seldom as long (RFC 9293 §3.7.1). */
const FULL = 536;

/**
 * Whether the server closed behind its answer by a FIN while an upload still came, the next segment of which drew a
 * RST: so does a close() that finds nothing unread (RFC 9293 §3.10.7.4), though the client is not through.
 */
export function isCutUpload({
  closer, closedByReset, closeAt, reset, late, pending, bytes, turns, lastLength, roundTrip,
}: Facts): boolean {
  return (
    closer === 1 && !closedByReset && !pending && reset?.by === 1 && reset.bare && late !== null && late.crossed &&
    late.at - closeAt < roundTrip + UNDER_WAY && lastLength[0] >= FULL && turns > 1 && bytes[1] > 0 &&
    bytes[0] > Math.max(UPLOAD, bytes[1])
  );
}

/** By a RST of its own; or by a FIN, and RSTs to what still came of a request that had not ended. */
function isAbortedUpload({ closer, closedByReset, reset, bytes, turns, owes }: Facts): boolean {
  return (
    closer === 1 && reset !== null && reset.by === 1 && (owes || (closedByReset && !reset.bare)) && turns > 1 &&
    bytes[1] > 0 && bytes[0] > Math.max(UPLOAD, bytes[1])
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
export function cutShort(scene: Scene, service: Service): Detected | null {
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
  const thrown = resets > 0 ? thrownAway(scene, service, found.map(({ facts }) => facts)) : [];
  const how = resets === 0 ? 'closes' : resets === found.length ? 'aborts by RST' : 'closes, or aborts by RST,';
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} ${how} in the middle of its answers (${found.length} of ${asked})${when}: ` +
      (missing.length === 0
        ? 'the last of their chunks never came.'
        : `up to ${Math.max(...missing)} bytes that they had announced never came.`) +
      (thrown.length === 0 ? '' : ` Of ${thrown.length} others it threw away the end.`),
    advice: [
      ...(thrown.length > 0 ? [BY_FIN] : []),
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
    beside: thrown,
  };
}

/** Others of which the same abort threw away what had been sent, and not acknowledged yet. */
function thrownAway(scene: Scene, service: Service, told: readonly Facts[]): Facts[] {
  const known = new Set(told);
  return scene.free(service, SIGN.serverReset).filter(
    (facts) =>
      !known.has(facts) && !isAbortedUpload(facts) &&
      scene
        .findingsOf(facts)
        .some(
          ({ id, cause, role, severity }) =>
            severity !== 'info' && role === 'server' &&
            (id === 'linger-reset' || (id === 'unanswered-request' && cause === 'cut')),
        ),
  );
}
