import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { PRODUCTS } from '../flow/product.js';
import { SECOND } from '../base/time.js';
import { inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import { idleTimers } from './idle-timer.js';
import type { IdleTimer } from './idle-timer.js';
import { settingOf, softwareOf } from './software.js';
import type { Recognized } from './software.js';

/** Lost requests from which on it is an error. */
const MANY = 3;

/** Programs that stand between others: what else names itself in a proxied answer is the server behind it. */
const PROXIES: readonly string[] = ['nginx', 'HAProxy', 'Envoy', 'Varnish', 'Squid', 'Apache'];

/** An end that closes what was idle for some seconds, and what came later was lost. */
export const idleLimit: DiagnosisDetector = {
  id: 'idle-limit',
  title: 'Idle limit',
  explains: { 'rst-after-push': ['closed-peer', 'crossing'], 'half-closed': ['killed', 'slow'], 'linger-reset': [], 'idle-reset': [], 'unanswered-request': [] },
  detect(scene) {
    return scene.services.flatMap((service) => {
      const told: Detected[] = [];
      const seen = new Set<unknown>();
      for (const timer of idleTimers(scene, service)) {
        if (timer.timer.members.some((facts) => seen.has(facts))) continue;
        for (const facts of [...timer.timer.members, ...timer.otherLegs]) seen.add(facts);
        told.push(limit(scene, timer));
      }
      return told;
    });
  },
};

function limit(scene: Scene, idle: IdleTimer): Detected {
  const { service, role, address, timer, survivors, of, lost, otherLegs, followers } = idle;
  const { members } = timer;
  const isProxy = otherLegs.length > 0;
  const isTunnel = members.some(({ kinds }) => kinds.some((kind) => PAYLOAD_KINDS[kind] === 'http-upgrade'));
  const lostThere = lost.length + otherLegs.filter(({ late }) => late !== null && !late.read && late.bytes > 0).length;
  const count = lostThere;
  const who = isProxy ? address : role === 1 ? place(service) : address;
  const software = isProxy ? proxyOf(idle) : softwareOf(role === 1 ? members : scene.servicesOf(address).flatMap(({ telling }) => telling.facts), service.port);
  const part = `${members.length} of ${of}`;
  const what = isProxy
    ? `closes both legs of connections that are idle for ${period(idle)} (${part}), from ${place(isFront(idle) ? service : otherLegs[0]!.server === address ? { address, port: otherLegs[0]!.serverPort } : service)} on to ${place(isFront(idle) ? { address: otherLegs[0]!.server, port: otherLegs[0]!.serverPort } : service)}`
    : role === 1 ? `closes connections that are idle for ${period(idle)} (${part})` : `closes its idle connections to ${place(service)} after ${period(idle)} (${part})`;
  return {
    severity: count >= MANY ? 'error' : count > 0 || isTunnel ? 'warning' : 'info',
    confidence: confidenceOf(idle),
    service: { address: service.address, port: service.port },
    by: { role: isProxy ? 'proxy' : role === 1 ? 'server' : 'client', address },
    message: `${who}${name(software)} ${what}; ${outcome(count, isTunnel)}${kept(survivors.length)}.`,
    advice: advice(idle, software, count, isTunnel),
    numbers: {
      seconds: inSeconds(told(idle)), spread: inSeconds(timer.spread), matching: members.length, of, lost: count,
      ...(isProxy ? { legs: members.length + otherLegs.length } : {}), ...(survivors.length > 0 ? { kept: survivors.length } : {}),
    },
    refutes: `a connection that is used again after more than ${seconds(timer.value + timer.spread)} without payload`,
    members: [...members, ...otherLegs],
    beside: followers,
  };
}

/** The seconds that a setting would have: of a clock that looks once a second whole ones. */
export function told({ timer }: IdleTimer): number {
  return timer.coarse ? Math.floor(timer.value / SECOND) * SECOND : timer.value;
}

/** `5.00 s`, or where the clock is coarse `5.08 to 6.00 s`. */
export function period({ timer }: IdleTimer): string {
  if (!timer.coarse) return seconds(timer.value);
  return `${seconds(timer.value).replace(' s', '')} to ${seconds(timer.value + timer.spread)}`;
}

/** Never certain: what a clock did is seen, and not the clock. */
export function confidenceOf({ timer, survivors, isOneMoment }: IdleTimer): 'likely' | 'possible' {
  return isOneMoment || survivors.length > 0.1 * (timer.members.length + survivors.length) || (timer.coarse && timer.members.length < 8) ? 'possible' : 'likely';
}

export function name(software: Recognized | null): string {
  return software?.isCertain === true ? ` (${software.name})` : '';
}

function isFront({ role }: IdleTimer): boolean {
  return role === 1;
}

function proxyOf({ timer }: IdleTimer): Recognized | null {
  const own = timer.members.filter(({ product }) => PROXIES.includes(PRODUCTS[product]!));
  return own.length === 0 ? null : softwareOf(own, 0);
}

function outcome(lost: number, isTunnel: boolean): string {
  if (lost > 0) return `${several(lost, 'request')} came later and ${lost === 1 ? 'was' : 'were'} lost`;
  return isTunnel ? 'neither side had asked for it' : 'nothing was lost';
}

function kept(survivors: number): string {
  return survivors === 0 ? '' : `; ${several(survivors, 'connection')} that ${survivors === 1 ? 'was' : 'were'} idle for longer lived: it holds in some state only`;
}

function advice({ role, timer }: IdleTimer, software: Recognized | null, lost: number, isTunnel: boolean): string[] {
  const time = seconds(timer.value);
  const setting = settingOf('idle', software);
  if (isTunnel) return [`Send a ping of WebSocket more often than every ${time}, or raise the limit: ${setting}.`];
  if (lost === 0) return [`Nothing is lost. The limit is ${setting}.`];
  const raise = `Raise the limit above the longest pause of its ${role === 1 ? 'clients' : 'peers'}: ${setting}.`;
  return [
    raise,
    `Or let the other side close first or keep talking: an idle time of its pool below ${time} (HikariCP \`maxLifetime\`, a pool's \`idleTimeout\`), a ping of the application. TCP keepalives do not reset this clock.`,
    'Let who writes look at the socket before (a pool\'s validation, `testOnBorrow`), and send again what may be sent twice.',
  ];
}
