import { consecutive, groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { FEW, TOGETHER, hostsOf, isNoChance } from './patterns/crowd.js';
import type { Crowd } from './patterns/crowd.js';
import { cutOff } from './failover/cut-off.js';
import { MANY_CLIENTS, collect, everyone, inSeconds, openedBy, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import { anotherHost } from './patterns/another-host.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { partlySilent } from './failover/partly-silent.js';
import * as SIGN from './facts/signs.js';
import { commonTime, cutForAWhile, healed, stallOf, stalls } from './failover/stood-still.js';
import { JITTER } from './patterns/timer.js';
import { REPEATS } from './patterns/in-vain.js';

/** They had been heard of shortly before: else they were idle, and something forgot them one by one. */
const LIVELY: Duration = 2 * SECOND;

interface Silence {
  readonly of: Facts;
  readonly from: Time;
  readonly by: 0 | 1;
}

/**
 * Many conversations that fell silent in one moment, in the middle: the road, the state on it, or the host was gone.
 */
export const failover: DiagnosisDetector = {
  id: 'failover', title: 'Many fell silent at once',
  explains: {
    'half-open': [], 'rst-after-push': ['no-socket', 'closed-peer'], 'unanswered-request': [], 'unacknowledged-fin': [],
    'half-closed': [], 'one-way': [], 'unexpected-reset': [], 'linger-reset': [], unanswered: [],
    'forged-reset': [], 'slow-connect': [], outage: [],
  },
  signs: SIGN.stuck | SIGN.stalled | SIGN.serverReset,
  detect(scene, services) {
    const silences = services.flatMap((service) => scene.showing(service, SIGN.stuck | SIGN.stalled));
    const begins = collect(silences, (facts) => silenceOf(facts)?.from ?? stallOf(facts)?.stall.from ?? null);
    const count = begins.length;
    const span = begins.sort((a, b) => a - b).at(-1)! - begins[0]!;
    const wide = ofManyServers({ scene, count, span, places: 1 }, silences);
    const told = new Set(wide.flatMap(({ members }) => members));
    const ofHosts = ofClientsOfAHost({ scene, count, span, places: 1 }, silences.filter((facts) => !told.has(facts)));
    for (const { members } of ofHosts) for (const facts of members) told.add(facts);
    const pairs = scene.pairsOf(silences.filter((facts) => !told.has(facts)));
    const crowd = { scene, count, span, places: Math.max(1, pairs.length) };
    const gone = pairs.flatMap(({ all, some }) => moments(crowd, some).map((group) => ({ all, group })));
    const stood = pairs.flatMap(({ all, some }) => stalls(crowd, some).map((group) => ({ all, group })));
    const near = [
      ...ofServers(gone, ({ from }) => from, (all, group) => silent(scene, all, group)),
      ...ofServers(stood, ({ stall }) => stall.from, (all, group) => healed(scene, all, group)),
    ];
    for (const { members } of near) for (const facts of members) told.add(facts);
    const alone = cutOff(scene, silences.filter((facts) => !told.has(facts) && !scene.isExplained(facts)));
    for (const { members } of alone) for (const facts of members) told.add(facts);
    const ofMany = ofManyClients({ scene, count, span, places: services.length }, services, told);
    const moved = collect(services, (service) => anotherHost(scene, service));
    return [...wide, ...ofHosts, ...near, ...alone, ...ofMany, ...moved];
  },
  once: cutForAWhile,
};

/**
 * Of three servers and more: what their clients have in common, a road, a tunnel, their own link. One by one hosts go
 * at any time: of all that anybody had open most must have met it.
 */
function ofManyServers(crowd: Crowd, silences: readonly Facts[]): Detected[] {
  const { scene } = crowd;
  const around = (group: readonly { readonly of: Facts }[]): readonly Facts[] =>
    scene.pairsOf(group.map(({ of }) => of)).flatMap(({ all }) => all);
  return [
    ...gaps(crowd, silences).filter((group) => hasMany(group, 'server')).flatMap((group) => {
      const from = Math.max(...group.map((silence) => silence.from));
      const wentOn = ({ start, heard }: Facts): boolean =>
        start < from && heard[0] > from + TOGETHER && heard[1] > from + TOGETHER;
      return isOfMost(scene, group, wentOn) ? (silent(scene, around(group), group) ?? []) : [];
    }),
    ...stalls(crowd, silences).filter((group) => hasMany(group, 'server')).flatMap((group) => {
      const [from, to] = commonTime(group);
      const wentOn = ({ start, end, longestQuiet }: Facts): boolean =>
        start < from && end > to && longestQuiet < to - from;
      return isOfMost(scene, group, wentOn) ? (healed(scene, around(group), group) ?? []) : [];
    }),
  ];
}

function hasMany(group: readonly { readonly of: Facts }[], end: 'client' | 'server'): boolean {
  return new Set(group.map(({ of }) => of[end])).size >= FEW;
}

/** Whether of the connections of these clients fewer went on than met it. */
function isOfMost(
  scene: Scene, group: readonly { readonly of: Facts }[], wentOn: (facts: Facts) => boolean,
): boolean {
  const members = new Set(group.map(({ of }) => of));
  let others = 0;
  for (const client of new Set(group.map(({ of }) => of.client)))
    for (const facts of openedBy(scene, client))
      if (wentOn(facts) && !members.has(facts) && ++others >= members.size) return false;
  return true;
}

/**
 * Of three clients and more of one host, whatever each of them shows alone: they find out that it is gone when they
 * speak to it next. Of all that stood between them and it none may have gone on.
 */
function ofClientsOfAHost(crowd: Crowd, silences: readonly Facts[]): Detected[] {
  const { scene } = crowd;
  const hosts = groupsBy(silences, ({ server }) => server);
  return [...hosts].flatMap(([address, own]) => {
    if (new Set(own.map(({ client }) => client)).size < FEW) return [];
    const all = scene.servicesOf(address).flatMap(everyone);
    const ofHost = { ...crowd, places: hosts.size };
    return [
      ...gaps(ofHost, own).filter((group) => hasMany(group, 'client'))
        .flatMap((group) => silent(scene, all, group) ?? []),
      ...stalls(ofHost, own).filter((group) => hasMany(group, 'client'))
        .flatMap((group) => healed(scene, all, group) ?? []),
    ];
  });
}

/** What of two hosts fell silent, or stood still, together, among all that is between them. */
interface Moment<T> {
  readonly all: readonly Facts[];
  readonly group: readonly T[];
}

/** Each pair of hosts by itself; where many clients of a server met it in the same moment, these together. */
function ofServers<T extends { readonly of: Facts }>(
  moments: readonly Moment<T>[], fromOf: (one: T) => Time,
  tell: (all: readonly Facts[], group: readonly T[]) => Detected | null,
): Detected[] {
  const begin = ({ group: [first] }: Moment<T>): Time => fromOf(first!);
  return [...groupsBy(moments, ({ group: [first] }) => first!.of.server).values()].flatMap((own) => {
    const inOrder = own.sort((a, b) => begin(a) - begin(b));
    return consecutive(inOrder, (moment, [first]) => begin(moment) - begin(first) <= TOGETHER).flatMap((some) => {
      const one = some.length < MANY_CLIENTS ? null : tell(some.flatMap(({ all }) => all), joined(some));
      return one === null ? some.flatMap(({ all, group }) => tell(all, group) ?? []) : [one];
    });
  });
}

function joined<T extends { readonly of: Facts }>(moments: readonly Moment<T>[]): readonly T[] {
  return moments.flatMap(({ group }) => group).sort((a, b) => a.of.frame - b.of.frame);
}

/**
 * Of all clients of a server, where each has too few connections to show it: what stands before the server lost the
 * state of all of them, or it or its host stood still.
 */
function ofManyClients(crowd: Crowd, services: readonly Service[], told: ReadonlySet<Facts>): Detected[] {
  const { scene } = crowd;
  return services.flatMap((service) => {
    const all = everyone(service);
    const left = (signs: number): Facts[] => scene.free(service, signs).filter((facts) => !told.has(facts));
    return [
      ...gaps(crowd, left(SIGN.stuck))
        .filter((group) => hasMany(group, 'client'))
        .flatMap((group) => silent(scene, all, group) ?? ofPart(scene, service, group) ?? []),
      ...stalls(crowd, left(SIGN.stalled))
        .filter((group) => hasMany(group, 'client'))
        .flatMap((group) => healed(scene, all, group) ?? []),
    ];
  });
}

/** Of some of the hosts behind an address. */
function ofPart(scene: Scene, service: Service, group: readonly Silence[]): Detected | null {
  const members = group.map(({ of }) => of).filter((facts) => !scene.isExplained(facts));
  if (members.length < FEW) return null;
  const moments = group.map(({ from }) => from);
  return partlySilent(service, members, Math.min(...moments), Math.max(...moments));
}

/**
 * Groups of silences that may have begun in the same moment: within a second, or each behind the last word that was
 * heard, and before what was never acknowledged. Who is spoken to more seldom is found out to be gone later.
 */
function gaps(crowd: Crowd, all: readonly Facts[]): Silence[][] {
  const silences = collect(all, silenceOf).sort((a, b) => a.from - b.from);
  return consecutive(
    silences, ({ of, by, from }, [first]) => from - first.from <= TOGETHER || !(of.heard[1 - by]! > first.from),
  ).filter((group) => group.length >= FEW && isNoChance(crowd, group, silences, ({ from }) => from));
}

/** Groups of silences that began together. */
function moments(crowd: Crowd, pair: readonly Facts[]): Silence[][] {
  const silences = collect(pair, silenceOf).sort((a, b) => a.from - b.from);
  return consecutive(silences, ({ from }, [first]) => from - first.from <= TOGETHER).filter(
    (group) => group.length >= FEW && isNoChance(crowd, group, silences, ({ from }) => from),
  );
}

/** When an end sent what was never acknowledged, and again and again, though it had just heard of its peer. */
function silenceOf(of: Facts): Silence | null {
  if ((of.signs & SIGN.stuck) === 0) return null;
  for (const by of [0, 1] as const) {
    const other = (1 - by) as 0 | 1;
    // Both repeat, and only what one of them sends is acknowledged: the other is not heard.
    if (
      of.repeats[0] >= REPEATS && of.repeats[1] >= REPEATS && of.stuckSince[by] >= 0 &&
      !(of.stuckSince[other] >= 0) && of.turnOf === by
    )
      return { of, from: of.payloadAt, by };
    const from = of.stuckSince[by];
    // It had made progress before; and what is stuck is no larger than what came through, else only large segments are
    // lost.
    if (
      !(from >= 0) || of.repeats[by] < REPEATS || of.largestAcknowledged[by] === 0 || isOnlyLarge(of, by) ||
      (of.heard[other] > from + of.roundTrip + SECOND / 10 && !endedInVain(of, by)) || closedThen(of, other, from)
    )
      continue;
    // Lively, or of a slower beat: it had outlived as long a silence.
    if (from - of.heard[other] < Math.max(LIVELY, of.longestQuiet * JITTER)) return { of, from, by };
  }
  return null;
}

/**
 * Whether the next word of the peer, behind the silence in which this end sent again, only drew its RST, or came as
 * what this end sent drew one: one of them had given up, and its FIN never went out, or what it was is gone.
 */
function endedInVain({ stall, reset, heard }: Facts, by: 0 | 1): boolean {
  const at = heard[1 - by]!;
  return (
    stall?.by === by && reset !== null && reset.bare && at > stall.from + stall.lasted && reset.at >= at &&
    reset.at - at < SECOND / 10
  );
}

/** Whether an end closed in that moment: it was there, and what came to it then crossed its FIN or RST. */
function closedThen({ closer, closeAt, roundTrip }: Facts, end: 0 | 1, from: Time): boolean {
  return closer === end && closeAt >= from - roundTrip - SECOND / 10 && closeAt <= from + roundTrip + SECOND / 10;
}

/** Larger than this a segment may be too large for the road. */
const LARGE = 512;

function isOnlyLarge({ largestAcknowledged, largestSent }: Facts, by: 0 | 1): boolean {
  return largestSent[by] > LARGE && largestAcknowledged[by] < largestSent[by] / 2;
}

/**
 * Whether it was idle when the others fell silent, and nobody answered from then on: it does not show the moment, and
 * has met it.
 */
function foundOutLater({ heard, stuckSince, repeats }: Facts, from: Time, ends: ReadonlySet<0 | 1>): boolean {
  return ([0, 1] as const).some(
    (by) => ends.has(by) && stuckSince[by] >= from && repeats[by] >= REPEATS && !(heard[1 - by]! > from),
  );
}

function silent(scene: Scene, pair: readonly Facts[], group: readonly Silence[]): Detected | null {
  const members = group.map(({ of }) => of).filter((facts) => !scene.isExplained(facts));
  if (members.length < FEW) return null;
  const isMember = new Set(members);
  const from = Math.min(...group.map((silence) => silence.from));
  const window = Math.max(...group.map((silence) => silence.from)) - from;
  const isOlder = (facts: Facts): boolean =>
    facts.start < from && !isMember.has(facts) && (facts.closer === -1 || facts.closeAt > from);
  // One that was open before and spoke on both sides after: the road is whole.
  if (pair.some((facts) => isOlder(facts) && facts.heard[0] > from + TOGETHER && facts.heard[1] > from + TOGETHER))
    return null;
  const open = members.length + pair.filter(isOlder).length;
  const ends = new Set(group.map(({ by }) => by));
  const later = pair.filter((facts) => isOlder(facts) && foundOutLater(facts, from, ends));
  members.push(...later.filter((facts) => !scene.isExplained(facts)));
  const { client, service, server, by: whose } = hostsOf(members);
  const back = pair.filter(({ start, established }) => start > from && !Number.isNaN(established)).length;
  // Who sends again and gives up may say so by a RST of its own.
  const resets = group.filter(
    ({ of, by }) => isMember.has(of) && of.reset !== null && of.reset.at > from && of.reset.by !== by,
  ).length;
  const isOneWay = group.every(({ of: { repeats } }) => repeats[0] >= REPEATS && repeats[1] >= REPEATS);
  const deaf = group.every(({ by }) => by === 0) ? server : group.every(({ by }) => by === 1) ? client : null;
  const way =
    deaf === null
      ? ' nothing came any more'
      : isOneWay
        ? ` nothing reaches ${deaf} any more, which asks again and again`
        : ` nothing of ${deaf} came any more`;
  const connects = pair.filter(({ start, attempts }) => start > from && attempts > 0);
  // Whoever knocks at a host that is gone is not answered either: that is no fault of its own.
  const knocking = resets === 0 && connects.every(({ packets }) => packets[1] === 0) ? connects : [];
  const after =
    resets > 0
      ? `; then RSTs of a host that did not know ${resets} of them`
      : back > 0
        ? `; new ones were taken`
        : knocking.length > 0
          ? `; ${several(knocking.length, 'later connect')} got no answer either`
          : '';
  return {
    severity: 'error', confidence: back > 0 || resets > 0 ? 'likely' : 'possible', service, by: whose,
    message:
      `${members.length} of ${open} connections between ${client} and ` +
      `${service === null ? server : place(service)} fell silent at once, within ` +
      `${seconds(window)}, in the middle:${way}${after}.`,
    advice: [
      back > 0 || resets > 0
        ? 'State was lost on the way or at the host: a firewall that was reloaded or flushed, a failover of a ' +
          'router, a load balancer or an address. Look what changed at this moment; let the standby take the state ' +
          'over (conntrackd, VRRP with session sync).'
        : 'Look what changed at this moment: a firewall rule or reload that drops what is established, a link or ' +
          'host that went down, a failover.',
      'Ends learn of it by their own timers alone: TCP_USER_TIMEOUT or keepalives of some ten seconds, timeouts ' +
        'in the client, a pool that validates.',
    ],
    numbers: {
      connections: members.length, of: open, window: inSeconds(window), ...(resets > 0 ? { resets } : {}), newer: back,
    },
    refutes: 'one of the older connections that goes on after this moment', members, beside: knocking, first: from,
    last: from + window,
  };
}
