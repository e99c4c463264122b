import { consecutive } from '../../base/groups.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { awoke } from '../patterns/awoke.js';
import { inSeconds, place, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { name } from '../idle-limit.js';
import { isLost } from '../patterns/idle-timer.js';
import {
  CUT_OFF, FORGOTTEN, OLD, SEND_AGAIN, closesOf, isTogetherByChance, openThroughout, simultaneousCloses,
} from '../patterns/one-moment.js';
import * as SIGN from '../facts/signs.js';
import { serverSoftware } from '../software.js';
import type { Taken } from '../patterns/taken.js';

/** Of the connections that went, at least this part was in use: no idle limit closes what spoke within a second. */
const IN_USE = 1 / 3;

/**
 * The server closed all that was open in one moment, whatever each was at, and goes on serving: an administrator, a
 * reload, or one of its processes that crashed (PostgreSQL ends all its sessions then: postmaster.c,
 * HandleChildCrash). What its clients asked next was lost. Or it closed some, which nothing but that moment has in
 * common: redis ends all clients but the one that says so (CLIENT KILL, SKIPME).
 */
export function endedTogether(
  scene: Scene, service: Service, known: readonly Facts[], taken: Taken,
): Detected | null {
  const free = closesOf(scene.free(service, SIGN.serverClosed));
  const served = free.filter(isServed);
  const group =
    closesOneByOne(free).find((one) => one.length >= MANY_SESSIONS && isOfAll(known, one)) ??
    simultaneousCloses(free).find((one) => isOfAll(known, one)) ??
    simultaneousCloses(served).find((one) => isOfSome(scene, served, one));
  const moment = group?.at(-1)!.closeAt ?? NaN;
  if (group === undefined || awoke(known, moment)) return null;
  const lost = group.filter((facts) => facts.pending || isLost(facts)).length;
  const back = taken.firstBehind(moment);
  const others = openThroughout(known, group[0]!.closeAt, moment).filter((facts) => !group.includes(facts)).length;
  return {
    severity: lost >= CUT_OFF ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} closed ` +
      `${others === 0 ? 'all' : `${group.length}`} of its ${several(group.length + others, 'connection')} ` +
      `in one moment, whatever each was at` +
      `${back === Infinity ? '' : `, and took new ones ${seconds(back - moment)} later`}; ` +
      (lost === 0
        ? 'by RST: who used them next got ECONNRESET.'
        : `${several(lost, 'request')} ${lost === 1 ? 'was' : 'were'} lost.`),
    advice: [
      'See in its log what ended them at that time: an administrator (redis CLIENT KILL, PostgreSQL ' +
        'pg_terminate_backend(), MariaDB KILL, `ss -K`), a reload, or a crash of one of its processes (PostgreSQL then ' +
        'ends all its sessions).',
      SEND_AGAIN,
    ],
    numbers: {
      ended: group.length, of: group.length + others, lost, refused: 0,
      ...(back === Infinity ? {} : { downSeconds: inSeconds(back - moment) }),
    },
    refutes:
      others === 0
        ? 'a connection of the service that was open then and went on'
        : 'something that these had in common, and the others had not: their age, or how long they had been idle',
    members: group, first: group[0]!.closeAt, last: moment,
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
    own.length === openThroughout(known, from - SECOND, from).length
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

/** The server had answered what its client asked, and not by a refusal, behind which it closes by itself. */
function isServed({ bytes, kinds }: Facts): boolean {
  return bytes[0] > 0 && bytes[1] > 0 && PAYLOAD_KINDS[kinds[1]] !== 'refusal';
}

/** No idle limit is as short: they are set in seconds. */
const JUST_NOW: Duration = 100 * MILLISECOND;

/** The closes lie so many times closer together than what a timer of each connection could have begun with. */
const CLOSER = 4;

/**
 * Some that had been in use, of which requests were lost that came later. Not by timers of their own, which begin with
 * the last word or with the connection and end as far apart as they began, nor each behind its own answer; nor by a
 * round that looks for idle ones.
 */
function isOfSome(scene: Scene, closes: readonly Facts[], group: readonly Facts[]): boolean {
  if (group.filter(isLost).length < CUT_OFF) return false;
  const apart = group.at(-1)!.closeAt - group[0]!.closeAt;
  const spoke = group.map(({ closeAt, idle }) => closeAt - idle);
  const idle = group.map((facts) => facts.idle);
  const isInUse = Math.max(...idle) < JUST_NOW || idle.filter((time) => time < SECOND).length >= IN_USE * group.length;
  return (
    isInUse && range(spoke) > CLOSER * apart && range(group.map(({ start }) => start)) > CLOSER * apart &&
    !isTogetherByChance(scene, closes, group)
  );
}

function range(times: readonly Time[]): Duration {
  return Math.max(...times) - Math.min(...times);
}
