import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { againAndAgain } from './restart/again-and-again.js';
import { awoke } from './patterns/awoke.js';
import { cameBack } from './restart/came-back.js';
import {
  collect, everyone, inSeconds, isRefused, isWhole, openedBy, place, seconds, several, stood,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { endedTogether } from './restart/ended-together.js';
import { name } from './idle-limit.js';
import { isLost } from './patterns/idle-timer.js';
import {
  APART, CUT_OFF, FORGOTTEN, OLD, SEND_AGAIN, closesOf, isTogetherByChance, openThroughout, simultaneousCloses,
} from './patterns/one-moment.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware } from './software.js';
import { isLonger } from './patterns/timer.js';
import { Taken } from './patterns/taken.js';

/**
 * An answer of HTTP under way, longer than a status line with its fields: the server's last payload lies this shortly
 * before the close.
 */
const UNDER_WAY: Duration = 50 * MILLISECOND;
const SHORT = 4096;

/** So many connections, all that were open, are closed together by no timer that each has for itself. */
const MANY = 5;

/** A server whose process ended, and perhaps came back. */
export const restart: DiagnosisDetector = {
  id: 'restart', title: 'Restart or crash',
  explains: {
    'unanswered-request': [], refused: [], 'rst-after-push': [], 'half-closed': ['killed', 'slow'], 'linger-reset': [],
    'half-open': ['stale-peer', 'retransmission-timeout'], 'forged-reset': [],
    'incomplete-message': ['answer'], 'slow-connect': [], unanswered: ['filtered', 'silent'],
  },
  signs: SIGN.noSynAck | SIGN.cutOff | SIGN.late | SIGN.serverReset,
  detect(scene, services) {
    return services.flatMap((service) => {
      const known = everyone(service);
      const closes = closesOf(scene.showing(service, SIGN.serverClosed));
      const attempts = attemptsOf(scene, service);
      const ended = collect(simultaneousCloses(closes), (group) => process(scene, service, attempts, closes, group));
      if (ended.length > 0) {
        const who = `${place(service)}${name(serverSoftware(scene, service))}`;
        return againAndAgain(service, who, ended, attempts.refused, closes, attempts.taken);
      }
      const byProcess = endedOneByOne(known, closes, attempts);
      const own = byProcess.length === 0 ? null : process(scene, service, attempts, closes, byProcess);
      return own ?? host(scene, service, known) ?? endedTogether(scene, service, known, attempts.taken) ?? [];
    });
  },
  once: cameBack,
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
    // What is refused between others that are served tells of no end (partial-refusal.ts).
    refused: scene.free(service, SIGN.noSynAck).filter(isRefused), taken: new Taken(known),
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
  const inRow = (attempts.refused.length / Math.max(1, attempts.count)) ** refused.length;
  if (isTogetherByChance(scene, closes, group, inRow)) return null;
  const isAll = (): boolean =>
    openThroughout(everyone(service), moment, group[0]!.closeAt).every(
      (facts) => group.includes(facts) || facts.closeAt - moment < SECOND,
    );
  // Nobody tried again: only that all went at once, and in the middle of requests of different ages, tells it: no last
  // words, and no timer.
  const isSudden =
    mayBeSudden && isAll() && isWhole(service) && scene.end - moment >= SECOND &&
    Math.min(...waits) >= OLD && Math.max(...waits) - Math.min(...waits) >= OLD;
  // One of its processes ended, and others or its successor go on: requests of different ages that are cut off together
  // wait for nothing in common. A limit for requests that is looked at every so often closes some together, too, but
  // all are nearly as old. What was said right before may be a last word, and tells nothing.
  const old = waits.filter((wait) => wait >= OLD);
  const isWorker =
    !isSudden && refused.length === 0 && old.length >= CUT_OFF && Math.max(...old) >= 2 * Math.min(...old) &&
    !awoke(everyone(service), moment);
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

function advice(): string[] {
  return [
    'Find why it ended: the service manager\'s log (`journalctl -u`), the kernel\'s (`dmesg`: OOM, segfault), a ' +
      'deployment at that time.',
    'If it is meant to be restarted: hand the listening socket over (SO_REUSEPORT, systemd `.socket` units), and ' +
      'let it answer what it has begun before it closes.',
    SEND_AGAIN,
  ];
}

/**
 * The host knows none of its connections any more: what is sent on old ones draws RSTs, and new ones are taken. All of
 * them, however short their pauses were: what only forgets the idle is something on the way.
 */
function host(scene: Scene, service: Service, known: readonly Facts[]): Detected | null {
  const dead = scene.free(service, SIGN.serverReset).filter((facts) => facts.bytes[1] > 0 && isForgotten(scene, facts));
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
      SEND_AGAIN,
    ],
    numbers: {
      connections: dead.length, of: dead.length, lost: dead.length, refused: unheard.filter(isRefused).length,
      downSeconds: inSeconds(Math.max(0, back - lastWord)),
    },
    refutes: 'an older connection that goes on after the first of these RSTs', members: dead,
    beside: [
      ...unheard,
      ...known.filter((facts) => facts.start < lastWord && !dead.includes(facts) && isForgotten(scene, facts)),
    ],
  };
}

/**
 * Whether the host answered what was sent on this connection by a RST, and said nothing more on it. lwIP (tcp_rst) and
 * FreeRTOS+TCP answer what no socket of theirs wants by a RST with ACK: its numbers tell then.
 */
function isForgotten(scene: Scene, facts: Facts): boolean {
  const { reset, heard } = facts;
  if (reset?.by !== 1 || heard[1] > reset.at || !hasUsualTtl(facts)) return false;
  return (
    reset.bare ||
    scene.findingsOf(facts).some(({ id, cause }) => id === 'rst-after-push' && cause === 'no-socket')
  );
}

function hasUsualTtl({ reset, lowestTtl, highestTtl }: Facts): boolean {
  const by = reset!.by;
  return lowestTtl[by] === 0 || (reset!.ttl >= lowestTtl[by] && reset!.ttl <= highestTtl[by]);
}
