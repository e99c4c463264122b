import { consecutive } from '../base/groups.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import {
  byClient, collect, everyone, freeOf, inSeconds, isOfMessages, isStream, openedBy, place, range, seconds,
  several,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { causedElsewhere } from './patterns/idle-timer.js';
import { mutePeer } from './client-patience/mute-peer.js';
import { agreeing, lasting, occurrences, times } from './once.js';
import type { Occurrence } from './once.js';
import { joined } from './passed-on.js';
import type { PassedOn } from './passed-on.js';
import * as SIGN from './facts/signs.js';
import { clientSoftware, settingOf } from './software.js';
import { apart, isOneMoment, timerOf } from './patterns/timer.js';
import type { Timer } from './patterns/timer.js';
import { ungreeted } from './patterns/ungreeted.js';

/** Who closes sooner than this has said its last word, and waits for nothing. */
const PATIENT: Duration = 100 * MILLISECOND;

/** Who gives up may say good-bye right before it closes: COM_QUIT, close_notify. */
const LAST_WORD: Duration = 50 * MILLISECOND;

/** Times that a request is sent again before its loss is no chance. */
const LOST = 3;

/** Of the requests that the service was asked, from which on it is an error. */
const LARGE_PART = 0.1;

/**
 * A client, or a proxy as one, that gives up waiting for answers after a time of its own; and who does not wait for
 * answers once its peer has half-closed.
 */
export const clientPatience: DiagnosisDetector = {
  id: 'client-patience', title: 'Patience of a client',
  explains: {
    'unanswered-request': ['given-up', 'closed', 'left'], 'rst-after-push': ['closed-peer', 'crossing'],
    'half-closed': ['slow', 'killed', 'never-accepted'], 'linger-reset': [],
  },
  signs: SIGN.gaveUp | SIGN.mute,
  detect(scene, services) {
    const told = services.flatMap((service) => {
      const halfClosed = cutHalves(scene, service, scene.free(service, SIGN.gaveUp));
      return [
        ...ofClients(scene, service), ...(halfClosed === null ? [] : [halfClosed]), ...ungreeted(scene, service),
        ...[mutePeer(scene, service) ?? []].flat(),
      ];
    });
    return joined(told, passedOn(scene, told));
  },
  once(scene, left) {
    const givenUp = occurrences(left, 'unanswered-request', (finding) =>
      finding.cause === 'given-up' && finding.confidence !== 'possible'
        ? lasting(finding, 'waitedSeconds', LONG)
        : null,
    );
    return agreeing(givenUp, ({ of: { service, facts } }) => `${facts.client} ${place(service)}`).flatMap((own) =>
      givenUpOnce(scene, own),
    );
  },
};

/** Proxies that give up what their own clients have given up. */
function passedOn(scene: Scene, told: readonly Detected[]): PassedOn[] {
  return collect(told, (far) => {
    if (far.by.role !== 'proxy' || far.service === null || !causedElsewhere(scene, far.members, 0)) return null;
    const near = told.find((one) => one !== far && one.service?.address === far.by.address && one.by.role !== 'server');
    if (near === undefined) return null;
    const answered = far.numbers['answeredAfter'];
    const words =
      `${far.by.address} had asked ${place(far.service)}, which ` +
      (answered === undefined ? 'never answered either' : `answered after ${seconds(answered * SECOND)}`);
    return { far, near, words };
  });
}

/** What one client gave up, and after how many seconds it did. */
interface OfClient {
  readonly detected: Detected;
  readonly seconds: number;
  readonly gaveUp: readonly Facts[];
}

/**
 * Each client by itself; those together that have the same patience, as far as values of one timer lie apart
 * (timer.ts), and with them who gave up after that time too seldom to show one. Those that show too little each are
 * looked at together.
 */
function ofClients(scene: Scene, service: Service): Detected[] {
  const told: OfClient[] = [];
  let left: Facts[] = [];
  for (const [client, gaveUp] of scene.freeByClient(service, SIGN.gaveUp)) {
    const detected = givenUp(scene, service, [client], gaveUp);
    if (detected === null) left.push(...gaveUp.filter(isGivenUp));
    else told.push({ detected, seconds: detected.numbers['seconds']!, gaveUp });
  }
  const groups = consecutive(
    told.sort((a, b) => a.seconds - b.seconds),
    (one, [first]) => (one.seconds - first.seconds) * SECOND <= apart(first.seconds * SECOND),
  );
  const all = groups.flatMap((group) => {
    const together = ofOnePatience(scene, service, group, left);
    if (together === null) return group.map(({ detected }) => detected);
    const members = new Set(together.members);
    left = left.filter((facts) => !members.has(facts));
    return [together];
  });
  const clients = clientsOf(left);
  const together = clients.length < 2 ? null : givenUp(scene, service, clients, left);
  return together === null ? all : [...all, together];
}

