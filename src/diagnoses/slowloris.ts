import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { MANY_CLIENTS, clientsInWords, everyone, inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware, settingOf } from './software.js';

/** Connections at once of one address, each with a request that does not end. A browser holds six. */
const MANY = 10;
/**
 * A request of so many pieces, over so long, at less than this rate: mod_reqtimeout's own bound, MinRate=500 bytes a
 * second, halved.
 */
const PIECES = 3;
const LONG: Duration = 5 * SECOND;
const RATE = 250;
/** What a server waits at least before it says 408: whoever sends a request slower than that is no browser. */
const PATIENT: Duration = SECOND;
/** Of others, from which on they waited. */
const WAITED: Duration = SECOND;

/** Many connections of one address, or of many such addresses together, whose requests come in drops and never end. */
export const slowloris: DiagnosisDetector = {
  id: 'slowloris',
  title: 'Slowloris',
  explains: {
    'unanswered-request': [],
    'half-closed': [],
    'linger-reset': [],
    'rst-after-push': [],
    'unexpected-reset': [],
    'slow-connect': [],
    'incomplete-handshake': [],
    'half-open': [],
  },
  signs: SIGN.pieces,
  detect(scene, services) {
    return services.flatMap((service) => {
      const slow = scene.free(service, SIGN.pieces).filter(isSlow);
      const each = [...groupsBy(slow, ({ client }) => client).values()].filter((own) => mostAtOnce(own) >= MANY);
      const attacks = each.length < MANY_CLIENTS ? each : [each.flat().sort((a, b) => a.frame - b.frame)];
      return attacks.map((members) => told(scene, service, members));
    });
  },
};

function told(scene: Scene, service: Service, members: readonly Facts[]): Detected {
  const slow = new Set(members);
  const atOnce = mostAtOnce(members);
  const [{ client }] = members as [Facts];
  const clients = new Set(members.map((facts) => facts.client));
  const [from, until] = [Math.min(...members.map(({ start }) => start)), Math.max(...members.map(({ end }) => end))];
  const waiting = everyone(service).filter(
    (facts) =>
      !slow.has(facts) &&
      !scene.isExplained(facts) &&
      facts.start >= from - WAITED &&
      facts.start <= until &&
      waited(facts) >= WAITED,
  );
  const held = members.map(heldFor).sort((a, b) => a - b);
  const middle = held[held.length >> 1]!;
  const timedOut = members.filter(isTimedOut).length;
  const unfinished = members.filter((facts) => isTimedOut(facts) || isOwing(facts)).length;
  const closed = members.filter(({ closer }) => closer === 1).length;
  const software = serverSoftware(scene, service);
  const longest = Math.max(0, ...waiting.map(waited));
  const ending =
    closed === 0 ? '' : timedOut > 0 ? `, until 408 (${timedOut})` : `, until the server closed ${closed}`;
  return {
    severity: waiting.length > 0 ? 'error' : 'warning',
    confidence:
      unfinished * 2 > members.length || waiting.length > 0 || members.length >= 2 * MANY ? 'likely' : 'possible',
    service: { address: service.address, port: service.port }, by: { role: 'client', address: client },
    message:
      `Slowloris: ${clientsInWords(clients)} ${clients.size === 1 ? 'holds' : 'hold'} ` +
      `${several(members.length, 'connection')} to ` +
      `${place(service)}${name(software)}${atOnce < members.length ? `, ${atOnce} at once,` : ''} by requests ` +
      `that do not end (${seconds(middle)} ` +
      `each)${ending}; ` +
      `${waiting.length === 0 ? 'nobody else was kept waiting' : `${several(waiting.length, 'other')} waited up to ${seconds(longest)}`}.`,
    advice: [
      `Bound how long a request may take to arrive (${settingOf('request', software)}), and how many connections one ` +
        'address may have (nginx `limit_conn`, HAProxy `stick-table`).',
      'A proxy that takes in whole requests before it asks the server (nginx, HAProxy) keeps such clients away ' +
        'from its workers.',
    ],
    numbers: {
      connections: members.length, atOnce, seconds: inSeconds(middle), waited: waiting.length,
      ...(waiting.length > 0 ? { longest: inSeconds(longest) } : {}),
      ...(clients.size > 1 ? { clients: clients.size } : {}),
    },
    refutes: 'requests that were complete: then the server is slow, and not the client', members, beside: waiting,
  };
}

function isSlow(facts: Facts): boolean {
  if (facts.bytes[0] === 0 || kind(facts, 0) !== 'http-request') return false;
  if (isTimedOut(facts) || isOwing(facts)) return heldFor(facts) >= PATIENT;
  const lasted = heldFor(facts);
  return (
    facts.requestPieces >= PIECES &&
    lasted >= LONG &&
    facts.bytes[0] < (RATE * lasted) / SECOND &&
    (facts.bytes[1] === 0 || facts.slowestAnswer >= LONG)
  );
}

/** How long its request took: until the server said something, closed, or the client did. */
function heldFor({ slowestAnswer, bytes, requestAt, turnAt, turnOf, closeAt, end, start }: Facts): Duration {
  if (bytes[1] > 0) return slowestAnswer;
  const begun = Number.isNaN(requestAt) ? (turnOf === 0 ? turnAt : start) : requestAt;
  return Math.max(0, (Number.isNaN(closeAt) ? end : closeAt) - begun);
}

/** The server itself says that the request did not end (RFC 9110 §15.5.9). */
function isTimedOut(facts: Facts): boolean {
  return kind(facts, 1) === 'http-timeout';
}

/** The server closed in place of an answer, and the wire shows that the request had not ended. */
function isOwing({ owes, bytes, pending, hasClosedWindow }: Facts): boolean {
  return owes && pending && bytes[1] === 0 && !hasClosedWindow[1];
}

function kind({ kinds }: Facts, end: 0 | 1): string | undefined {
  return PAYLOAD_KINDS[kinds[end]];
}

/** What somebody else waited: for an answer, or to be connected. */
function waited({ slowestAnswer, bytes, requestAt, closeAt, end, synAck, start }: Facts): Duration {
  const asked = Number.isNaN(requestAt) ? 0 : (Number.isNaN(closeAt) ? end : closeAt) - requestAt;
  return Math.max(bytes[1] > 0 ? slowestAnswer : 0, asked, synAck - start > 0 ? synAck - start : 0);
}

function mostAtOnce(members: readonly Facts[]): number {
  const starts = members.map(({ start }) => start).sort((a, b) => a - b);
  const ends = members.map(({ end, closeAt }) => (Number.isNaN(closeAt) ? end : closeAt)).sort((a, b) => a - b);
  let [gone, most] = [0, 0];
  starts.forEach((start, index) => {
    while (ends[gone]! < start) gone++;
    most = Math.max(most, index + 1 - gone);
  });
  return most;
}
