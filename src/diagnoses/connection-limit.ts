import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { busyWorkers } from './connection-limit/busy-workers.js';
import { everyone, firstFew, inSeconds, place, seconds, several, stood } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import { isLost } from './patterns/idle-timer.js';
import { noRoom, noRoomForOne } from './patterns/no-room.js';
import { beginning, countBefore, openAt } from './patterns/open-at.js';
import { refusedInWords } from './connection-limit/refused-in-words.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware, settingOf } from './software.js';

/** Rejected connections before a limit is told. */
const FEW = 3;
/**
 * A server turns away what is too much within this time (measured: under load up to 21 ms), and says no more than so
 * many bytes.
 */
const SOON: Duration = 100 * MILLISECOND;
const SHORT = 128;
/**
 * PostgreSQL greets with some 300 bytes at least (ParameterStatus); what it says in place of that is an error, behind
 * up to 200 of SCRAM.
 */
const POSTGRESQL_ERROR = 256 + 200;
/** Of who greets before it does, its greeting and the error: some 200 bytes (MySQL, rsync). */
const GREETING_AND_ERROR = 256;
/** Of so many one may be out of order: accept() and close() cross the tap. */
const ORDERLY = 20;

/** Who makes room closes within this time behind the SYN, or the handshake, of whom it takes in. */
const GIVES_WAY: Duration = 50 * MILLISECOND;
/**
 * Those that were closed so must have stood for a while, and be idle: what is closed behind its last word is not closed
 * for another's sake. As many of all closes by accident are no sign.
 */
const OLD: Duration = SECOND;
const ACCIDENT = 0.1;

/** Who waits for a place waits for long, and is served this soon behind the close that makes room. */
const WAITS: Duration = SECOND;
const ROOM: Duration = 50 * MILLISECOND;
/** The times of answers are known so exactly. */
const TICK: Duration = MILLISECOND;
/** Of those that waited, this part must have been served so. */
const MOST = 0.8;

/**
 * A server that turns away whatever comes while as many connections as it takes are open, or lets it wait until one of
 * them closes.
 */
export const connectionLimit: DiagnosisDetector = {
  id: 'connection-limit', title: 'Limit of connections',
  explains: {
    'unanswered-request': [], 'linger-reset': [], 'rst-after-push': [], 'half-closed': [], 'unexpected-reset': [],
    'slow-connect': [], unanswered: ['filtered', 'silent'],
  },
  detect(scene) {
    return scene.services.flatMap((service) => {
      const ofOne = noRoomForOne(scene, service);
      if (ofOne.length > 0) return ofOne;
      return (
        limit(scene, service) ?? busyWorkers(scene, service) ?? waiting(scene, service) ?? evicting(scene, service) ??
        refusedInWords(scene, service) ?? noRoom(scene, service) ?? []
      );
    });
  },
};