function clientsOf(all: readonly Facts[]): string[] {
  return [...new Set(all.map(({ client }) => client))];
}

/**
 * The story of clients with one patience, and of those among `left` that gave up after the same time; null where it
 * would tell less of the first ones than their own do.
 */
function ofOnePatience(
  scene: Scene, service: Service, group: readonly OfClient[], left: readonly Facts[],
): Detected | null {
  const [{ seconds: first, detected: { by } }] = group as [OfClient];
  if (group.some(({ detected }) => detected.by.role !== by.role)) return null;
  const alike = left.filter((facts) =>
    isProxyHere(scene, facts.client) === (by.role === 'proxy') &&
    ORIGIN_NAMES.some((origin) => {
      const off = facts.closeAt - ORIGINS[origin].of(facts) - first * SECOND;
      return Math.abs(off) <= apart(first * SECOND);
    }),
  );
  const own = group.flatMap(({ gaveUp }) => gaveUp);
  const clients = [...new Set([...group.map(({ detected }) => detected.by.address), ...clientsOf(alike)])];
  if (clients.length < 2) return null;
  const together = givenUp(scene, service, clients, [...own, ...alike]);
  const members = new Set(together?.members);
  return group.every(({ detected }) => detected.members.every((facts) => members.has(facts))) ? together : null;
}

/** Of a shorter wait that happens once nobody says that somebody lost patience. */
const LONG: Duration = SECOND;

/** A client that gave a request up, though it had never waited for so long before. */
function givenUpOnce(scene: Scene, own: readonly Occurrence[]): Detected[] {
  const [{ of: { service, facts } }] = own as [Occurrence];
  const values = own.map(({ value }) => value);
  const value = Math.min(...values);
  const { client } = facts;
  if (byClient(service).get(client)!.some(({ slowestAnswer }) => slowestAnswer > value)) return [];
  const answered = own.flatMap(({ finding: { evidence } }) =>
    typeof evidence['answeredAfterSeconds'] === 'number' ? [evidence['answeredAfterSeconds'] * SECOND] : [],
  );
  const told =
    answered.length === 0
      ? 'the server never answered'
      : `the server answered ${seconds(Math.min(...answered))} after the request, to nobody`;
  return [
    {
      severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
      by: { role: 'client', address: client },
      message:
        `${client} gave up waiting for ${place(service)} ${times(own.length)}, ${seconds(value)} after its request; ` +
        `${told}.`,
      advice: patienceAdvice(scene, service, client, { isProxy: false, isAnswered: answered.length > 0 }),
      numbers: {
        seconds: inSeconds(value), spread: inSeconds(Math.max(...values) - value), matching: own.length, of: own.length,
        lost: own.length, ...(answered.length === 0 ? {} : { answeredAfter: inSeconds(Math.min(...answered)) }),
        answeredLater: answered.length,
      },
      refutes: `a request of ${client} that waited for more than ${seconds(value)} and was answered`,
      members: own.map(({ of }) => of.facts),
    },
  ];
}

function patienceAdvice(
  scene: Scene, service: Service, client: string,
  { isProxy, isAnswered }: { readonly isProxy: boolean; readonly isAnswered: boolean },
): string[] {
  return [
    `Raise the timeout of ${client} ` +
      `(${settingOf(isProxy ? 'proxyPatience' : 'patience', clientSoftware(scene, client))}) above what the server ` +
      `takes, or make the server faster.`,
    isAnswered
      ? "The server works for nobody meanwhile: let it notice that its client has gone (the request's context, " +
        '`close` of the response, PostgreSQL `client_connection_check_interval`).'
      : `See what ${place(service)} does with these requests: nothing came back while the capture ran.`,
  ];
}

/** An origin fits better where its values lie closer together by so much. */
const CLEARLY = 0.7;

/**
 * The clock may run before anything is seen of it: Java's counts from send() on (HttpRequest.Builder.timeout), and the
 * first request of a process waits until its code is loaded.
 */
const SOONER = 0.9;

/** From when on a client counts. */
const ORIGINS = {
  // An answer that came when it had closed was none.
  start: {
    words: 'after it began to connect',
    of: ({ start, turns, late }: Facts) => (turns <= 1 || (turns === 2 && late !== null) ? start : NaN),
  },
  request: { words: 'after its request', of: ({ requestAt }: Facts) => requestAt },
  lastPiece: { words: 'after the last byte of its request', of: ({ lastPieceAt }: Facts) => lastPieceAt },
} as const;

