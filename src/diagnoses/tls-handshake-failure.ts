import { PLAINTEXT_ADVICE } from '../findings/tls-handshake-failure.js';
import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import type { PayloadKind } from '../flow/payload-kind.js';
import { LONGEST_ALERT_RECORD, LONGEST_KEY_EXCHANGE } from '../flow/tls-handshake.js';
import { groupsBy } from '../base/groups.js';
import { lowerBound } from '../base/lower-bound.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { clientsInWords, collect, everyone, place, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { areChecks } from './health-check.js';
import { name } from './idle-limit.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware } from './software.js';

/** Handshakes broken off before it is no chance. */
const FEW = 3;

/**
 * What a client sends behind its hello to end the handshake, and nothing more: of TLS 1.3 at most 80 bytes, a
 * ChangeCipherSpec and a Finished of SHA-384 (RFC 8446 §4.4.4, §5.2, D.4); of TLS 1.2 the key exchange, too. There the
 * server ends it by a Finished, and a ticket perhaps (RFC 5077 §3.3), where an answer of TLS 1.3 follows two tickets.
 */
const FINISHED = [64, 80] as const;
const KEY_EXCHANGE = [93, LONGEST_KEY_EXCHANGE] as const;
const SERVER_FINISHED = [51, 300] as const;

/** Who looks at the certificate when the handshake is over leaves this soon. */
const LOOKS: Duration = 100 * MILLISECOND;

/** The hello of both, what the client says then, and an answer. */
const USED = 4;

/** How a handshake ended before its time. */
interface Broken {
  readonly facts: Facts;
  readonly by: 'client' | 'server' | 'server, upon the client' | 'plain client' | 'plain server';
  readonly advice: readonly string[] | null;
  /** What is spoken in the clear. */
  readonly protocol?: string;
  /** Both had said their part. */
  readonly isOver?: boolean;
}

/** An end that breaks off TLS handshakes: it does not accept what the other offers. */
export const tlsHandshakeFailure: DiagnosisDetector = {
  id: 'tls-handshake-failure',
  title: 'TLS handshakes broken off',
  explains: { 'tls-handshake-failure': [], 'linger-reset': [], 'rst-after-push': [], 'unanswered-request': [] },
  detect(scene) {
    return scene.services.flatMap((service) => {
      // In the order of first frames, as all of them are.
      const left = [
        ...new Set([...scene.freeFound(service, 'tls-handshake-failure'), ...scene.free(service, SIGN.tlsLeft)]),
      ].sort((a, b) => a.place - b.place);
      const broken = [
        ...withoutSpare(scene, service, collect(left, (facts) => brokenOff(scene, facts))),
        ...unheardText(scene, service),
      ];
      // A client that does not accept is told of by itself; what the server does not accept is one fault, whoever
      // comes.
      const byActor = groupsBy(broken, ({ facts, by }) => (by === 'client' ? facts.client : by));
      const each = [...byActor.values()].map((own) => ({ own, detected: told(scene, service, own) }));
      const many = alike(each);
      const together = many.length === 0 ? null : told(scene, service, many.flatMap(({ own }) => own));
      const alone = each.flatMap((one) => (together !== null && many.includes(one) ? [] : (one.detected ?? [])));
      return together === null ? alone : [...alone, together];
    });
  },
};

interface OfActor {
  readonly own: readonly Broken[];
  readonly detected: Detected | null;
}

/**
 * Clients that all say by alerts that they do not accept what the server shows them, from three on: it is one fault,
 * whoever comes. Who leaves without a word may have other reasons of its own.
 */
function alike(each: readonly OfActor[]): readonly OfActor[] {
  const clients = each.filter(({ own }) => own.every(({ by, advice }) => by === 'client' && advice !== null));
  return clients.length < FEW ? [] : clients;
}

function brokenOff(scene: Scene, facts: Facts): Broken | null {
  const found = scene.findingsOf(facts).find(({ id }) => id === 'tls-handshake-failure');
  if (found === undefined) {
    if (isLeft(facts)) return { facts, by: 'client', advice: null };
    return isLeftBehind(facts) ? { facts, by: 'client', advice: null, isOver: true } : null;
  }
  if (found.cause === 'plaintext')
    return {
      facts, by: found.role === 'client' ? 'plain client' : 'plain server', advice: found.advice,
      protocol: String(found.evidence['protocol']),
    };
  const upon = found.evidence['uponClientAnswer'] === true ? 'server, upon the client' : 'server';
  return { facts, by: found.cause === 'client' ? 'client' : upon, advice: found.advice };
}

