import { knownLimits } from '../findings/idle-limits.js';
import type { Finding } from '../findings/index.js';
import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { byClient, inSeconds, place, range, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene, Unexplained } from './diagnosis.js';
import type { Service } from './facts/gathering.js';
import { idleTimers, isLost } from './patterns/idle-timer.js';
import type { IdleTimer } from './patterns/idle-timer.js';
import { agreeing, lasting, occurrences } from './once.js';
import type { Occurrence } from './once.js';
import * as SIGN from './facts/signs.js';
import { clientSoftware, serverSoftware, settingOf } from './software.js';
import type { Recognized } from './software.js';
import { apart } from './patterns/timer.js';

/** Lost requests from which on it is an error. */
const MANY = 3;

/** Idle connections that a client closes as if by a clock, from which on it is told. */
const HABIT = 5;

/** Proxies that never pass on bytes without reading them: no tunnel. */
const HTTP_PROXIES: readonly string[] = ['Varnish', 'Squid', 'Traffic Server'];

/** Shorter pauses than this are no idleness (idle-timer.ts). */
const IDLE: Duration = SECOND;

/** An end that closes what was idle for some seconds, and what came later was lost. */
export const idleLimit: DiagnosisDetector = {
  id: 'idle-limit', title: 'Idle limit',
  explains: {
    'rst-after-push': ['closed-peer', 'crossing'], 'half-closed': ['killed', 'slow'], 'linger-reset': [],
    'unexpected-reset': [], 'unanswered-request': [], 'incomplete-message': ['answer'],
  },
  signs: SIGN.closedIdle,
  detect(scene, services) {
    const told: Detected[] = [];
    // Of a proxy both sides show it: it is told once, of the side whose service comes first.
    const seen = new Set<unknown>();
    for (const service of services) {
      for (const timer of idleTimers(scene, service)) {
        if (timer.timer.members.some((facts) => seen.has(facts)) || isOfAnswers(scene, timer)) continue;
        for (const facts of [...timer.timer.members, ...timer.otherLegs]) seen.add(facts);
        // What a client does with its own idle connections concerns nobody, unless it is its habit.
        if (
          timer.role === 0 && timer.lost.length === 0 && timer.otherLegs.length === 0 &&
          timer.timer.members.length < HABIT
        )
          continue;
        told.push(limit(scene, timer));
      }
    }
    return told;
  },
  once(scene, left) {
    const closed = occurrences(left, 'rst-after-push', closedIdle);
    const reset = occurrences(left, 'unexpected-reset', (finding) =>
      finding.cause === 'idle' && finding.evidence['answers'] === null ? lasting(finding, 'idleSeconds', IDLE) : null,
    );
    return [
      ...agreeing(closed, closerOf).flatMap((own) => limitOnce(scene, own)),
      ...agreeing(reset, ({ of: { service }, finding: { role } }) => `${role} ${place(service)}`).flatMap((own) =>
        limitOnce(scene, own),
      ),
    ];
  },
};

/** In the middle of most answers: that is a limit for these (closed-without-answer.ts). Of a proxy both legs tell more. */
function isOfAnswers(scene: Scene, { role, timer: { members }, otherLegs }: IdleTimer): boolean {
  if (role === 0 || otherLegs.length > 0) return false;
  const cut = members.filter((facts) =>
    scene.findingsOf(facts).some(({ id, cause }) => id === 'incomplete-message' && cause === 'answer'),
  );
  return cut.length * 2 > members.length;
}

/**
 * How long an end had been idle that closed of its own accord, and was written to all the same; null where it was not.
 */
export function closedIdle({ cause, evidence }: Finding, { facts }: Unexplained): Duration | null {
  const value = Number(evidence['idleBeforeCloseSeconds']) * SECOND;
  return (cause === 'closed-peer' || cause === 'crossing') && !facts.pending && value >= IDLE ? value : null;
}

export function closerOf({ of: { service, facts }, finding: { role } }: Occurrence): string {
  return role === 'client' ? place(service) : `${facts.client} ${place(service)}`;
}

/** Those of the same two hosts that had been idle for longer, and lived. */
export function survivorsOf(service: Service, own: readonly Occurrence[]): number {
  const longest = Math.max(...own.map(({ value }) => value));
  const clients = new Set(own.map(({ of }) => of.facts.client));
  return [...clients]
    .flatMap((client) => byClient(service).get(client)!)
    .filter(({ longestPause }) => longestPause > longest + apart(longest)).length;
}

/**
 * One end closed after a silence, or was reset out of it by nothing else; and it was used again later, or would have
 * been.
 */