const ORIGIN_NAMES = ['request', 'start', 'lastPiece'] as const;

function givenUp(
  scene: Scene, service: Service, clients: readonly string[], gaveUp: readonly Facts[],
): Detected | null {
  const [client] = clients as [string];
  const waiting = gaveUp.filter(isGivenUp);
  if (waiting.length < FEW) return null;
  const own = freeOf(scene, service, clients);
  let best: { readonly origin: keyof typeof ORIGINS; readonly timer: Timer<Facts> } | null = null;
  for (const origin of ORIGIN_NAMES) {
    const values = waiting.flatMap((of) =>
      Number.isNaN(ORIGINS[origin].of(of)) ? [] : [{ value: of.closeAt - ORIGINS[origin].of(of), of }],
    );
    const timer = timerOf(values, false);
    if (timer === null || isOneMoment(timer)) continue;
    if (
      best === null || timer.members.length > best.timer.members.length ||
      (timer.members.length === best.timer.members.length && timer.spread < best.timer.spread * CLEARLY)
    )
      best = { origin, timer };
  }
  if (best === null) return clients.length > 1 ? null : givenUpAnyhow(scene, service, client, own, waiting);
  const { value, spread, members } = best.timer;
  const { words } = ORIGINS[best.origin];
  const waited = own.filter(
    (facts) => !waiting.includes(facts) && facts.slowestAnswer > value + apart(value) && !drewReset(facts),
  ).length;
  // Who has waited longer before, and got its answer, has no such limit.
  if (waited > 0.1 * members.length) return null;
  const known = new Set(members);
  const sooner = waiting.filter((facts) => {
    const waitedFor = facts.closeAt - facts.requestAt;
    return !known.has(facts) && waitedFor < value && waitedFor >= SOONER * value;
  });
  const answers = members
    .flatMap(({ late, requestAt }) => (late === null ? [] : [late.at - requestAt]))
    .sort((a, b) => a - b);
  const answer = answers[answers.length >> 1];
  const isProxy = isProxyHere(scene, client);
  const requests = own.reduce((sum, { turns }) => sum + Math.ceil(turns / 2), 0);
  const of = members.length + waited;
  const told =
    answer === undefined
      ? 'the server never answered'
      : `the server answered ${seconds(answer)} after the request, to nobody`;
  return {
    severity: members.length >= LARGE_PART * requests ? 'error' : 'warning',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: { role: isProxy ? 'proxy' : 'client', address: client },
    message:
      `${clients.length === 1 ? `${client} gives` : `${several(clients.length, 'client')} give`} up waiting for ` +
      `${place(service)} ${seconds(value)} ${clients.length === 1 ? words : ofMany(words)} ` +
      `(${members.length} of ${of}); ${told}.`,
    advice: patienceAdvice(scene, service, client, { isProxy, isAnswered: answer !== undefined }).map((line) =>
      clients.length === 1 ? line : line.replace(`timeout of ${client}`, 'timeout of these clients'),
    ),
    numbers: {
      seconds: inSeconds(value), spread: inSeconds(spread), matching: members.length, of, lost: members.length,
      ...(answer === undefined ? {} : { answeredAfter: inSeconds(answer) }), answeredLater: answers.length,
      ...(clients.length === 1 ? {} : { clients: clients.length }),
    },
    refutes:
      `a request of ${clients.length === 1 ? client : 'one of them'} that waited for more than ` +
      `${seconds(value + spread)} and was answered`,
    members, beside: sooner,
  };
}

/** Whether its slowest answer came to a socket that had closed, though the capture lacks the FIN. */
function drewReset({ reset, slowestAnswerAt }: Facts): boolean {
  return reset?.by === 0 && reset.bare && reset.at >= slowestAnswerAt && reset.at - slowestAnswerAt <= LAST_WORD;
}

function ofMany(words: string): string {
  return words.replace('its', 'their').replace('it began', 'they began');
}

/** Requests that were given up after times that no timer has in common, from which on they are told together. */
const FEW = 3;

/**
 * No clock shows: one that looks once a second (Squid), one with a random part, people. Nobody of that client waited
 * longer and was answered.
 */
