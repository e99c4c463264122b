import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { MANY_CLIENTS, byClient, everyone, inSeconds, place, seconds, several, stood } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import * as SIGN from './facts/signs.js';
import { clientSoftware, serverSoftware } from './software.js';

/**
 * Sockets in CLOSE-WAIT when the capture ends before it is a leak; those that were opened while others were in it
 * already.
 */
const FEW = 5;
const GROWING = 3;
/** The oldest has been in it for this time at least. */
const OLD: Duration = 5 * SECOND;
/**
 * macOS resets what its peer has not closed when FIN-WAIT-2 is over, after 60 s (TCPTV_FINWAIT2, tcp_timers), Windows
 * after 120 s: an abort of the closer this late says no more than that the other side still had not closed.
 */
const FIN_TIMEOUT: Duration = 54 * SECOND;
/** Descriptors that a process has by default (`ulimit -n`, soft). */
const DESCRIPTORS = 1024;

/** A program that does not close what its peers have closed: sockets in CLOSE-WAIT that only become more. */
export const leak: DiagnosisDetector = {
  id: 'leak', title: 'Leak of sockets',
  explains: {
    'half-closed': ['leak', 'never-accepted', 'slow', 'killed'], 'close-wait-buildup': [],
    'unanswered-request': ['given-up'],
  },
  signs: SIGN.halfClosed,
  detect(scene, services) {
    return services.flatMap((service) => {
      const server = leaking(scene, service, 1, service.address, scene.free(service, SIGN.halfClosed));
      const clients = Array.from(scene.freeByAnyClient(service, SIGN.halfClosed), ([client, own]) =>
        leaking(scene, service, 0, client, own),
      );
      const leaky = clients.filter((told) => told !== null);
      const asClients = leaky.length < MANY_CLIENTS ? leaky : [together(service, leaky)];
      return server === null ? asClients : [server, ...asClients];
    });
  },
};

function together(service: Service, told: readonly Detected[]): Detected {
  const sum = (name: string): number => told.reduce((all, { numbers }) => all + (numbers[name] ?? 0), 0);
  const [{ severity, confidence, advice, by, refutes }] = told as [Detected];
  const rate = sum('perMinute');
  const left = Math.min(...told.map(({ numbers }) => numbers['untilLimit'] ?? Infinity));
  return {
    severity, confidence, service: { address: service.address, port: service.port }, by, advice, refutes,
    message:
      `${told.length} clients of ${place(service)} do not close ${sum('connections')} of ${sum('of')} connections ` +
      `that it has closed: CLOSE-WAIT grows by ${perTime(rate / 60)} in all` +
      `${Number.isFinite(left) ? `; 1024 descriptors of one of them are used up in ${roughly(left)}` : ''}.`,
    numbers: {
      connections: sum('connections'), of: sum('of'), clients: told.length,
      seconds: Math.max(...told.map(({ numbers }) => numbers['seconds']!)), perMinute: Math.round(rate * 10) / 10,
      ...(Number.isFinite(left) ? { untilLimit: left } : {}),
    },
    members: told.flatMap(({ members }) => members).sort((a, b) => a.frame - b.frame),
  };
}

