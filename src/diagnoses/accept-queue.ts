import { groupsBy } from '../base/groups.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { droppedForMore } from './patterns/asked-for-more.js';
import { everyone, inSeconds, place, seconds, sentNoMore } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import { occurrences, times } from './once.js';
import type { Occurrence } from './once.js';
import { noRoomForOne } from './patterns/no-room.js';
import { hasOwnCause } from './patterns/own-cause.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware, settingOf } from './software.js';
import type { Recognized } from './software.js';
import { Taken } from './patterns/taken.js';

/** Connects that the queue had no room for before it is told; and which part of all. */
const FEW = 3;
const PART = 0.1;
/** A SYN comes again after a second (RFC 6298 §2.1); a handshake that took half of that needed more than one. */
const SLOW: Duration = 500 * MILLISECOND;
/** A RST in answer to the handshake's last segment comes within a round trip, or at once. */
const AT_ONCE: Duration = 50 * MILLISECOND;
/** Times that a client sends its first payload again before nobody hears it. */
const REPEATS = 2;
/** Of what the server sends on other connections, repeated segments beyond this part tell of a road that loses. */
const LOSSES = 0.02;

/**
 * A server whose queue of connections to be accepted is full: its kernel drops SYNs, or resets what it has no room for.
 */
export const acceptQueue: DiagnosisDetector = {
  id: 'accept-queue', title: 'Accept queue full',
  explains: {
    'slow-connect': [], 'incomplete-handshake': [], unanswered: [], 'unanswered-request': [],
    'rst-after-push': ['no-socket'], 'half-closed': ['never-accepted'], 'linger-reset': [], 'half-open': [],
  },
  signs: SIGN.severalSyns | SIGN.sentAgain,
  detect(scene, services) {
    return services.flatMap((service) => full(scene, service) ?? []);
  },
  once(scene, left) {
    const stuck = occurrences(left, 'incomplete-handshake', ({ cause, evidence }) =>
      cause === 'accept-queue' && typeof evidence['afterAcknowledgment'] === 'number' &&
      evidence['afterAcknowledgment'] > 0
        ? Number(evidence['seconds']) * SECOND
        : null,
    );
    return [...groupsBy(stuck, ({ of: { service } }) => service)].map(([service, own]) =>
      notTaken(scene, service, own),
    );
  },
};

/**
 * Connections that the kernel left in SYN-RECEIVED though their client had acknowledged, and whose data it took none
 * of: so it does where the accept queue is full (tcp_check_req). That what it dropped had arrived its own timestamps
 * may prove, or that no road lies between; else both are told.
 */
function notTaken(scene: Scene, service: Service, stuck: readonly Occurrence[]): Detected {
  const longest = Math.max(...stuck.map(({ value }) => value));
  const synAcks = Math.max(...stuck.map(({ finding: { evidence } }) => Number(evidence['synAcks'])));
  const hasArrived = stuck.some(({ finding: { evidence } }) => evidence['arrivalProven'] === true);
  const software = serverSoftware(scene, service);
  const who = `${place(service)}${name(software)}`;
  const what =
    `for ${seconds(longest)} it never took ${hasArrived ? 'a connection that its client had completed' : 'what its ' +
      'client says behind the SYN'}, and sent its SYN-ACK ${synAcks} times`;
  return {
    severity: 'warning', confidence: hasArrived ? 'likely' : 'possible',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message: hasArrived
      ? `${who}: the accept queue was full ${times(stuck.length)}: ${what}.`
      : `${who}: the accept queue was full ${times(stuck.length)}, or the client's segments were lost on the way: ` +
        `${what}.`,
    advice: [
      ...queueAdvice(software),
      ...(hasArrived
        ? []
        : [
            'Capture at the server, too: where the acknowledgment of its SYN-ACK does not arrive there, a firewall that ' +
              'sees one direction only, or a broken road, drops what follows the SYN.',
          ]),
    ],
    numbers: { matching: stuck.length, of: service.count, longest: inSeconds(longest), synAcks },
    refutes: 'ListenOverflows that did not grow then: the client\'s segments were lost behind the tap',
    members: stuck.map(({ of }) => of.facts),
  };
}

function queueAdvice(software: Recognized | null): string[] {
  return [
    `Give it a longer queue (${settingOf('backlog', software)}; \`net.core.somaxconn\`, 4096 by default since ` +
      `Linux 5.4, cuts it), and let it accept faster: more workers, no work before accept().`,
    '`nstat -az TcpExtListenOverflows TcpExtListenDrops` on the server counts it; `ss -ltn` shows the queue ' +
      '(Recv-Q) and its limit (Send-Q).',
  ];
}