/** What a client asks in the clear that expects no TLS, as far as its first bytes tell. */
const IN_THE_CLEAR: Partial<Record<PayloadKind, string>> = {
  'http-request': 'HTTP', http2: 'HTTP/2', 'redis-command': 'redis', amqp: 'AMQP', mqtt: 'MQTT', mongodb: 'MongoDB',
};

/**
 * Connections that ask in the clear and are closed without a word, of a service that has said nothing but TLS to
 * anybody: some servers send no alert to what is no record (measured of HAProxy).
 */
function unheardText(scene: Scene, service: Service): Broken[] {
  const mute = scene.free(service, SIGN.cutOff).filter(
    ({ kinds, bytes, closer, isGuessed }) =>
      closer === 1 && bytes[1] === 0 && !isGuessed && IN_THE_CLEAR[PAYLOAD_KINDS[kinds[0]]!] !== undefined,
  );
  if (mute.length < FEW) return [];
  const answered = everyone(service).filter(({ bytes, isGuessed }) => bytes[1] > 0 && !isGuessed);
  if (answered.length < FEW || !answered.every(({ kinds }) => isTls(kinds[0]) && isTls(kinds[1]))) return [];
  return mute.map((facts) => ({
    facts, by: 'plain client', advice: PLAINTEXT_ADVICE, protocol: IN_THE_CLEAR[PAYLOAD_KINDS[facts.kinds[0]]!]!,
  }));
}

function isTls(kind: number): boolean {
  return PAYLOAD_KINDS[kind] === 'tls';
}

/**
 * The client has heard the server's part of the handshake, and closes without a word: some libraries send no alert
 * (Java 17 does so at times).
 */
function isLeft({ kinds, turns, turnOf, closer, bytes, established }: Facts): boolean {
  return (
    isTls(kinds[0]) && isTls(kinds[1]) && turns === 2 && turnOf === 1 && closer === 0 &&
    bytes[1] > LONGEST_ALERT_RECORD && !Number.isNaN(established)
  );
}

/**
 * The client closed right behind its part of the handshake, without an alert: so do those that look at the certificate
 * then (Node.js, `rejectUnauthorized`), and those that only look whether TLS is spoken.
 */
function isLeftBehind({
  kinds, turns, closer, saidGoodBye, idle, bytes, firstLength, lastLength, established, lacks,
}: Facts): boolean {
  if (
    !isTls(kinds[0]) || !isTls(kinds[1]) || (turns !== 3 && turns !== 4) || closer !== 0 ||
    saidGoodBye || !(idle < LOOKS) || Number.isNaN(established) || lacks
  )
    return false;
  const behind = bytes[0] - firstLength[0];
  return (
    isWithin(behind, FINISHED) ||
    (turns === 4 && isWithin(behind, KEY_EXCHANGE) && isWithin(lastLength[1], SERVER_FINISHED))
  );
}

/** Connections that a client opens at the same time begin within this of each other. */
const AT_ONCE: Duration = SECOND;

/**
 * Without those that a client left, without a word, because it used another one that it had opened at the same time.
 * Clients should keep no more than one of HTTP/2 (RFC 9113 §9.1), which they learn in the handshake (ALPN); and they
 * begin one over the other family beside (RFC 8305 §5).
 */
function withoutSpare(scene: Scene, service: Service, broken: readonly Broken[]): readonly Broken[] {
  if (broken.every(({ advice }) => advice !== null)) return broken;
  const used = everyone(service).filter((facts) => isUsed(facts) && brokenOff(scene, facts) === null);
  const byClient = groupsBy(used, ({ client }) => client);
  for (const own of byClient.values()) own.sort((a, b) => a.start - b.start);
  return broken.filter(({ facts, advice }) => advice !== null || !isBeside(byClient.get(facts.client) ?? [], facts));
}

/** Whether one of these, in the order in which they began, began at the same time and was open when it was left. */
function isBeside(used: readonly Facts[], { start, closeAt }: Facts): boolean {
  let next = lowerBound(used.length, (place) => used[place]!.start < start - AT_ONCE);
  for (; next < used.length && used[next]!.start <= Math.min(start + AT_ONCE, closeAt); next++) {
    const { closer, closeAt: end } = used[next]!;
    if (closer === -1 || end > closeAt) return true;
  }
  return false;
}

/** Whether the client said more than what ends a handshake of TLS 1.3, and was answered. */
function isUsed({ kinds, turns, bytes, firstLength }: Facts): boolean {
  return isTls(kinds[0]) && isTls(kinds[1]) && turns >= USED && bytes[0] - firstLength[0] > FINISHED[1];
}

function isWithin(length: number, [least, most]: readonly [number, number]): boolean {
  return length >= least && length <= most;
}