function limitOnce(scene: Scene, own: readonly Occurrence[]): Detected[] {
  const [{ of: { service, facts }, finding }] = own as [Occurrence];
  if (survivorsOf(service, own) > 0) return [];
  const values = own.map(({ value }) => value);
  const value = Math.min(...values);
  const isReset = finding.id === 'unexpected-reset';
  // Who resets is the RST's sender; a finding about data that came too late names the one who sent it.
  const role = isReset ? finding.role : finding.role === 'client' ? 'server' : 'client';
  const end = role === 'client' ? 0 : 1;
  const address = end === 0 ? facts.client : service.address;
  const software = end === 1 ? serverSoftware(scene, service) : clientSoftware(scene, facts.client);
  const [low, high] = [facts.lowestTtl[end], facts.highestTtl[end]];
  // Segments of several distances: a box answers in its name for a part of what it says (a proxy of handshakes, a
  // balancer).
  const isBoxed = isReset && facts.reset !== null && low !== high;
  const who = end === 1 ? place(service) : address;
  const after = seconds(value);
  return [
    {
      severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
      by: { role: isBoxed ? 'path' : role, address },
      message: isReset
        ? `${isBoxed ? `A box in front of ${who}` : `${who}, or a box before it,`} ended ` +
          `${several(own.length, 'connection')} by RST after ${after} without a segment, and nothing had drawn it: ` +
          `so does an idle ` +
          `limit${isBoxed ? ` (TTL ${facts.reset.ttl}; segments in its name have ${low} to ${high})` : ''}.`
        : `${who}${name(software)} closed ${several(own.length, 'connection')} that had been idle for ${after}: so ` +
          `does an idle limit; ${several(own.length, end === 1 ? 'request' : 'message')} came later and ` +
            `${own.length === 1 ? 'was' : 'were'} ` +
          `lost.`,
      advice: isReset
        ? [
            `Look there for an idle limit of ${after}, and raise it above the longest pause of its peers: ` +
              `${settingOf('idle', software)}, a load balancer's or firewall's idle timeout.`,
            `Or keep connections alive by keepalives more often than that (SO_KEEPALIVE with TCP_KEEPIDLE), or let ` +
              `the other side close idle ones sooner.`,
          ]
        : lateAdvice(after, role === 'server', settingOf('idle', software)),
      numbers: {
        seconds: inSeconds(value), spread: inSeconds(Math.max(...values) - value), matching: own.length, of: own.length,
        lost: isReset ? 0 : own.length,
      },
      refutes: `a connection that is used again after more than ${after} without payload`,
      members: own.map(({ of }) => of.facts),
    },
  ];
}

function limit(scene: Scene, idle: IdleTimer): Detected {
  const { service, role, address, clients, timer, isUnheard, survivors, of, lost, otherLegs, followers, raced } = idle;
  const { members } = timer;
  const isProxy = otherLegs.length > 0;
  const isTunnel = members.some(({ kinds }) => kinds.some((kind) => PAYLOAD_KINDS[kind] === 'http-upgrade'));
  // In place of the FIN by which the other side would have seen the end: its next read or write fails (ECONNRESET).
  // A client that closes so its own idle connections (Windows those of SMB) would be the one to use them.
  const isHard =
    (role === 1 || isProxy) && members.filter(({ closedByReset }) => closedByReset).length * 2 > members.length;
  const count = lost.length + otherLegs.filter(isLost).length;
  // A client that leaves has chosen to hear no more: what was still under way to it harms where its finding says so.
  const harm =
    role === 0 && !isProxy
      ? lost.filter((facts) => scene.findingsOf(facts).some(({ severity }) => severity !== 'info')).length
      : count;
  const isMany = !isProxy && clients > 1;
  const who = isMany ? several(clients, 'client') : isProxy || role === 0 ? address : place(service);
  const software = role === 1 ? serverSoftware(scene, service, members) : clientSoftware(scene, address);
  // What forwards HTTP alone keeps its connections to both sides apart: it closes two at once in the middle of an
  // answer.
  const isCutOff = isProxy && software !== null && HTTP_PROXIES.includes(software.name);
  const part = `${members.length} of ${of}`;
  const what = isUnheard
    ? `closes connections whose client has said nothing for ${period(idle)} (${part}), though it spoke itself ` +
      'meanwhile (pings, heartbeats)'
    : isProxy
    ? `closes both legs of connections that are idle for ${period(idle)} (${part}), ${legs(idle)}`
    : role === 1
      ? `closes connections that are idle for ${period(idle)} (${part})`
      : `${isMany ? 'close their' : 'closes its'} idle connections to ${place(service)} after ${period(idle)} (${part})`;
  return {
    severity: harm >= MANY ? 'error' : harm > 0 || isTunnel || isHard || isUnheard || isCutOff ? 'warning' : 'info',
    confidence: confidenceOf(idle), service: { address: service.address, port: service.port },
    by: { role: isProxy ? 'proxy' : role === 1 ? 'server' : 'client', address },
    message:
      `${who}${name(software)} ${what}` +
      `${isCutOff ? '' : `; ${outcome(count, role, isTunnel, isHard)}`}${kept(survivors.length)}.` +
      (isHard && !isProxy ? boxes(timer.value) : ''),
    advice: isUnheard
      ? unheardAdvice(settingOf('idle', software))
      : isCutOff
        ? [
            `See why the server behind stops in the middle of its answers, or give it longer ` +
              `(${settingOf('patience', software)}).`,
          ]
      : advice(idle, settingOf(isProxy ? 'proxyIdle' : 'idle', software), harm > 0 || isHard, isTunnel),
    numbers: {
      seconds: inSeconds(told(idle)), spread: inSeconds(timer.spread), matching: members.length, of, lost: count,
      ...(isProxy ? { legs: members.length + otherLegs.length } : {}),
      ...(isMany ? { clients } : {}), ...(survivors.length > 0 ? { kept: survivors.length } : {}),
    },
    refutes: isUnheard
      ? `a client that said nothing for more than ${seconds(timer.value + timer.spread)}, and was kept`
      : `a connection that is used again after more than ${seconds(timer.value + timer.spread)} without payload`,
    members: [...members, ...otherLegs], beside: [...followers, ...raced, ...idle.near],
  };
}