function full(scene: Scene, service: Service): Detected | null {
  const forMore = new Set(droppedForMore(service)?.members);
  const free = scene
    .free(service, SIGN.severalSyns | SIGN.sentAgain | SIGN.serverReset)
    .filter((facts) => facts.attempts > 0 && !hasOwnCause(scene, facts) && !forMore.has(facts));
  const isSilent = silences(scene, service);
  const slow = free.filter(
    ({ attempts, synAck, start }) => attempts > 1 && synAck - start > SLOW && !isSilent(start),
  );
  const reset = free.filter(isReset);
  // The handshake's last ACK was dropped (tcp_conn_request takes more SYNs than the queue has room for): the server
  // asks again though it has been answered, or acknowledges nothing of what the client sends again and again.
  const unheard = free.filter(
    (facts) =>
      facts.attempts === 1 && facts.established - facts.synAck < SLOW &&
      (facts.synAcks > 1 || (facts.repeats[0] >= REPEATS && facts.synAcks === 1 && sentNoMore(facts, 1, 1)) ||
        takenAfter(scene, facts) > 0) &&
      !isDeferred(service, facts),
  );
  const dropped = free.filter(({ attempts, synAck, reset }) => attempts > 1 && Number.isNaN(synAck) && reset === null);
  // A RST to the handshake's last segment alone may come from anybody on the way: only beside connects that waited it
  // is the queue's.
  const queued = slow.length + dropped.length + unheard.length > 0 ? [...slow, ...unheard, ...reset, ...dropped] : [];
  if (queued.length < FEW) return null;
  const connects = scene.showing(service, SIGN.attempted);
  const taken = new Taken(connects);
  const waiting = [...new Set(queued)].filter((facts) => isServedMeanwhile(facts, connects, taken));
  if (waiting.length < FEW || waiting.length < PART * service.count) return null;
  if (reset.length + unheard.length === 0 && (areDroppedBefore(waiting, connects) || isForOne(scene, service)))
    return null;
  // Where other segments get lost, too, SYNs do.
  const isWaiting = new Set(waiting);
  const others = connects.filter((facts) => facts.synAcks === 1 && !isWaiting.has(facts));
  const [sent, again] = [sum(others, ({ packets }) => packets[1]), sum(others, ({ repeats }) => repeats[1])];
  if (again > LOSSES * sent && again > FEW) return null;
  const late = Math.max(0, ...waiting.map((facts) => takenAfter(scene, facts)));
  const longest = Math.max(late, ...waiting.map(connectTime));
  const software = serverSoftware(scene, service);
  const resets = waiting.filter(isReset).length;
  const repeated = waiting.filter(({ attempts }) => attempts > 1).length;
  const unserved = waiting.length - waiting.filter((facts) => facts.attempts > 1 || isReset(facts)).length;
  const parts = [
    ...(repeated > 0
      ? [`${repeated} of ${service.count} connects needed several SYNs (up to ${seconds(longest)})`]
      : []),
    ...(unserved > 0
      ? [`${unserved} of ${service.count} stood for the client alone${late > 0 ? ` (up to ${seconds(late)})` : ''}`]
      : []),
    ...(resets > 0 ? [`${resets} were reset in the handshake`] : []),
  ];
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message: `${place(service)}${name(software)}: the accept queue is full: ${parts.join(', ')} while it served others.`,
    advice: queueAdvice(software).toSpliced(
      1, 0,
      ...(resets > 0
        ? [
            '`net.ipv4.tcp_abort_on_overflow` is 1: set to 0 the kernel drops in place of resetting, and clients ' +
              'connect a little later.',
          ]
        : []),
    ),
    numbers: {
      slow: repeated, of: service.count, ...(resets > 0 ? { reset: resets } : {}), longest: inSeconds(longest),
      attempts: Math.max(...waiting.map(({ attempts }) => attempts)),
    },
    refutes: 'ListenOverflows that do not grow meanwhile: then a firewall limits the rate of SYNs', members: waiting,
    beside: dropped.filter((facts) => !isWaiting.has(facts) && waiting.some((one) => waitsBeside(facts, one))),
  };
}

/** Connections that stand still together before it is the host that does not answer. */
const STAND_STILL = 2;

/**
 * Whether the host acknowledged nothing at this time of what clients sent on connections that it had served: then it
 * was away, or the road was cut. Of a full queue they would know nothing.
 */
function silences(scene: Scene, service: Service): (time: Time) => boolean {
  const stalls = scene
    .showing(service, SIGN.stalled)
    .flatMap(({ stall, established, bytes }) =>
      // What is sent again right behind the handshake may wait in the queue itself.
      stall!.by === 0 && bytes[1] > 0 && !(stall!.from - established < SECOND) ? [stall!] : [],
    );
  // The first repetition comes a while behind what it repeats, and the next one, which was heard, as far off again as
  // all before (RFC 6298 §5.5).
  return (time) =>
    stalls.filter(({ from, lasted }) => time > from - SECOND && time < from + 2 * lasted).length >= STAND_STILL;
}

/** Whether a rule that counts by client drops them (connection-limit.ts): a queue is one for all. */
function isForOne(scene: Scene, service: Service): boolean {
  return noRoomForOne(scene, service).length > 0;
}