function limit(scene: Scene, service: Service): Detected | null {
  const rejected = scene.free(service, SIGN.fewWords).filter((facts) => isRejected(facts) && wasTaken(facts));
  if (rejected.length < FEW) return null;
  const known = everyone(service).filter(wasTaken);
  const turnedAway = new Set(rejected);
  const accepted = known.filter((facts) => !turnedAway.has(facts) && !Number.isNaN(beginning(facts)));
  const open = openAt(accepted);
  const atRejection = rejected.map((facts) => open(facts.established));
  const least = Math.min(...atRejection);
  // At none a server turns everybody away: an ACL, TLS. And a limit holds for all.
  if (least < 1 || isMore(accepted, 1 + accepted.length / ORDERLY, (facts) => open(beginning(facts)) >= least))
    return null;
  const software = serverSoftware(scene, service, known);
  const says = rejected.filter(({ bytes }) => bytes[1] > 0).length * 2 > rejected.length;
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} takes ${several(least, 'connection')} at a time: ${rejected.length} of ` +
      `${known.length} were turned away ${says ? 'with a short message' : 'without a word'} while ${least} ` +
      `${least === 1 ? 'was' : 'were'} open.`,
    advice: [
      `Raise the limit (${settingOf('connections', software)}), or use fewer connections: a pool, and clients ` +
        `that close.`,
      'See who holds the open ones: `ss -tn` by client address. A client that opens and never closes fills any limit.',
    ],
    numbers: { limit: least, rejected: rejected.length, of: known.length, accepted: accepted.length },
    refutes: `a connection that is served while ${several(least, 'other')} or more are open`, members: rejected,
  };
}

/** Whether more than `most` of these are so. */
function isMore(all: readonly Facts[], most: number, isSo: (facts: Facts) => boolean): boolean {
  let count = 0;
  for (const facts of all) if (isSo(facts) && ++count > most) return true;
  return false;
}

/** Whether a program may have had it: not what a host without a socket for it resets. */
function wasTaken(facts: Facts): boolean {
  return stood(facts) && !(facts.closedByReset && facts.reset?.bare === true && facts.bytes[1] === 0);
}

/**
 * A worker for each connection (Apache's prefork, a pool of threads): what comes while all are held waits in the accept
 * queue, taken in by the kernel, and is answered as soon as one of the others closes.
 */
function waiting(scene: Scene, service: Service): Detected | null {
  const waited = scene
    .free(service)
    .filter((facts) => firstAnswer(facts) - facts.established >= WAITS)
    .sort((a, b) => firstAnswer(a) - firstAnswer(b));
  if (waited.length < FEW) return null;
  const known = scene.free(service).filter((facts) => !Number.isNaN(facts.established));
  const isOvertaken = overtaken(known);
  // Each close makes room for one: both in the order of time.
  const closes = known
    .filter(({ bytes, closer }) => bytes[1] > 0 && closer !== -1)
    .sort((a, b) => a.closeAt - b.closeAt);
  let next = 0;
  const members = waited.filter((facts) => {
    const at = firstAnswer(facts);
    while (next < closes.length && at - closes[next]!.closeAt > ROOM) next++;
    const room = closes[next];
    if (room === undefined || room === facts || room.closeAt > at + TICK || isOvertaken(facts)) return false;
    next++;
    return true;
  });
  if (members.length < FEW || members.length < MOST * waited.length) return null;
  const open = openAt(known.filter(({ bytes }) => bytes[1] > 0), beginsToBeServed);
  const held = members.map((facts) => open(firstAnswer(facts) - ROOM));
  const most = Math.max(...held);
  // As many as there are places, each time, but where two left together.
  if (most < 1 || held.filter((count) => count >= most - 1).length < MOST * held.length) return null;
  const longest = Math.max(...members.map((facts) => firstAnswer(facts) - facts.established));
  const gaveUp = known.filter(
    ({ bytes, closer, closeAt, established }) => bytes[1] === 0 && closer === 0 && closeAt - established >= WAITS,
  );
  const software = serverSoftware(scene, service, known);
  return {
    severity: gaveUp.length > 0 ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} serves ${several(most, 'connection')} at a time: ${members.length} others ` +
      `waited up to ${seconds(longest)} for their first answer, each until one of them closed` +
      `${gaveUp.length > 0 ? `; ${gaveUp.length} gave up` : ''}.`,
    advice: [
      `Give it more workers (${settingOf('connections', software)}), or let idle connections hold none: a shorter ` +
        'keep-alive, workers that serve many connections each (Apache mpm_event, gunicorn `-k gthread`, an executor ' +
        'that is not a thread for each connection).',
      'Clients: a pool that is no larger than what the server serves, and that closes what it does not use.',
    ],
    numbers: {
      limit: most, matching: members.length, of: known.length, longest: inSeconds(longest), gaveUp: gaveUp.length,
    },
    refutes: 'a first answer to one that waited while none of the others closed', members: [...members, ...gaveUp],
  };
}

/**
 * A server that has no room closes another connection for each that comes: lwIP the one that was active last of all
 * (tcp_alloc: tcp_kill_prio, by RST), ESP-IDF's httpd (`lru_purge_enable`), nginx what it keeps alive
 * (ngx_drain_connections), Active Directory beyond `MaxConnections`.
 */