function leaking(
  scene: Scene, service: Service, role: 0 | 1, address: string, halfClosed: readonly Facts[],
): Detected | null {
  const waiting = halfClosed
    .filter((facts) => !facts.lacks && isWaiting(facts, role))
    .sort((a, b) => a.closeAt - b.closeAt);
  if (waiting.length < FEW) return null;
  const known = role === 1 ? everyone(service) : byClient(service).get(address)!;
  if (waiting.length < FEW + scene.lostOf(known.length)) return null;
  const [first, last] = [waiting[0]!.closeAt, waiting.at(-1)!.closeAt];
  const age = scene.end - first;
  // A pool that has not looked yet opens nothing; a program that forgets goes on.
  if (age < OLD || waiting.filter(({ start }) => start > first).length < GROWING) return null;
  // Those that the same side closed, late: then it is slow, and forgets nothing.
  const slow = known.filter(
    ({ closer, closeAt, otherCloseAt }) => closer === 1 - role && otherCloseAt - closeAt > age / 2,
  ).length;
  if (slow > waiting.length / 2) return null;
  const rate = last > first ? (waiting.length - 1) / ((last - first) / SECOND) : 0;
  const left = rate > 0 ? (DESCRIPTORS - waiting.length) / rate : Infinity;
  // Nobody holds a descriptor of what waits in the accept queue.
  const unaccepted = waiting.filter((facts) => role === 1 && wasNeverAccepted(scene, facts));
  const isUnaccepted = unaccepted.length * 2 > waiting.length;
  // Behind a request that was not answered, of a service that answers nobody, it may work on it still: a client may
  // close its side and wait (RFC 9293 §3.6).
  const answersNobody = role === 1 && known.every(({ bytes }) => bytes[1] === 0);
  const asked = answersNobody ? waiting.filter(({ pending }) => pending).length : 0;
  const isAsked = !isUnaccepted && asked * 2 > waiting.length;
  const of = known.filter(stood).length;
  const who =
    role === 1
      ? `${place(service)}${name(serverSoftware(scene, service))}`
      : `${address}${name(clientSoftware(scene, address))} as client of ${place(service)}`;
  return {
    severity: 'error', confidence: isAsked ? 'possible' : 'likely',
    service: { address: service.address, port: service.port }, by: { role: role === 1 ? 'server' : 'client', address },
    message: isUnaccepted
      ? `${who} seems never to accept ${waiting.length} of ${of} connections, which its clients have closed since: ` +
        `CLOSE-WAIT grows by ${perTime(rate)}, in its accept queue.`
      : `${who} does not close ${waiting.length} of ${of} connections that its ` +
        `${role === 1 ? 'clients have' : 'server has'} closed: CLOSE-WAIT grows by ` +
        `${perTime(rate)}${Number.isFinite(left) ? `; 1024 descriptors are used up in ${roughly(left)}` : ''}` +
        `${isAsked ? `. Or it still works on what they asked: ${asked} wait for an answer` : ''}.`,
    advice: isUnaccepted ? UNACCEPTED : [
      'Close the socket when read() returns 0 (EOF), on every way out of the loop: ' +
        'with/try-with-resources/defer, `res.body.close()`, `response.close()`; and not only in the parent after ' +
        'fork().',
      '`ss -tnp state close-wait` names the process; `ulimit -n` is where it ends: accept() and connect() then ' +
        'fail with EMFILE.',
    ],
    numbers: {
      connections: waiting.length, of, seconds: inSeconds(age), perMinute: Math.round(rate * 600) / 10,
      ...(Number.isFinite(left) && !isUnaccepted ? { untilLimit: Math.round(left) } : {}),
    },
    refutes: `a socket of these that ${role === 1 ? 'the server' : 'the client'} closes by itself later`,
    members: waiting,
  };
}

const UNACCEPTED = [
  'See why it does not call accept(): the thread or the loop that does is stuck, all workers are busy with something ' +
    'that never ends, or it has no descriptor left (EMFILE).',
  '`ss -ltn` shows the accept queue (Recv-Q) and its limit (Send-Q); `ss -tnp state close-wait` shows these sockets, ' +
    'which no process holds.',
];

function wasNeverAccepted(scene: Scene, facts: Facts): boolean {
  return scene.findingsOf(facts).some(({ id, cause }) => id === 'half-closed' && cause === 'never-accepted');
}

/**
 * The other side has closed, this one heard it, and has said nothing since: to the end, or until a keepalive of its
 * kernel met a peer whose FIN-WAIT-2 was over (Go sends them by default), or that peer said so itself.
 */
function isWaiting(
  { closer, closedByReset, otherCloseAt, reset, late, heard, closeAt, stuckSince, missing, isGuessed, bytes }: Facts,
  role: 0 | 1,
): boolean {
  // Its FIN may wait behind what its peer does not acknowledge; or may have come before the capture.
  if (!Number.isNaN(stuckSince[role]) || missing[role] > 0 || (isGuessed && bytes[role] === 0)) return false;
  if (closer !== 1 - role || closedByReset || !Number.isNaN(otherCloseAt) || !(heard[role] >= closeAt - SECOND))
    return false;
  if (reset === null) return true;
  if (late !== null || reset.by !== closer) return false;
  return reset.at - closeAt >= (reset.bare ? OLD : FIN_TIMEOUT);
}

function perTime(rate: number): string {
  return rate >= 1
    ? `${rate.toFixed(1)} a second`
    : rate * 60 >= 1
      ? `${(rate * 60).toFixed(0)} a minute`
      : `${(rate * 3600).toFixed(0)} an hour`;
}

function roughly(left: number): string {
  if (left < 120) return seconds(left * SECOND).replace(/\.\d+/, '');
  return left < 7200
    ? several(Math.round(left / 60), 'minute')
    : left < 172_800
      ? several(Math.round(left / 3600), 'hour')
      : several(Math.round(left / 86_400), 'day');
}
