import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { isCutUpload } from './patterns/cut-answer.js';
import { clientsInWords, inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import { closedIdle, closerOf, confidenceOf, name, period, survivorsOf, told } from './idle-limit.js';
import { idleTimers, isLost } from './patterns/idle-timer.js';
import type { Service } from './facts/gathering.js';
import type { Facts } from './facts/facts.js';
import type { IdleTimer } from './patterns/idle-timer.js';
import { agreeing, occurrences } from './once.js';
import type { Occurrence } from './once.js';
import * as SIGN from './facts/signs.js';
import { clientSoftware, serverSoftware, settingOf } from './software.js';
import type { Recognized } from './software.js';

/** Requests that cross the close by chance, on a connection that happens to be idle for so long: one may. */
const FEW = 2;
/** Lost requests from which on it is an error; or this part of all. */
const MANY = 3;
const LARGE_PART = 0.01;

/** Requests on connections that were closed right behind an answer before it is no chance. */
const NOT_KEPT = 3;

/** An end that closes idle connections while the other still uses them: requests cross the close. */
export const keepAliveMismatch: DiagnosisDetector = {
  id: 'keep-alive-mismatch', title: 'Keep-alive shorter than that of the other side',
  explains: {
    'rst-after-push': ['closed-peer', 'crossing'], 'half-closed': ['killed', 'slow'], 'linger-reset': [],
    'unexpected-reset': [], 'unanswered-request': [],
  },
  signs: SIGN.closedIdle | SIGN.late,
  detect(scene, services) {
    return services.flatMap((service) => [
      ...idleTimers(scene, service)
        .filter(
          ({ crossed, isUnheard, otherLegs, role }) =>
            role === 1 && !isUnheard && crossed.length >= FEW && otherLegs.length === 0,
        )
        .map((idle) => mismatch(scene, idle)),
      ...notKept(scene, service),
    ]);
  },
  once(scene, left) {
    const crossed = occurrences(left, 'rst-after-push', (finding, of) =>
      finding.role === 'client' && of.facts.late?.crossed === true ? closedIdle(finding, of) : null,
    );
    return agreeing(crossed, closerOf).flatMap((own) => mismatchOnce(scene, own));
  },
};

/** Closes of a habit lie apart. */
const APART: Duration = SECOND;

/** A server that is done with a connection closes it this soon behind its answer. */
const BEHIND: Duration = 100 * MILLISECOND;

/** What is kept for less is not kept for another request (unbound keeps TCP for 0.2 s where its slots run out). */
const KEPT: Duration = SECOND;

/**
 * A server that closes right behind its answer (`Connection: close`, HTTP/1.0, the last of `keepalive_requests`), and a
 * client that takes the connection for kept.
 */
function notKept(scene: Scene, service: Service): Detected[] {
  const right = notKeptFor(BEHIND, scene, service);
  return right.length > 0 ? right : notKeptFor(KEPT, scene, service);
}

function notKeptFor(most: Duration, scene: Scene, service: Service): Detected[] {
  // What is told as information was a last word. An upload that still comes uses nothing again.
  const members = scene.free(service, SIGN.late).filter(
    (facts) =>
      isClosedWithin(most, facts) && isLost(facts) && !isCutUpload(facts) &&
      scene.findingsOf(facts).some(({ severity }) => severity !== 'info'),
  );
  const closes = members.map(({ closeAt }) => closeAt);
  // What is closed in one moment was ended by something else.
  if (members.length < NOT_KEPT || Math.max(...closes) - Math.min(...closes) < APART) return [];
  const closed = scene.free(service).filter((facts) => isClosedWithin(most, facts));
  const software = serverSoftware(scene, service);
  const clients = [...new Set(members.map(({ client }) => client))];
  const ages = members.map(({ late, closeAt }) => Math.max(0, late!.at - closeAt));
  const [soonest, latest] = [Math.min(...ages), Math.max(...ages)];
  const idles = closed.map(({ idle }) => idle).sort((a, b) => a - b);
  const usual = idles[idles.length >> 1]!;
  const soon = usual < BEHIND ? 'right' : seconds(usual);
  const number = numberOfAnswers(members);
  const later = `${latest - soonest > 0.1 * latest ? `up to ${seconds(latest)}` : seconds(latest)} later`;
  return [
    {
      severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
      by: { role: 'server', address: service.address },
      message:
        `${place(service)}${name(software)} closes connections ${soon} behind ` +
        `${number === null ? 'its answer' : `answer number ${number}`} (${closed.length}); ` +
        `${clients.length === 1 ? `${clients[0]!} uses` : `${several(clients.length, 'client')} use`} them again ` +
        `${later}: ${several(members.length, 'request')} of ${closed.length} were lost.`,
      advice: [
        'Let the client take the connection for closed where the answer says so (`Connection: close`, HTTP/1.0), and ' +
          'look for the FIN before it uses one again.',
        ...(number === null
          ? []
          : [`${number} is the number of requests that it lets one connection carry: raise it (nginx ` +
            '`keepalive_requests`, Apache `MaxKeepAliveRequests`, Tomcat `maxKeepAliveRequests`).']),
        `Or let the server keep connections: its keep-alive (${settingOf('idle', software)}), and how many requests ` +
          'one may carry (nginx `keepalive_requests`, Apache `MaxKeepAliveRequests`, gunicorn sync workers keep none).',
      ],
      numbers: {
        matching: closed.length, of: closed.length, lost: members.length,
        ...(usual < BEHIND ? {} : { seconds: inSeconds(usual) }), ...(number === null ? {} : { answers: number }),
      },
      refutes: 'an answer behind which the server kept the connection', members,
    },
  ];
}

/** Fewer answers on each connection are what its client asks for. */
const MANY_ANSWERS = 10;

/**
 * How many answers of HTTP each of these had got, where that is the same number of all; else null. A request that came
 * behind the close is one turn more.
 */
function numberOfAnswers(members: readonly Facts[]): number | null {
  const numbers = new Set(
    members.map(({ turns, isGuessed, kinds }) =>
      isGuessed || PAYLOAD_KINDS[kinds[0]] !== 'http-request' ? 0 : turns >> 1,
    ),
  );
  const [number] = numbers;
  return numbers.size === 1 && number! >= MANY_ANSWERS ? number! : null;
}

function isClosedWithin(
  most: Duration, { closer, closedByReset, pending, owes, bytes, idle, isGuessed, turns }: Facts,
): boolean {
  // What comes behind an answer that did not wait for all of its request is the rest of that (cut-answer.ts).
  if (owes) return false;
  // What a capture from the middle shows of the server alone may be the good-bye of a long silence.
  return (!isGuessed || turns > 2) && closer === 1 && !closedByReset && !pending && bytes[1] > 0 && idle < most;
}

/** A request that crossed the close of its idle connection. */
function mismatchOnce(scene: Scene, own: readonly Occurrence[]): Detected[] {
  const [{ of: { service } }] = own as [Occurrence];
  if (survivorsOf(service, own) > 0) return [];
  const values = own.map(({ value }) => value);
  const value = Math.min(...values);
  const software = serverSoftware(scene, service);
  const clients = [...new Set(own.map(({ of }) => of.facts.client))];
  return [
    {
      severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
      by: { role: 'server', address: service.address },
      message:
        `${place(service)}${name(software)} closed ${several(own.length, 'connection')} that had been idle for ` +
        `${seconds(value)}, just as ${clientsInWords(clients)} used ` +
        `${own.length === 1 ? 'it' : 'them'} again: ${several(own.length, 'request')} crossed the close and ` +
        `${own.length === 1 ? 'was' : 'were'} lost.`,
      advice: mismatchAdvice(scene, value, software, clients),
      numbers: {
        seconds: inSeconds(value), spread: inSeconds(Math.max(...values) - value), matching: own.length, of: own.length,
        lost: own.length, crossed: own.length,
      },
      refutes: `a connection that is used again after more than ${seconds(value)} without payload`,
      members: own.map(({ of }) => of.facts),
    },
  ];
}

function mismatchAdvice(
  scene: Scene, limit: Duration, software: Recognized | null, clients: readonly string[],
): string[] {
  return [
    `Raise the idle limit (${settingOf('idle', software)}) above that of its clients, or lower theirs below ` +
      `${seconds(limit)}.`,
    `The client's is ${clientSetting(scene, clients)}.`,
    'Who sends requests on kept connections must be ready for this race all the same: send again what may be ' +
      'sent twice (nginx `proxy_next_upstream`, a retry of the HTTP client).',
  ];
}

function mismatch(scene: Scene, idle: IdleTimer): Detected {
  const { service, timer, survivors, of, lost, crossed, followers, raced } = idle;
  const { members } = timer;
  const software = serverSoftware(scene, service, members);
  const clients = new Set(crossed.map(({ client }) => client));
  const who = clientsInWords(clients);
  const reused = crossed.map(({ late, closeAt, idle: quiet, lastPause }) =>
    late === null ? lastPause : quiet + late.at - closeAt,
  );
  const longest = Math.max(...members.map(({ longestPause }) => longestPause), 0);
  const requests = members.reduce((sum, { turns }) => sum + Math.ceil(turns / 2), 0);
  return {
    severity: lost.length >= MANY || lost.length >= LARGE_PART * requests ? 'error' : 'warning',
    confidence: confidenceOf(idle), service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} closes connections that are idle for ${period(idle)} (${members.length} ` +
      `of ${of}); ${who} still use${clients.size === 1 ? 's' : ''} them: ${several(lost.length, 'request')} ` +
      `crossed the close and ${lost.length === 1 ? 'was' : 'were'} lost.`,
    advice: mismatchAdvice(scene, timer.value, software, [...clients]),
    numbers: {
      seconds: inSeconds(told(idle)), spread: inSeconds(timer.spread), matching: members.length, of, lost: lost.length,
      crossed: crossed.length, reusedFrom: inSeconds(Math.min(...reused)), reusedTo: inSeconds(Math.max(...reused)),
      ...(longest > 0 ? { longestLivedPause: inSeconds(longest) } : {}),
      ...(survivors.length > 0 ? { kept: survivors.length } : {}),
    },
    refutes: `a connection that is used again after more than ${seconds(timer.value + timer.spread)} without payload`,
    members, beside: [...followers, ...raced, ...idle.near],
  };
}

/** How a client's own limit is called: where it is a server to others, too, that tells what it is. */
function clientSetting(scene: Scene, clients: readonly string[]): string {
  const proxy = clients.length === 1 ? clientSoftware(scene, clients[0]!) : null;
  if (proxy?.name === 'nginx') return 'nginx: `keepalive_timeout` of the `upstream` (60 s by default)';
  if (proxy?.name === 'HAProxy') return 'HAProxy: `pool-purge-delay`, `timeout server`';
  return (
    "the idle time of the client's pool (nginx `keepalive_timeout` of the `upstream`, HAProxy `pool-purge-delay`, " +
    'Go `Transport.IdleConnTimeout`, Java `jdk.httpclient.keepalive.timeout`, Node `agentKeepAliveTimeoutBuffer`, ' +
    'aiohttp `keepalive_timeout`)'
  );
}