/**
 * A server of which the client speaks first, and that asked again only until it did: with TCP_DEFER_ACCEPT the kernel
 * drops the bare acknowledgment (tcp_check_req), and takes whoever sends data. Browsers open connections ahead.
 */
function isDeferred(service: Service, { synAcks, isAskedInSilence }: Facts): boolean {
  return synAcks > 1 && isAskedInSilence && !everyone(service).some(greets);
}

function greets({ attempts, firstSpeaker }: Facts): boolean {
  return attempts > 0 && firstSpeaker === 1;
}

/** An attempt that was given up while another one waited: where nobody was served until then, that tells of both. */
function waitsBeside({ start, end }: Facts, { start: from, synAck, end: gone }: Facts): boolean {
  return start < (Number.isNaN(synAck) ? gone : synAck) && end > from;
}

/**
 * Its handshake's last segment, or first data, drew a RST though the server had sent a SYN-ACK: tcp_abort_on_overflow,
 * or the listener went.
 */
function isReset({ established, bytes, closer, closedByReset, reset, closeAt, roundTrip }: Facts): boolean {
  return (
    !Number.isNaN(established) && bytes[1] === 0 && closer === 1 && closedByReset && reset?.bare === true &&
    closeAt - established < Math.max(AT_ONCE, 2 * roundTrip)
  );
}

/** Whether the server took or served somebody else while this one waited: then it was there. */
function isServedMeanwhile({ start, synAck, end, frame }: Facts, connects: readonly Facts[], taken: Taken): boolean {
  const from = start - SLOW;
  const until = Number.isNaN(synAck) ? end : Math.max(synAck, start + SLOW);
  const isWithin = (time: Time): boolean => time > from && time < until;
  if (taken.between(from, until) > (isWithin(synAck) ? 1 : 0)) return true;
  return connects.some(
    (other) =>
      other.frame !== frame &&
      (isWithin(other.synAck) || (other.turnOf === 1 && (isWithin(other.turnAt) || isWithin(other.payloadAt)))),
  );
}

/** How long a connect waited: for its SYN-ACK, or until it asked for the last time. */
export function connectTime({ synAck, lastSyn, start }: Facts): Duration {
  return (Number.isNaN(synAck) ? lastSyn : synAck) - start;
}

/**
 * How long the kernel took nothing of what came behind a SYN-ACK that it had sent at once (findings/slow-connect.ts); 0
 * where it did not leave it so.
 */
function takenAfter(scene: Scene, facts: Facts): Duration {
  const late = scene.findingsOf(facts).find(({ id, evidence }) => id === 'slow-connect' && 'dataSent' in evidence);
  return late === undefined ? 0 : late.duration;
}

/** Connects that one SYN was not enough for, while the service took or served others; empty where they are few. */
export function slowWhileServed(scene: Scene, service: Service): readonly Facts[] {
  const forMore = new Set(droppedForMore(service)?.members);
  const several = scene.free(service, SIGN.severalSyns).filter((facts) => !forMore.has(facts));
  if (several.length < FEW) return [];
  const connects = scene.showing(service, SIGN.attempted);
  const taken = new Taken(connects);
  const waiting = several.filter(
    (facts) =>
      facts.reset?.by !== 1 && !hasOwnCause(scene, facts) &&
      (Number.isNaN(facts.synAck) || facts.synAck - facts.start > SLOW) && isServedMeanwhile(facts, connects, taken),
  );
  const isMany = waiting.length >= FEW && waiting.length >= PART * service.count;
  return isMany && areDroppedBefore(waiting, connects) ? waiting : [];
}

/** Who came through is answered this soon, where nobody waits in a queue. */
const SERVED: Duration = 20 * MILLISECOND;
const MOST = 0.8;

/**
 * Whether the first SYNs of `waiting` were dropped while no completed connection waited to be accepted: of an empty
 * queue the kernel drops none (sk_acceptq_is_full, include/net/sock.h).
 */
export function areDroppedBefore(waiting: readonly Facts[], connects: readonly Facts[]): boolean {
  const taken = connects.filter(({ established, bytes }) => !Number.isNaN(established) && bytes[0] > 0);
  if (taken.length < FEW) return false;
  const isFree = ({ start, frame }: Facts): boolean =>
    taken.every((other) => other.frame === frame || !mayWait(other, start));
  return waiting.filter(isFree).length >= MOST * waiting.length;
}

/** Whether this one may have stood in the queue then: its slowest answer may have been the first. */
function mayWait({ synAck, established, slowestAnswer, bytes, turns }: Facts, then: Time): boolean {
  if (synAck - SERVED > then) return false;
  return bytes[1] === 0 || turns < 2 || established + Math.max(SERVED, slowestAnswer) > then;
}

function sum(all: readonly Facts[], of: (facts: Facts) => number): number {
  return all.reduce((total, facts) => total + of(facts), 0);
}