/** Some balancers end what is idle for too long by RSTs in the server's name, as if it had. */
function boxes(value: Duration): string {
  const limits = knownLimits(value - apart(value), value + apart(value));
  return limits.length > 0 ? ` So does a box before it: ${limits.join(', ')}.` : '';
}

/** The seconds that a setting would have: of a clock that looks once a second whole ones. */
export function told({ timer }: IdleTimer): number {
  return timer.coarse ? Math.floor(timer.value / SECOND) * SECOND : timer.value;
}

/** `5.00 s`, or where the clock is coarse `5.08 to 6.00 s`. */
export function period({ timer }: IdleTimer): string {
  if (!timer.coarse) return seconds(timer.value);
  return range(timer.value, timer.value + timer.spread);
}

/** Never certain: what a clock did is seen, and not the clock. */
export function confidenceOf({ timer, survivors, isOneMoment }: IdleTimer): 'likely' | 'possible' {
  return isOneMoment || survivors.length > 0.1 * (timer.members.length + survivors.length) ||
    (timer.coarse && timer.members.length < 8)
    ? 'possible'
    : 'likely';
}

export function name(software: Recognized | null): string {
  return software?.isCertain === true ? ` (${software.name})` : '';
}

/** `from` the service that the proxy offers `on to` the one that it asks. */
function legs({ role, service, otherLegs }: IdleTimer): string {
  const other = { address: otherLegs[0]!.server, port: otherLegs[0]!.serverPort };
  const [front, back] = role === 1 ? [service, other] : [other, service];
  return `from ${place(front)} on to ${place(back)}`;
}

function outcome(lost: number, role: 0 | 1, isTunnel: boolean, isHard: boolean): string {
  if (lost > 0)
    return `${several(lost, role === 1 ? 'request' : 'message')} came later and ${lost === 1 ? 'was' : 'were'} lost`;
  if (isHard) return 'by RST: who uses them next gets ECONNRESET';
  return isTunnel ? 'neither side had asked for it' : 'nothing was lost';
}

function kept(survivors: number): string {
  return survivors === 0 ? '' : `; ${survivors} idle for longer lived: it holds in some state only`;
}

function advice({ role, timer }: IdleTimer, setting: string, isHarm: boolean, isTunnel: boolean): string[] {
  const time = seconds(timer.value);
  if (isTunnel) return [`Send a ping of WebSocket more often than every ${time}, or raise the limit (${setting}).`];
  if (!isHarm) return [`Nothing is lost. The limit has a setting (${setting}).`];
  return lateAdvice(time, role === 1, setting);
}

/** Who does not answer is gone, or does something else. */
function unheardAdvice(setting: string): string[] {
  return [
    'See what keeps the client from answering: a thread or an event loop that is busy or stopped, a library whose ' +
      'heartbeats need a call now and then (pika `process_data_events`), pings that it does not know.',
    `Or raise the server's limit (${setting}) above the longest time that its clients are busy.`,
  ];
}

/** What came after the close was lost. */
function lateAdvice(time: string, isServer: boolean, setting: string): string[] {
  return [
    `Raise the limit (${setting}) above the longest pause of its ${isServer ? 'clients' : 'peers'}.`,
    `Or let the other side close first or keep talking: an idle time of its pool below ${time} (HikariCP ` +
      `\`maxLifetime\`, a pool's \`idleTimeout\`), a ping of the application. TCP keepalives do not reset this ` +
      `clock.`,
    'Let who writes look at the socket before (a pool\'s validation, `testOnBorrow`), and send again what may be ' +
      'sent twice.',
  ];
}