function givenUpAnyhow(
  scene: Scene, service: Service, client: string, own: readonly Facts[], waiting: readonly Facts[],
): Detected | null {
  const members = waiting.filter(({ closeAt, requestAt }) => closeAt - requestAt >= LONG);
  const waits = members.map(({ closeAt, requestAt }) => closeAt - requestAt).sort((a, b) => a - b);
  const closes = members.map(({ closeAt }) => closeAt);
  const [least, most] = [waits[0]!, waits.at(-1)!];
  if (
    members.length < FEW || Math.max(...closes) - Math.min(...closes) < LONG ||
    own.some((facts) => !waiting.includes(facts) && facts.slowestAnswer > least)
  )
    return null;
  const answered = members.filter(({ late }) => late !== null).length;
  const isProxy = isProxyHere(scene, client);
  return {
    severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: isProxy ? 'proxy' : 'client', address: client },
    message:
      `${client} gives up waiting for ${place(service)} ${range(least, most)} ` +
      `after its request (${members.length} of ${members.length}); the server ` +
      `${answered === 0 ? 'never answered' : `answered ${answered} of them later, to nobody`}.`,
    advice: patienceAdvice(scene, service, client, { isProxy, isAnswered: answered > 0 }),
    numbers: {
      seconds: inSeconds(waits[waits.length >> 1]!), spread: inSeconds(most - least), matching: members.length,
      of: members.length, lost: members.length, answeredLater: answered,
    },
    refutes: `a request of ${client} that waited for more than ${seconds(most)} and was answered`, members,
  };
}

function isProxyHere(scene: Scene, client: string): boolean {
  return scene.servicesOf(client).some((offered) => everyone(offered).some((facts) => facts.client !== client));
}

/** The client closed while its request waited, and never took the answer. */
function isGivenUp(facts: Facts): boolean {
  const {
    lastPieceAt, closer, pending, late, requestPieces, requestAt, closeAt, roundTrip, reset, closedByReset, stuckSince,
    repeats,
  } = facts;
  // What the server's kernel never took in was lost on the way: that is no patience, and no slow server. Nor is an
  // answer that the server sent again and again before the close, and that the client's kernel never took in.
  if (stuckSince[0] <= requestAt && repeats[0] >= LOST) return false;
  if (late !== null && late.at < closeAt && stuckSince[1] >= requestAt && repeats[1] >= LOST) return false;
  if (isOfMessages(facts) || isStream(facts)) return false;
  if (
    closer !== 0 || !pending || late?.read === true || requestPieces > (closeAt - lastPieceAt < LAST_WORD ? 2 : 1) ||
    (closedByReset && reset?.bare === true)
  )
    return false;
  return closeAt - requestAt >= Math.max(PATIENT, 3 * roundTrip);
}

/**
 * A server, mostly a proxy, that closes some time after its client has sent request and FIN, before the answer is
 * there.
 */
function cutHalves(scene: Scene, service: Service, gaveUp: readonly Facts[]): Detected | null {
  const halves = gaveUp.filter(
    ({ closer, closedByReset, pending, closeAt, requestAt, bytes, late }) =>
      closer === 0 && !closedByReset && pending && bytes[1] === 0 && late === null && closeAt - requestAt < PATIENT,
  );
  const timer = timerOf(
    halves.flatMap((of) => (of.otherCloseAt > of.closeAt ? [{ value: of.otherCloseAt - of.closeAt, of }] : [])), false,
  );
  if (timer === null) return null;
  const { value, spread, members } = timer;
  // On its other side the answer comes, to nobody.
  const behind = openedBy(scene, service.address).filter(
    ({ closer, late }) => closer === 0 && late !== null && !late.read,
  );
  const legs = members.flatMap((facts) =>
    behind.filter((leg) => leg.start >= facts.start && leg.start <= facts.otherCloseAt).slice(0, 1),
  );
  const isProxy = legs.length * 2 > members.length;
  // Whoever has taken all that it wanted closes in order.
  const isHard = members.filter(({ reset }) => reset?.by === 1 && !reset.bare).length * 2 > members.length;
  return {
    severity: isProxy ? 'error' : isHard ? 'warning' : 'info', confidence: isProxy ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: { role: isProxy ? 'proxy' : 'server', address: service.address },
    message:
      `${place(service)} ${isHard ? 'aborts' : 'closes'} ${seconds(value)} after its client has half-closed ` +
        `(request and FIN), without an ` +
      `answer (${members.length} of ${halves.length})` +
      `${isProxy ? '; the server behind it answers later, to nobody' : ''}.`,
    advice: [
      'Give the half-closed side the time that the answer takes: socat `-t 30`, HAProxy `timeout client-fin`, ' +
        'nginx stream `proxy_half_close on`.',
      'Or let the client keep its side open until it has the answer: no shutdown(SHUT_WR), no `nc -N`.',
    ],
    numbers: {
      seconds: inSeconds(value), spread: inSeconds(spread), matching: members.length, of: halves.length,
      lost: members.length,
    },
    refutes: 'a half-closed request that was answered later than that', members: [...members, ...new Set(legs)],
  };
}
