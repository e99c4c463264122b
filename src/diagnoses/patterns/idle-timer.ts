import { lowerBound } from '../../base/lower-bound.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { isShortRequest } from '../../flow/short-request.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { MANY_CLIENTS, everyone, freeOf, openedBy, silenceBeforeRequest, stood } from '../diagnosis.js';
import type { Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';
import { apart, sweptTimer, timerOf } from './timer.js';
import type { Idle, Timer } from './timer.js';
import { isUngreeted } from './ungreeted.js';

/** Shorter pauses than this are no idleness: requests follow each other so. */
const IDLE: Duration = SECOND;

/** Of two legs of one conversation, through a proxy, one closes this shortly after the other. */
const TOGETHER: Duration = 50 * MILLISECOND;

/** Who looks every quarter of its limit (slapd, connections_timeout_idle) misses one round where it is busy. */
const LATE = 1.25;

/**
 * Who wakes at the very millisecond of its limit may look again a tenth of a second later (libmicrohttpd daemon.c,
 * connection_get_wait); who wakes late does not.
 */
const EARLIER: Duration = 110 * MILLISECOND;

/** A timer, and who looks every so often which are idle, are known by this many closes at least (timer.ts). */
const FEW = 3;

/** Probes or repetitions without an answer before an end that gives up. */
const GIVEN_UP = 2;

/** A last word, and the close right behind it: TLS' close_notify, COM_QUIT, QUIT. */
const LAST_WORD = 64;
const LAST_WORD_BEFORE: Duration = 2 * MILLISECOND;

/** Connections that one end closed again and again after the same time without payload. */
export interface IdleTimer {
  readonly service: Service;
  /** Who closed: 0 the client, 1 the server. */
  readonly role: 0 | 1;
  readonly address: string;
  /** Where clients closed: how many, of which `address` is the first; else 0. */
  readonly clients: number;
  readonly timer: Timer<Facts>;
  /** It is the clients' silence that lasted so long: the server had spoken meanwhile, and was not answered. */
  readonly isUnheard: boolean;
  /** Those that were idle for longer, and lived. */
  readonly survivors: readonly Facts[];
  /** All that were idle for so long: closed at it, or not. */
  readonly of: number;
  /**
   * Those of which payload came after the close, and nobody read it; and those among them in which it crossed the
   * close.
   */
  readonly lost: readonly Facts[];
  readonly crossed: readonly Facts[];
  /** These conversations on the other side of the host that closed, where it closed both sides: it is a proxy. */
  readonly otherLegs: readonly Facts[];
  /** Conversations that a proxy before or behind ended because of these. */
  readonly followers: readonly Facts[];
  /** Connections whose request came in just before the close, and that were closed like the others. */
  readonly raced: readonly Facts[];
  /** Those that its clock met a little sooner or later than the others. */
  readonly near: readonly Facts[];
  /** They were all closed in one moment: an event would look the same. */
  readonly isOneMoment: boolean;
}

/**
 * Every such timer of a service: that of the server, and those of its clients; where these show too little each, that
 * of all of them together, who run the same program.
 */
export function idleTimers(scene: Scene, service: Service): IdleTimer[] {
  const timers = [timerAt(scene, service, 1, [service.address], scene.free(service, SIGN.closedIdle))];
  const left: string[] = [];
  const idle: Facts[] = [];
  for (const [address, own] of scene.freeByClient(service, SIGN.closedIdle)) {
    const timer = timerAt(scene, service, 0, [address], own);
    timers.push(timer);
    if (timer !== null || own.length >= FEW || !own.some((facts) => isCandidate(facts, 0))) continue;
    left.push(address);
    idle.push(...own);
  }
  if (left.length >= MANY_CLIENTS) timers.push(timerAt(scene, service, 0, left, idle));
  return timers.filter((timer) => timer !== null);
}

function timerAt(
  scene: Scene, service: Service, role: 0 | 1, who: readonly string[], idle: readonly Facts[],
): IdleTimer | null {
  const alone = idle.filter((facts) => isCandidate(facts, role));
  // Clients that ask as often as the server closes hide its clock: one close out of silence shows what the others are.
  const hidden = role === 1 && alone.length > 0 && alone.length < FEW;
  const candidates = hidden ? [...alone, ...scene.free(service, SIGN.cutOff).filter(isCutShort)] : alone;
  if (candidates.length < FEW) return null;
  const known = role === 1 ? scene.free(service) : freeOf(scene, service, who);
  const unheard = role === 1 ? unheardTimer(candidates) : null;
  const timer =
    unheard ??
    timerOf(
      candidates.map((of) => ({ value: idleAtClose(of), of })), role === 1,
    ) ?? (role === 1 ? swept(candidates, known) : null);
  if (timer === null || (hidden && !alone.some((facts) => timer.members.includes(facts)))) return null;
  const { value, spread, members, coarse, chance } = timer;
  const closes = members.map(({ closeAt }) => closeAt);
  const range = Math.max(...closes) - Math.min(...closes);
  // A process or a test that ended: all at once, whatever the time that each had been idle for.
  if (range <= spread / 2 || (!coarse && members.length < 5 && range <= spread * 2)) return null;
  const longer = value + Math.max(apart(value), spread * 1.05) + (coarse ? SECOND : 0);
  const closedAtIt = new Set(members);
  // A pause that the close itself began, and a late word ended, was not survived.
  const survivors = known.filter(
    (facts) =>
      // Of a client's silence alone no pause tells that it was survived.
      unheard === null &&
      !closedAtIt.has(facts) && facts.longestPause > longer &&
      !(facts.late !== null && facts.pauseEnd >= facts.closeAt && facts.lastPause >= facts.longestPause),
  );
  const share = survivors.length / (members.length + survivors.length);
  if (share > 0.1 && (chance > 1e-6 || survivors.length > members.length)) return null;
  if (share > 0.1 && role === 1 && giveWay(members, everyone(service))) return null;
  if (causedElsewhere(scene, members, role)) return null;
  const followers = followersOf(scene, members, role);
  // Where none was idle for longer and lived, nobody but the clock of a busy server says how late it closes.
  const mayLast = survivors.length === 0 ? Infinity : longer;
  const mayBeLate = Math.min(mayLast, Math.max(longer, LATE * (value + spread)));
  const raced = role === 1 && unheard === null ? known.filter((facts) => isRaced(facts, value, mayLast)) : [];
  // A clock that looks once a second closes all within one, which the middle of them may not fill.
  const near = candidates.filter(
    (facts) =>
      !closedAtIt.has(facts) && facts.idle > (coarse ? value + spread - SECOND : value - EARLIER) &&
      facts.idle <= (facts.late?.crossed === true ? mayLast : isLost(facts) ? mayBeLate : longer),
  );
  const lost = [...members, ...near, ...followers].filter(isLost);
  return {
    service, role, address: who.length === 1 ? who[0]! : firstOf(members).client, clients: clientsOf(members, role),
    timer, isUnheard: unheard !== null, survivors, lost: [...lost, ...raced], followers, raced, near,
    of:
      members.length + survivors.length +
      candidates.filter((facts) => !closedAtIt.has(facts) && facts.idle > longer && !survivors.includes(facts)).length,
    crossed: [...lost.filter(({ late }) => late!.crossed), ...raced], otherLegs: otherLegs(scene, members, role),
    isOneMoment: range <= 2 * apart(value),
  };
}

/** Of so many closes all but one are behind a new connection, where they are for its sake. */
const ORDERLY = 20;

/** What comes so often that this part of all moments is behind it shows nothing. */
const ACCIDENT = 0.1;

/** Whether each was closed right behind a new connection, for which it made room (connection-limit.ts, `evicting`). */
function giveWay(members: readonly Facts[], known: readonly Facts[]): boolean {
  const arrivals = known.map(({ synAck }) => synAck).filter((at) => !Number.isNaN(at)).sort((a, b) => a - b);
  const range = (arrivals.at(-1) ?? NaN) - (arrivals[0] ?? NaN);
  if (!((arrivals.length * TOGETHER) / range <= ACCIDENT)) return false;
  const alone = members.filter(({ closeAt }) => {
    const behind = lowerBound(arrivals.length, (at) => arrivals[at]! <= closeAt) - 1;
    return !(closeAt - arrivals[behind]! <= TOGETHER);
  });
  return alone.length * ORDERLY <= members.length;
}

function firstOf(members: readonly Facts[]): Facts {
  return members.reduce((first, facts) => (facts.frame < first.frame ? facts : first));
}

function clientsOf(members: readonly Facts[], role: 0 | 1): number {
  return role === 1 ? 0 : new Set(members.map(({ client }) => client)).size;
}

/**
 * A request that comes this shortly before the close may be in the kernel, and not yet in the program that closes; a
 * way there and back more, where that is far.
 */
const RACE: Duration = 50 * MILLISECOND;

/**
 * Whether the close had to come then, behind `value`, and a request came between, behind a silence of no more than
 * `most`: the program decides by its clock (lighttpd connections.c, connection_check_timeout, once a second), and its
 * kernel has taken the request in and acknowledged it.
 */
function isRaced(facts: Facts, value: Duration, most: Duration): boolean {
  return isCutShort(facts) && silenceBeforeRequest(facts) <= most && idleAtClose(facts) >= value - apart(value);
}

/** Whether the server closed right behind a request that had ended a silence, without an answer. */
function isCutShort(facts: Facts): boolean {
  const { closer, pending, requestAt, closeAt, roundTrip } = facts;
  return closer === 1 && pending && closeAt - requestAt < RACE + roundTrip && silenceBeforeRequest(facts) >= IDLE;
}

/** How long it had been idle for the program that closed it, which did not see the last request. */
function idleAtClose(facts: Facts): Duration {
  return isCutShort(facts) ? silenceBeforeRequest(facts) + facts.closeAt - facts.pauseEnd : facts.idle;
}

/**
 * A server that gives up clients which answer none of its pings or send no heartbeats (AMQP, NATS, WebSocket,
 * PostgreSQL's `wal_sender_timeout`, sshd's ClientAliveInterval). Of HTTP a client says nothing until it has its
 * answer.
 */
function unheardTimer(candidates: readonly Facts[]): Timer<Facts> | null {
  const values = candidates.flatMap((of) =>
    of.unheard > 0 &&
    (PAYLOAD_KINDS[of.kinds[0]] !== 'http-request' || PAYLOAD_KINDS[of.kinds[1]] === 'http-upgrade')
      ? [{ value: of.unheard, of }]
      : [],
  );
  const timer = timerOf(values);
  return timer !== null && timer.members.length * 2 > candidates.length ? timer : null;
}

/** A server that looks every so often which of its connections are idle. */
function swept(candidates: readonly Facts[], known: readonly Facts[]): Timer<Facts> | null {
  const left = known.flatMap((of): Idle<Facts>[] => {
    if (of.closer !== -1 && of.idle > 0) return [closedIdle(of)];
    return of.lastPause > 0 ? [{ of, at: of.pauseEnd, since: of.pauseEnd - of.lastPause }] : [];
  });
  return sweptTimer(candidates.map(closedIdle), left);
}

function closedIdle(of: Facts): Idle<Facts> {
  return { of, at: of.closeAt, since: of.closeAt - idleAtClose(of) };
}

/** Closed out of a silence, on purpose, and with nothing to be answered. */
function isCandidate(facts: Facts, role: 0 | 1): boolean {
  const { closer, closeAt, idle, pending, closedByReset, reset, unanswered, heard } = facts;
  if (closer !== role || pending || !(idle >= IDLE) || isUngreeted(facts)) return false;
  // Who has something to say to a peer without room for it is not idle.
  if (facts.hasClosedWindow[1 - role]) return false;
  // A RST without ACK answers a segment, and no clock; unless there was none to answer, as of balancers that end a
  // connection so (NetScaler).
  if (closedByReset && reset?.bare === true && !(closeAt - heard[1 - role]! >= IDLE)) return false;
  // Keepalive probes or data that nobody answered: it gave up a peer that was gone.
  if (unanswered[role] >= GIVEN_UP && !(heard[1 - role]! > closeAt - idle / 2)) return false;
  return stood(facts);
}

/**
 * Payload that came after the close and was for somebody: nobody read it. What a client asks behind the FIN of its
 * server is lost though the server may read on for a while (lighttpd, nginx `lingering_close`): it has said that it
 * answers nothing more.
 */
export function isLost({ closer, late, otherCloseAt, kinds, firstLength, lastLength }: Facts): boolean {
  if (late === null || (late.read && closer === 0) || late.bytes === 0) return false;
  if (!(late.bytes <= LAST_WORD && Math.abs(otherCloseAt - late.at) <= LAST_WORD_BEFORE)) return true;
  // HTTP/1.1 has no good-bye (RFC 9112 §9.6); a WebSocket in its place has one.
  if (closer === 0 || PAYLOAD_KINDS[kinds[1]] === 'http-upgrade') return false;
  return isShortRequest(PAYLOAD_KINDS[kinds[0]]!, firstLength[1], late.bytes, lastLength[0]);
}

/**
 * Connections of a host on its other side: where it is the server those that it opened, and where it is the client
 * those that it took.
 */
function beyond(scene: Scene, { client, server }: Facts, role: 0 | 1): Facts[] {
  return role === 1
    ? openedBy(scene, server).filter((facts) => facts.server !== server)
    : scene.servicesOf(client).flatMap(everyone).filter((facts) => facts.client !== client);
}

/** For each of `members` a connection of `others` that fits, each taken once. */
function matched(
  members: readonly Facts[], others: readonly Facts[], fits: (member: Facts, other: Facts) => boolean,
): Facts[] {
  const byClose = others.filter(({ closeAt }) => !Number.isNaN(closeAt)).sort((a, b) => a.closeAt - b.closeAt);
  const farthest = byClose.reduce((most, { roundTrip }) => Math.max(most, 2 * roundTrip), TOGETHER);
  const taken = new Set<Facts>();
  for (const member of members) {
    const reach = Math.max(farthest, 2 * member.roundTrip);
    const first = lowerBound(byClose.length, (at) => byClose[at]!.closeAt < member.closeAt - reach);
    for (let at = first; at < byClose.length && byClose[at]!.closeAt <= member.closeAt + reach; at++) {
      const candidate = byClose[at]!;
      if (
        taken.has(candidate) || Math.abs(candidate.closeAt - member.closeAt) > reachOf(member, candidate) ||
        !fits(member, candidate)
      )
        continue;
      taken.add(candidate);
      break;
    }
  }
  return [...taken];
}

function reachOf(a: Facts, b: Facts): Duration {
  return Math.max(TOGETHER, 2 * a.roundTrip, 2 * b.roundTrip);
}

const isMost = (count: number, of: number): boolean => count >= 3 && count >= 0.8 * of;

/** The other legs where the same host closed both at once, both idle for as long; empty where these are not most. */
function otherLegs(scene: Scene, members: readonly Facts[], role: 0 | 1): Facts[] {
  const others = beyond(scene, members[0]!, role).filter(({ closer }) => closer === 1 - role);
  const legs = matched(
    members, others, (member, other) => Math.abs(other.idle - member.idle) <= reachOf(member, other),
  );
  return isMost(legs.length, members.length) ? legs : [];
}

/**
 * Whether the host that closed only passed on what the far end of its other side had done: then the fault is told
 * there.
 */
export function causedElsewhere(scene: Scene, members: readonly Facts[], role: 0 | 1): boolean {
  const others = beyond(scene, members[0]!, role).filter(({ closer }) => closer === role);
  return isMost(matched(members, others, (member, other) => other.closeAt <= member.closeAt).length, members.length);
}

/** Connections on the far side of a proxy that it closed because these were closed to it. */
function followersOf(scene: Scene, members: readonly Facts[], role: 0 | 1): Facts[] {
  // Seen from the proxy: where the server closed, it is the client of these and the server of the others.
  const others = beyond(scene, members[0]!, role === 1 ? 0 : 1).filter(({ closer }) => closer === role);
  return matched(members, others, (member, other) => other.closeAt >= member.closeAt);
}