function evicting(scene: Scene, service: Service): Detected | null {
  const closed = scene
    .free(service, SIGN.serverClosed)
    .filter((facts) => stood(facts) && facts.closeAt - beginning(facts) >= OLD && facts.idle >= SOON)
    .sort((a, b) => a.closeAt - b.closeAt);
  if (closed.length < FEW) return null;
  const known = everyone(service).filter(wasTaken);
  const arrivals = known.filter(({ synAck }) => !Number.isNaN(synAck)).sort((a, b) => a.start - b.start);
  const [from, until] = [arrivals[0]?.start ?? NaN, arrivals.at(-1)?.start ?? NaN];
  if (!((arrivals.length * GIVES_WAY) / (until - from) <= ACCIDENT)) return null;
  let next = 0;
  const members: Facts[] = [];
  const taken = new Set<Facts>();
  for (const facts of closed) {
    while (next < arrivals.length && arrivals[next]!.established + GIVES_WAY < facts.closeAt) next++;
    const arrival = arrivals[next];
    if (arrival === undefined || arrival === facts || arrival.start > facts.closeAt) continue;
    members.push(facts);
    taken.add(arrival);
    next++;
  }
  if (members.length < FEW || members.length < closed.length * (1 - 1 / ORDERLY)) return null;
  // Of those that came the others found room.
  const open = openAt(known);
  const held = [...taken].map(({ start }) => open(start));
  const most = Math.min(...held);
  const others = arrivals.filter((facts) => !taken.has(facts));
  if (
    most < 1 || Math.max(...held) > most + 1 ||
    isMore(others, arrivals.length / ORDERLY, ({ start }) => open(start) >= most)
  )
    return null;
  const software = serverSoftware(scene, service, known);
  const lost = members.filter(isLost).length;
  const harm = lost === 0 ? '' : `; ${several(lost, 'request')} came later, and ${lost === 1 ? 'is' : 'are'} lost`;
  const byReset = members.filter(({ closedByReset }) => closedByReset).length;
  const isOfSessions = members.every(isSession);
  const clients = [...new Set(members.map(({ client }) => client))];
  const who =
    clients.length === 1
      ? `${clients[0]} begins another before it ends the one that it has`
      : `${clients.length} clients (${firstFew(clients)}) ` +
        'seem to share one client ID';
  return {
    severity: lost >= FEW ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: isOfSessions ? { role: 'client', address: members[0]!.client } : { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} ` +
      `${isOfSessions ? 'ends one session for each that begins' : `has room for ${several(most, 'connection')}`}: ` +
      `${members.length} of ${closed.length} that it closed${byReset * 2 > members.length ? ' by RST' : ''} gave way ` +
      `to one that came in that moment${harm}${isOfSessions ? `: ${who}` : ''}.`,
    advice: isOfSessions
      ? [
          'Give each client an ID of its own: a broker ends the session of whoever has the same (MQTT 3.1.1 §3.1.4; ' +
            'mosquitto logs "already connected, closing old connection").',
          'Where it is one client that comes again and again, see why it leaves its session before.',
        ]
      : [
          `Give it room for more (${settingOf('connections', software)}; lwIP \`MEMP_NUM_TCP_PCB\`, ESP-IDF ` +
            '`max_open_sockets`), or use fewer connections: clients that close what they do not use, one connection ' +
            'for several requests.',
          'See who holds the open ones: whoever reconnects throws out another, and that one comes again.',
        ],
    numbers: { limit: most, matching: members.length, of: closed.length, lost },
    refutes: `more than ${most} open connections, or a close of the server's own with room left`, members,
  };
}

/** A client that comes again under its name ends its session before (MQTT 3.1.1 §3.1.4): no want of room. */
function isSession({ kinds }: Facts): boolean {
  return PAYLOAD_KINDS[kinds[0]] === 'mqtt';
}

/** When the first answer came, where it was slow; NaN where it was not, or the slowest was another one. */
function firstAnswer({ slowestAnswer, slowestAnswerAt, established }: Facts): Time {
  return slowestAnswer > 0 && slowestAnswerAt - slowestAnswer - established < WAITS ? slowestAnswerAt : NaN;
}

/** Whether one that came later was served while this one waited: then it waits for something else. */
function overtaken(known: readonly Facts[]): (facts: Facts) => boolean {
  const sorted = known.filter(({ bytes }) => bytes[1] > 0).sort((a, b) => a.established - b.established);
  const begins = Float64Array.from(sorted, ({ established }) => established);
  const soonest = Float64Array.from(sorted, beginsToBeServed);
  for (let at = soonest.length - 2; at >= 0; at--) soonest[at] = Math.min(soonest[at]!, soonest[at + 1]!);
  return (facts) => {
    const later = countBefore(begins, facts.established + TICK);
    return later < soonest.length && soonest[later]! < firstAnswer(facts) - ROOM;
  };
}

function beginsToBeServed(facts: Facts): Time {
  const first = firstAnswer(facts);
  return Number.isNaN(first) ? beginning(facts) : first;
}

/** Closed as soon as it stood, with no more than an error. */
function isRejected(
  { isGuessed, closer, closeAt, established, roundTrip, bytes, kinds, turns, closedByReset, late }: Facts,
): boolean {
  // What stood before the capture began was taken. Each answer of a login takes a way there and back.
  if (isGuessed || closer === -1 || !(closeAt - established < SOON + Math.max(1, turns >> 1) * roundTrip)) return false;
  const [asked, answered] = [PAYLOAD_KINDS[kinds[0]], PAYLOAD_KINDS[kinds[1]]];
  // Its server has done what it asked for.
  if (asked === 'postgresql-cancel') return false;
  // Who reads the error closes as soon as the server does: who is first is chance. What else it says there (no such
  // database, a wrong password) turns away one user, and not what is too much.
  if (asked === 'postgresql-startup')
    return bytes[1] === 0 ? closer === 1 : answered === 'refusal' && bytes[1] <= POSTGRESQL_ERROR;
  const hasGreeted = asked === 'mysql-login' || asked === 'rsync';
  if (answered === 'refusal' && bytes[1] <= (hasGreeted ? GREETING_AND_ERROR : SHORT)) return true;
  if (closer === 0 || bytes[1] > SHORT) return false;
  // A short answer to a request looks the same, unless it says what it is, comes unasked (what the client says crosses
  // it), or is thrown after the client.
  return bytes[1] === 0 || bytes[0] <= (late?.bytes ?? 0) || closedByReset;
}