function told(scene: Scene, service: Service, broken: readonly Broken[]): Detected | null {
  const members = broken.map((one) => one.facts);
  // A monitor that looks whether a server speaks TLS leaves as soon as it does, at a steady beat.
  const areAlerts = broken.some(({ advice }) => advice !== null);
  if (members.length < FEW || (!areAlerts && areChecks(members))) return null;
  const [{ facts, by }] = broken as [Broken];
  if (by === 'plain client' || by === 'plain server') return mismatched(service, broken);
  const byClient = by === 'client';
  const clients = new Set(members.map(({ client }) => client));
  const tried = everyone(service).filter(
    ({ kinds, client }) => PAYLOAD_KINDS[kinds[0]] === 'tls' && (!byClient || clients.has(client)),
  );
  // Of many connections some are left before they were needed: a client that does not accept leaves most.
  if (broken.some(({ isOver }) => isOver) && members.length * 2 < tried.length) return null;
  const where = place(service);
  const isOne = !byClient || clients.size === 1;
  const who = !byClient
    ? `${where}${name(serverSoftware(scene, service, tried))}`
    : isOne ? facts.client : several(clients.size, 'client');
  const handshakes = `${members.length} of ${several(tried.length, 'TLS handshake')}${byClient ? ` with ${where}` : ''}`;
  const mute = broken.filter(({ advice }) => advice === null).length;
  const how = !areAlerts ? 'without a word' : mute === 0 ? 'by an alert' : `by an alert, or without a word (${mute})`;
  // Of whom no handshake comes to its end nothing works; else it is some of them.
  const nobody = tried.every((one) => brokenOff(scene, one) !== null);
  // What one client does not accept it may not know; what all refuse is the server's.
  const isAcceptedBeside = everyone(service).some(
    (one) => isTls(one.kinds[0]) && !clients.has(one.client) && brokenOff(scene, one) === null,
  );
  return {
    severity: nobody && (areAlerts || !broken.some(({ isOver }) => isOver)) ? 'error' : 'warning',
    confidence: areAlerts ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: byClient && (isOne || isAcceptedBeside)
      ? { role: 'client', address: facts.client }
      : { role: 'server', address: service.address },
    message:
      `${who} ${isOne ? 'breaks' : 'break'} off ${handshakes} ${how}: ` +
      `${isOne ? UPON[by] : 'they do not accept the certificate'}.`,
    advice: broken.find(({ advice }) => advice !== null)?.advice ?? MUTE_ADVICE,
    numbers: {
      matching: members.length, of: tried.length, alerts: members.length - mute,
      ...(isOne ? {} : { clients: clients.size }),
    },
    refutes: 'data of an application on one of these connections, behind the handshake',
    members,
  };
}

/** One end of a service speaks TLS, and the other one something else: nothing works there. */
function mismatched(service: Service, broken: readonly Broken[]): Detected {
  const [{ by, protocol, advice }] = broken as [Broken];
  const isServer = by === 'plain server';
  const members = broken.map(({ facts }) => facts);
  const clients = new Set(members.map(({ client }) => client));
  const spoke = everyone(service).filter(
    ({ kinds, bytes, client }) => bytes[0] > 0 && (isServer ? isTls(kinds[0]) : clients.has(client)),
  );
  // Public ports are asked in any protocol: a service that others speak TLS to does its part.
  const isWhole = !isServer && everyone(service).some(({ kinds }) => isTls(kinds[0]) && isTls(kinds[1]));
  const where = place(service);
  const one = clientsInWords(clients);
  const of = `${members.length} of ${several(spoke.length, 'connection')}`;
  return {
    severity: spoke.length === members.length && !isWhole ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: isServer || clients.size > 1
      ? { role: 'server', address: service.address }
      : { role: 'client', address: members[0]!.client },
    message: isServer
      ? `${where} speaks plain ${protocol}, and no TLS: ${of} that began by a ClientHello of ${one} failed.`
      : `${one} ${clients.size === 1 ? 'speaks' : 'speak'} plain ${protocol} to ${where}, which speaks TLS: ${of} ` +
        `failed.`,
    advice: advice!, numbers: { matching: members.length, of: spoke.length, alerts: 0 },
    refutes: `a TLS handshake with ${where} that came to its end`, members,
  };
}

const UPON: Readonly<Record<'client' | 'server' | 'server, upon the client', string>> = {
  client: 'it does not accept the certificate',
  server: 'it takes neither the version nor the ciphers nor the name that is offered',
  'server, upon the client': 'it misses a certificate of the client, or does not accept it',
};

const MUTE_ADVICE = [
  'See why the client leaves when it has seen the certificate: an issuer that it does not know (a private CA ' +
    'that is not in its trust store), ' +
    'an expired certificate, another name. Its log has the reason (Java: `SSLHandshakeException`).',
  'Or it only looks whether the server speaks TLS, as monitors do: then there is nothing to change.',
];
