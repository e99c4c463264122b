import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { consecutive } from '../base/groups.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { BY_CHANCE, groupsByChance } from './chance.js';
import {
  collect, everyone, inSeconds, isRefused, isWhole, openedBy, place, seconds, several, stood,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';
import { name } from './idle-limit.js';
import { isLost } from './idle-timer.js';
import * as SIGN from './signs.js';
import { serverSoftware } from './software.js';
import { isLonger } from './timer.js';
import { Taken } from './taken.js';

/**
 * A process that ends closes its sockets one after the other (exit_files, fs/file.c; measured: 30 in 0.3 ms, 60 in 3
 * ms).
 */
const APART: Duration = 5 * MILLISECOND;
const SOCKETS = 30;

/** Connections that a restart must have forgotten before it is told from their RSTs alone. */
const FORGOTTEN = 3;

/**
 * An answer of HTTP under way, longer than a status line with its fields: the server's last payload lies this shortly
 * before the close.
 */
const UNDER_WAY: Duration = 50 * MILLISECOND;
const SHORT = 4096;

/** So many requests that are cut off together are no chance. */
const CUT_OFF = 3;

/** So many connections, all that were open, are closed together by no timer that each has for itself. */
const MANY = 5;

/** A request that waits for so long is no last word. */
const OLD: Duration = 100 * MILLISECOND;

/** A server whose process ended, and perhaps came back. */
export const restart: DiagnosisDetector = {
  id: 'restart', title: 'Restart or crash',
  explains: {
    'unanswered-request': [], refused: [], 'rst-after-push': [], 'half-closed': ['killed', 'slow'], 'linger-reset': [],
    'half-open': ['stale-peer', 'retransmission-timeout'], 'forged-reset': [],
    'incomplete-message': ['answer'],
  },
  signs: SIGN.noSynAck | SIGN.cutOff | SIGN.late | SIGN.serverReset,
  detect(scene, services) {
    return services.flatMap((service) => {
      const known = everyone(service);
      const closes = closesOf(scene.showing(service, SIGN.serverClosed));
      const attempts = attemptsOf(scene, service);
      const ended = collect(simultaneousCloses(closes), (group) => process(scene, service, attempts, closes, group));
      if (ended.length > 0) return ended;
      const byProcess = endedOneByOne(known, closes, attempts);
      const own = byProcess.length === 0 ? null : process(scene, service, attempts, closes, byProcess);
      return own ?? host(scene, service, known) ?? together(scene, service, known, attempts) ?? [];
    });
  },
};

/** How a service answered those who asked for it. */
interface Attempts {
  readonly refused: readonly Facts[];
  readonly taken: Taken;
  /** How many asked for it. */
  readonly count: number;
}

function attemptsOf(scene: Scene, service: Service): Attempts {
  const known = everyone(service);
  return {
    refused: scene.showing(service, SIGN.noSynAck).filter(isRefused), taken: new Taken(known),
    count: known.filter(({ attempts }) => attempts > 0).length,
  };
}

/** What a host closes as a client when its process ends lies this near to what it closes as a server. */
const LEGS: Duration = 50 * MILLISECOND;

/** The connections on the other side of a proxy, which its process held and which ended with it. */
function otherLegs(scene: Scene, { address }: Service, group: readonly Facts[]): Facts[] {
  const [from, to] = [group[0]!.closeAt - LEGS, group.at(-1)!.closeAt + LEGS];
  return openedBy(scene, address).filter(
    ({ closer, closeAt }) => closer === 0 && closeAt >= from && closeAt <= to,
  );
}

/** What the server closed, in order of time; a RST without ACK answers a segment, and closes nothing. */
function closesOf(serverClosed: readonly Facts[]): Facts[] {
  return serverClosed
    .filter(
      (facts) => stood(facts) && !(facts.closedByReset && facts.reset?.bare === true),
    )
    .sort((a, b) => a.closeAt - b.closeAt);
}

/**
 * Where each connection has a process of its own (PostgreSQL, Apache's prefork, sshd) these end as the scheduler lets
 * them: the connections that the server closed shortly before it refused the first attempt, where all that were open
 * were among them, and none was taken meanwhile.
 */
function endedOneByOne(known: readonly Facts[], closes: readonly Facts[], { refused }: Attempts): Facts[] {
  const refusals = refused.map(({ reset }) => reset!.at).sort((a, b) => a - b);
  const first = refusals.find((at) => closes.some(({ closeAt }) => closeAt < at && at - closeAt <= SECOND));
  if (first === undefined) return [];
  const group = closes.filter(({ closeAt }) => closeAt <= first && first - closeAt <= SECOND);
  const from = group[0]!.closeAt;
  const isOpen = (facts: Facts): boolean =>
    stood(facts) && facts.start < first && (facts.closer === -1 || facts.closeAt > first);
  if (group.length < FORGOTTEN || known.some(isOpen) || known.some(({ synAck }) => synAck > from && synAck < first))
    return [];
  return group;
}

/** Groups of connections that the server closed together, of those that it closed. */
function simultaneousCloses(closes: readonly Facts[]): Facts[][] {
  return consecutive(closes, ({ closeAt }, group) => closeAt - group.at(-1)!.closeAt <= APART).filter(
    (group) => group.length >= 2 && group.at(-1)!.closeAt - group[0].closeAt <= APART * (1 + group.length / SOCKETS),
  );
}

/** Connections that began before one moment and were open until another one. */
function openAt(known: readonly Facts[], before: Time, until: Time): Facts[] {
  return known.filter(
    (facts) => stood(facts) && facts.start < before && (facts.closer === -1 || facts.closeAt >= until),
  );
}

function process(
  scene: Scene, service: Service, attempts: Attempts, closes: readonly Facts[], group: readonly Facts[],
): Detected | null {
  const moment = group.at(-1)!.closeAt;
  const back = attempts.taken.firstBehind(moment);
  // The listening socket may be closed before the others, by another of its processes.
  const refused = attempts.refused.filter(({ reset }) => reset!.at > group[0]!.closeAt - LEGS && reset!.at < back);
  const pending = group.filter((facts) => facts.pending);
  const waits = pending.map(({ closeAt, requestAt }) => closeAt - requestAt);
  const mayBeSudden = back === Infinity && pending.length >= 2;
  if (refused.length === 0 && !mayBeSudden && pending.length < CUT_OFF) return null;
  if (isChance(scene, attempts, closes, group, refused.length)) return null;
  const isAll = (): boolean =>
    openAt(everyone(service), moment, group[0]!.closeAt).every(
      (facts) => group.includes(facts) || facts.closeAt - moment < SECOND,
    );
  // Nobody tried again: only that all went at once, and in the middle of requests of different ages, tells it: no last
  // words, and no timer.
  const isSudden =
    mayBeSudden && isAll() && isWhole(service) && scene.end - moment >= SECOND &&
    Math.min(...waits) >= OLD && Math.max(...waits) - Math.min(...waits) >= OLD;
  // One of its processes ended, and others or its successor go on: requests of different ages that are cut off together
  // wait for nothing in common. A limit for requests that is looked at every so often closes some together, too, but
  // all are nearly as old.
  const isWorker =
    !isSudden && refused.length === 0 && pending.length >= CUT_OFF && Math.min(...waits) >= OLD &&
    Math.max(...waits) >= 2 * Math.min(...waits);
  // All that were open, and requests of different ages among them: a process that is back before anybody asks again.
  const isKilled =
    refused.length === 0 && pending.length >= CUT_OFF && group.length >= MANY && isWhole(service) &&
    group.some(({ closedByReset }) => closedByReset) && Math.max(...waits) - Math.min(...waits) >= 4 * APART &&
    new Set(group.map(({ start }) => start)).size === group.length && isAll();
  if (refused.length === 0 && !isSudden && !isWorker && !isKilled) return null;
  const cut = group.filter(
    (facts) =>
      !facts.pending && facts.turnOf === 1 && PAYLOAD_KINDS[facts.kinds[0]] === 'http-request' &&
      facts.bytes[1] > SHORT && facts.closeAt - facts.payloadAt < UNDER_WAY,
  );
  const late = group.filter((facts) => !facts.pending && !cut.includes(facts) && isLost(facts));
  const lost = pending.length + late.length + cut.length;
  const who = `${place(service)}${name(serverSoftware(scene, service))}`;
  const down = (back === Infinity ? scene.end : back) - moment;
  const state =
    back === Infinity
      ? `was not back when the capture ended, ${seconds(down)} later`
      : `took connections again after ${seconds(down)}`;
  return {
    severity: lost > 0 || refused.length > 0 ? 'error' : 'info', confidence: refused.length > 0 ? 'likely' : 'possible',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message: isWorker
      ? `A process of ${who} ended, and the service went on: ${several(group.length, 'connection')} were closed in ` +
        `one moment, ${several(pending.length, 'request')} of different ages among them unanswered.`
      : `${who} was restarted, or crashed: ${several(group.length, 'connection')} ended in one moment, ` +
        (lost > 0 || refused.length === 0 ? `${several(lost, 'request')} lost, ` : '') +
          `${several(refused.length, 'attempt')} ` +
        `refused; it ${state}.`,
    advice: advice(),
    numbers: {
      ended: group.length, lost, refused: refused.length, downSeconds: inSeconds(down),
      ...(cut.length > 0 ? { cut: cut.length } : {}),
    },
    refutes: 'a handshake that the service completed while it refused others', members: group,
    beside: [...refused, ...otherLegs(scene, service, group)],
    first: group[0]!.closeAt, last: refused.at(-1)?.reset!.at ?? moment,
  };
}

/**
 * Whether a server that closes so many connections, and refuses so many connects, at any time would close these
 * together, and refuse so many behind them in a row.
 */
function isChance(
  scene: Scene, attempts: Attempts, closes: readonly Facts[], group: readonly Facts[], inRow: number,
): boolean {
  const width = Math.max(APART, group.at(-1)!.closeAt - group[0]!.closeAt);
  const span = closes.at(-1)!.closeAt - closes[0]!.closeAt;
  const groups = groupsByChance(group.length, width, closes.length - group.length, span);
  const ofOne = groups * (attempts.refused.length / Math.max(1, attempts.count)) ** inRow;
  // It is looked for at each of them.
  return ofOne * scene.services.length > BY_CHANCE;
}

/** Of the connections that went, at least this part was in use: no idle limit closes what spoke within a second. */
const IN_USE = 1 / 3;

/**
 * The server closed all that was open in one moment, whatever each was at, and goes on serving: an administrator, a
 * reload, or one of its processes that crashed (PostgreSQL ends all its sessions then: postmaster.c,
 * HandleChildCrash). What its clients asked next was lost.
 */
function together(
  scene: Scene, service: Service, known: readonly Facts[], attempts: Attempts,
): Detected | null {
  const free = closesOf(scene.free(service, SIGN.serverClosed));
  const group =
    closesOneByOne(free).find((one) => one.length >= MANY_SESSIONS && isOfAll(known, one)) ??
    simultaneousCloses(free).find((one) => isOfAll(known, one));
  if (group === undefined) return null;
  const moment = group.at(-1)!.closeAt;
  const lost = group.filter((facts) => facts.pending || isLost(facts)).length;
  const back = attempts.taken.firstBehind(moment);
  return {
    severity: lost >= CUT_OFF ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} closed all of its ` +
      `${several(group.length, 'connection')} in one moment, whatever each was at` +
      `${back === Infinity ? '' : `, and took new ones ${seconds(back - moment)} later`}; ` +
      `${lost === 0 ? 'by RST: who used them next got ECONNRESET' : `${several(lost, 'request')} ${lost === 1 ? 'was' : 'were'} lost`}.`,
    advice: [
      'See in its log what ended them at that time: an administrator (redis CLIENT KILL, PostgreSQL ' +
        'pg_terminate_backend(), MariaDB KILL, `ss -K`), a reload, or a crash of one of its processes (PostgreSQL then ends ' +
        'all its sessions).',
      ...advice().slice(2),
    ],
    numbers: {
      ended: group.length, of: group.length, lost, refused: 0,
      ...(back === Infinity ? {} : { downSeconds: inSeconds(back - moment) }),
    },
    refutes: 'a connection of the service that was open then and went on', members: group, first: group[0]!.closeAt,
    last: moment,
  };
}

/**
 * Where each session has a process of its own, these end as the scheduler lets them (measured of PostgreSQL: eight
 * within 15 ms).
 */
const EACH: Duration = 50 * MILLISECOND;
const TOGETHER: Duration = 250 * MILLISECOND;
const MANY_SESSIONS = 5;

/** Closes that follow each other shortly; their own sessions alone, and not those that were taken meanwhile. */
function closesOneByOne(closes: readonly Facts[]): Facts[][] {
  return consecutive(
    closes,
    ({ closeAt }, group) => closeAt - group.at(-1)!.closeAt <= EACH && closeAt - group[0].closeAt <= TOGETHER,
  );
}

/** All that had been open for a while, some of it in use, and something was lost, or its clients had to begin anew. */
function isOfAll(known: readonly Facts[], group: readonly Facts[]): boolean {
  const [from, to] = [group[0]!.closeAt, group.at(-1)!.closeAt];
  const own = group.filter(({ start }) => start < from - SECOND);
  return (
    own.length >= FORGOTTEN && to - from < SECOND &&
    own.filter(({ pending, idle }) => pending || idle < SECOND).length >= IN_USE * own.length &&
    (isHarmed(own) || isCutOff(known, own, to)) && !areOfOneAge(own.filter(({ pending }) => pending)) &&
    own.length === openAt(known, from - SECOND, from).length
  );
}

/** Whether something was lost; a single payload that came right before the close may be a last word (iperf3's is). */
function isHarmed(group: readonly Facts[]): boolean {
  const pending = group.filter((facts) => facts.pending);
  const isOld = pending.some(({ closeAt, requestAt }) => closeAt - requestAt >= OLD);
  return isOld || pending.length > 1 || group.some(isLost);
}

/** Requests and answers, one after the other, from which on a connection is one that is used again and again. */
const TALKS = 4;

/**
 * Whether these were in use, all were aborted, and their clients went on at once by other connections: what they did
 * next on the old ones failed (ECONNRESET), though nothing was under way. By close() with unread data, by SO_LINGER, or
 * by an administrator's `ss -K` (SOCK_DESTROY, tcp_abort).
 */
function isCutOff(known: readonly Facts[], own: readonly Facts[], moment: Time): boolean {
  const clients = new Set(own.map(({ client }) => client));
  return (
    own.every(({ closedByReset, turns, pending }) => closedByReset && turns >= TALKS && !pending) &&
    known.filter(
      ({ client, start, bytes }) =>
        clients.has(client) && start > moment && start - moment < SECOND && bytes[1] > 0,
    ).length >= FORGOTTEN
  );
}

/** Requests as old as each other are ended by a limit for them: what is looked at every so often ends together, too. */
function areOfOneAge(pending: readonly Facts[]): boolean {
  const ages = pending.map(({ closeAt, requestAt }) => closeAt - requestAt);
  return pending.length >= FORGOTTEN && Math.max(...ages) < 2 * Math.min(...ages);
}

function advice(): string[] {
  return [
    'Find why it ended: the service manager\'s log (`journalctl -u`), the kernel\'s (`dmesg`: OOM, segfault), a ' +
      'deployment at that time.',
    'If it is meant to be restarted: hand the listening socket over (SO_REUSEPORT, systemd `.socket` units), and ' +
      'let it answer what it has begun before it closes.',
    'Clients: send again what may be sent twice, with a growing pause.',
  ];
}

/**
 * The host knows none of its connections any more: what is sent on old ones draws RSTs, and new ones are taken. All of
 * them, however short their pauses were: what only forgets the idle is something on the way.
 */
function host(scene: Scene, service: Service, known: readonly Facts[]): Detected | null {
  const dead = scene.free(service, SIGN.serverReset).filter(
    (facts) =>
      facts.reset?.by === 1 &&
      facts.reset.bare && facts.bytes[1] > 0 && !(facts.heard[1] > facts.reset.at) && hasUsualTtl(facts),
  );
  if (dead.length < FORGOTTEN) return null;
  const lastWord = Math.max(...dead.map(({ heard }) => heard[1]));
  const first: Time = Math.min(...dead.map(({ reset }) => reset!.at));
  if (lastWord >= first) return null;
  const back = known.reduce(
    (least, { synAck, start }) => (synAck > lastWord && start > lastWord && synAck < least ? synAck : least), Infinity,
  );
  const lived = known.filter(
    (facts) =>
      facts.start < lastWord && !dead.includes(facts) && facts.heard[1] > first && !Number.isNaN(facts.established),
  );
  if (back === Infinity || lived.length > 0) return null;
  // Silence, or refusals, between: the host was away. Without them, and where only long pauses died, a box on the way
  // may have forgotten.
  const unheard = known.filter(
    (facts) =>
      facts.attempts > 0 && facts.start > lastWord && facts.start < Math.max(back, first) &&
      (facts.attempts > 1 || isRefused(facts)),
  );
  const repeated = dead.filter(({ repeats }) => repeats[0] > 0).length;
  const shortest = Math.min(...dead.map(({ lastPause }) => lastPause));
  const survived = Math.max(0, ...known.map(({ longestQuiet }) => longestQuiet));
  if (unheard.length === 0 && repeated === 0 && survived > 0 && isLonger(shortest, survived)) return null;
  const isSure = unheard.length > 0 || repeated > 0;
  return {
    severity: 'error', confidence: isSure ? 'likely' : 'possible',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} knows none of its ` +
      `${several(dead.length, 'older connection')} any more and resets them, while it takes new ones: its host was ` +
      `restarted, or another took over, after ${seconds(first - lastWord)} of silence.`,
    advice: [
      "Find why the host went away: its uptime, the hypervisor's or the cluster's log at that time (a failover " +
        'hands over the address, and not the connections).',
      ...advice().slice(2),
    ],
    numbers: {
      connections: dead.length, of: dead.length, lost: dead.length, refused: unheard.filter(isRefused).length,
      downSeconds: inSeconds(Math.max(0, back - lastWord)),
    },
    refutes: 'an older connection that goes on after the first of these RSTs', members: dead, beside: unheard,
  };
}

function hasUsualTtl({ reset, lowestTtl, highestTtl }: Facts): boolean {
  const by = reset!.by;
  return lowestTtl[by] === 0 || (reset!.ttl >= lowestTtl[by] && reset!.ttl <= highestTtl[by]);
}
