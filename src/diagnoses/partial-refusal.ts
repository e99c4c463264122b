import { consecutive, groupsBy } from '../base/groups.js';
import { lowerBound } from '../base/lower-bound.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { IDENTIFICATION } from '../findings/refused.js';
import { clientsInWords, everyone, isRefused, place, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import { poolMemberGone } from './partial-refusal/pool-member-gone.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware, settingOf } from './software.js';
import type { Recognized } from './software.js';
import { logChoose } from './patterns/timer.js';

/** Refused connects, and spells of them between served ones, before it is told: a restart makes one spell. */
const FEW = 3;

/**
 * Windows asks again on the same port half a second behind a RST, twice or three times (Microsoft, KB 175523, "Winsock
 * TCP Connection Performance to Unused Ports"): that is one connect.
 */
const AGAIN: Duration = SECOND;

/** Beyond this chance refused and served ones may stand as they do by accident. */
const CHANCE = 1e-3;

/** What stands in so few spells would be rarer than this, were each connect refused for itself. */
const CROWDED = 0.01;

/** Where the distances between connects differ by so much, what counts connects is told from what counts time. */
const UNEVEN = 2;

/** TTLs of Windows begin with 128, those of Linux, the BSDs and macOS with 64. */
const OF_UNIX = 64;
const OF_WINDOWS = 128;

const ORDINALS = ['', '', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth'];

/**
 * An address that serves some connects and refuses others meanwhile. One host that listens refuses nobody: Linux and
 * the BSDs drop SYNs where their queues are full (tcp_conn_request; syncache_add), Windows alone answers them by RST
 * (Microsoft, `listen`: WSAECONNREFUSED). So several hosts share it, of which one has no listener, or a rule rejects
 * some.
 */
export const partialRefusal: DiagnosisDetector = {
  id: 'partial-refusal',
  title: 'Refused between served ones',
  explains: { refused: [], unanswered: ['rejected'] },
  signs: SIGN.noSynAck | SIGN.severalSyns,
  detect(scene, services) {
    return services.flatMap((service) => judge(scene, service) ?? poolMemberGone(scene, service));
  },
};

/** What became of one connect: the SYN of a client, and those that it sent again from the same port when refused. */
interface Connect {
  readonly start: Time;
  readonly client: string;
  /** Those of its SYNs that were refused. */
  readonly refusals: readonly Facts[];
  /** What it was taken as, at last; null where it was not. */
  readonly taken: Facts | null;
}

function judge(scene: Scene, service: Service): Detected | null {
  if (service.port === IDENTIFICATION) return null;
  if (scene.free(service, SIGN.noSynAck | SIGN.severalSyns).filter(isMember).length < FEW) return null;
  const connects = connectsOf(scene.free(service, SIGN.attempted));
  const refused = connects.filter(({ refusals }) => refusals.length > 0);
  const served = connects.filter(({ refusals, taken }) => refusals.length === 0 && taken !== null);
  const spells = spellsOf(connects);
  if (refused.length < FEW || spells.length < FEW || served.length < FEW) return null;
  const limit = limitOf(connects);
  // A program that ends and is started again and again refuses in few and long spells, and nothing outlives them.
  const isSpread = chanceOfSpells(spells.length, refused.length, served.length) >= CROWDED;
  if (limit === null && !isSpread && !spells.every((spell) => isOutlived(spell, served))) return null;
  // A process that ends each time takes its sessions with it (restart.ts).
  if (spells.filter((spell) => isBehindEnd(spell[0]!.start, served)).length * 2 >= spells.length) return null;
  return told(scene, service, { connects, refused, served, spells, limit });
}

/** What is known of the connects of a service. */
interface Mixture {
  readonly connects: readonly Connect[];
  readonly refused: readonly Connect[];
  readonly served: readonly Connect[];
  readonly spells: readonly (readonly Connect[])[];
  readonly limit: Limit | null;
}

function told(scene: Scene, service: Service, mixture: Mixture): Detected {
  const { connects, refused, served, spells, limit } = mixture;
  const members = refused.flatMap(({ refusals }) => refusals);
  const ttls = ttlsOf(members, served);
  const every = turnOf(connects);
  const isUneven = every > 0 && areUneven(connects);
  const chosen = limit === null ? chosenClients(refused, served) : 0;
  const retried = refused.filter(({ refusals }) => refusals.length > 1 || refusals[0]!.attempts > 1).length;
  const late = refused.filter(({ taken }) => taken !== null).length;
  const software = serverSoftware(scene, service);
  // Of thousands of ordinary ones only the first are kept.
  const all = connects.length + service.count - everyone(service).length;
  const causes = causesOf(ttls, limit, { every, isUneven, isChosen: chosen > 0 });
  const who =
    chosen > 0
      ? `, always of the same ${several(chosen, 'client')}`
      : ` of ${clientsInWords(refused.map(({ client }) => client))}${every > 0 ? `, every ${ORDINALS[every]} one` : ''}`;
  return {
    severity: late === refused.length ? 'warning' : 'error', confidence: causes.length === 1 ? 'likely' : 'possible',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} refuses ${refused.length} of ${all} connects${who}, and serves ` +
      `others between${whereFrom(ttls)}${limit === null ? '' : wordsOf(limit)}: ` +
      `${causes.map(({ words }) => words).join(', or ')}.` +
      (late === 0 ? '' : ` ${late} were served when they asked again.`),
    advice: [
      ...causes.map(({ advice }) => advice(software)),
      'Capture on the hosts behind the address: where a SYN arrives and is answered by RST, nothing listens; where ' +
        'none arrives, something before them answered it.',
    ],
    numbers: {
      refused: refused.length, of: all, clients: new Set(refused.map(({ client }) => client)).size,
      spells: spells.length, ...(every > 0 ? { every } : {}), ...(retried > 0 ? { retried } : {}),
      ...(late > 0 ? { servedLater: late } : {}), ...(limit === null ? {} : { [limit.of]: limit.least }),
      ...(ttls === null || !ttls.differ ? {} : { ttl: ttls.refusing, serverTtl: ttls.serving }),
    },
    refutes: 'a listener that was closed and opened again at those times (`ss -ltn` on the server, its log)', members,
  };
}

/** What comes later than any host answers was sent by who waited for the host. */
function isRefusedAtOnce(facts: Facts): boolean {
  return isRefused(facts) && facts.reset!.at - facts.lastSyn < SECOND;
}

function isMember(facts: Facts): boolean {
  return isRefusedAtOnce(facts) || isTakenLater(facts);
}

/** Taken with the second SYN or a later one, which have the number of the first: Windows sends the same again. */
function isTakenLater({ attempts, synAck, reset }: Facts): boolean {
  return attempts > 1 && reset?.by === 1 && reset.at < synAck;
}

/** Connects in order of time; without those from ports whose earlier connection stood, which fail for that. */
function connectsOf(all: readonly Facts[]): Connect[] {
  const connects: Connect[] = [];
  for (const own of byClientPort(all)) {
    const inOrder = own.length === 1 ? own : own.toSorted((a, b) => a.start - b.start);
    const stands = inOrder.findIndex(({ synAck }) => !Number.isNaN(synAck));
    const usable = stands === -1 ? inOrder : inOrder.slice(0, stands + 1);
    for (const group of consecutive(usable, ({ start }, before) => start - before.at(-1)!.start < AGAIN)) {
      const taken = group.find(({ synAck }) => !Number.isNaN(synAck)) ?? null;
      const refusals = group.filter(isMember);
      if (taken === null && refusals.length === 0) continue;
      connects.push({ start: group[0].start, client: group[0].client, refusals, taken });
    }
  }
  return connects.sort((a, b) => a.start - b.start);
}

/** By client address and port. */
function byClientPort(all: readonly Facts[]): Iterable<Facts[]> {
  const clients = new Map<string, number>();
  return groupsBy(all, ({ client, clientPort }) => {
    let number = clients.get(client);
    if (number === undefined) clients.set(client, (number = clients.size));
    return (number << 16) | clientPort;
  }).values();
}

/** Refused ones one behind the other, with served ones before and behind. */
function spellsOf(connects: readonly Connect[]): Connect[][] {
  const spells: Connect[][] = [];
  let wasRefused = false;
  for (const connect of connects) {
    const isIt = connect.refusals.length > 0;
    if (isIt && wasRefused) spells.at(-1)!.push(connect);
    else if (isIt) spells.push([connect]);
    wasRefused = isIt;
  }
  return spells;
}

/**
 * How likely it is that so many refused ones stand in so few spells among so many served ones, where each is refused
 * for itself (Wald and Wolfowitz 1940, of the runs of one kind).
 */
function chanceOfSpells(spells: number, refused: number, served: number): number {
  const all = logChoose(refused + served, refused);
  let chance = 0;
  for (let count = 1; count <= spells && count <= served + 1; count++)
    chance += Math.exp(logChoose(refused - 1, count - 1) + logChoose(served + 1, count) - all);
  return chance;
}

/** Whether a connection that was taken before was still answered behind: its process went on. */
function isOutlived(spell: readonly Connect[], served: readonly Connect[]): boolean {
  const from = spell[0]!.start;
  const until = Math.max(...spell.flatMap(({ refusals }) => refusals.map(({ reset }) => reset!.at)));
  return served.some(
    ({ taken }) => taken!.synAck < from && taken!.turnOf === 1 && taken!.payloadAt > until,
  );
}

/** A process that ends closes its sockets together, among them sessions that are older than a moment (restart.ts). */
const TOGETHER: Duration = 5 * MILLISECOND;
const SESSION: Duration = SECOND;

/** Whether all sessions that were open were closed together, shortly before this moment. `served`: in order of time. */
function isBehindEnd(moment: Time, served: readonly Connect[]): boolean {
  const old = lowerBound(served.length, (place) => served[place]!.start < moment - SESSION);
  let sessions = 0;
  let [first, last] = [Infinity, -Infinity];
  // The latest first: of most moments one of these is still open.
  for (let place = old - 1; place >= 0; place--) {
    const { synAck, closer, closeAt } = served[place]!.taken!;
    if (synAck >= moment - SESSION || closeAt < moment - SESSION) continue;
    if (closer !== 1 || closeAt > moment) return false;
    sessions++;
    first = Math.min(first, closeAt);
    last = Math.max(last, closeAt);
    if (last - first > TOGETHER) return false;
  }
  return sessions >= 2;
}

/** A number from which on all are refused, and below which none is. */
interface Limit {
  /** `rate`: connects of the last second; `open`: connections that were open. */
  readonly of: 'rate' | 'open';
  readonly least: number;
}

function limitOf(connects: readonly Connect[]): Limit | null {
  const refused = connects.filter(({ refusals }) => refusals.length > 0).length;
  if (Math.exp(-logChoose(connects.length, refused)) >= CHANCE) return null;
  let oldest = 0;
  const rates = connects.map(({ start }, index) => {
    while (start - connects[oldest]!.start >= SECOND) oldest++;
    return index - oldest;
  });
  const rate = leastOf(connects, rates);
  if (rate > 0) return { of: 'rate', least: rate };
  const taken = connects.flatMap((connect) => connect.taken ?? []);
  const begins = Float64Array.from(taken, ({ synAck }) => synAck).sort();
  const ends = Float64Array.from(taken, endOf).sort();
  let [begun, ended] = [0, 0];
  const open = leastOf(
    connects,
    connects.map(({ start }) => {
      while (begins[begun]! <= start) begun++;
      while (ends[ended]! <= start) ended++;
      return begun - ended;
    }),
  );
  return open > 0 ? { of: 'open', least: open } : null;
}

function endOf({ closer, closeAt }: Facts): Time {
  return closer === -1 ? Infinity : closeAt;
}

/** The least of the refused ones' values where all others' are less; else 0. */
function leastOf(connects: readonly Connect[], values: readonly number[]): number {
  let [least, most] = [Infinity, -Infinity];
  connects.forEach(({ refusals }, index) => {
    if (refusals.length > 0) least = Math.min(least, values[index]!);
    else most = Math.max(most, values[index]!);
  });
  return least > most ? least : 0;
}

function wordsOf({ of, least }: Limit): string {
  return of === 'rate'
    ? `; refused are only those before which ${several(least, 'other')} or more had come within a second`
    : `; refused are only those that came while ${several(least, 'connection')} or more were open`;
}

/** Of how many one is refused, always the last of them; 0 where that does not show. */
function turnOf(connects: readonly Connect[]): number {
  const places = connects.flatMap(({ refusals }, index) => (refusals.length > 0 ? [index] : []));
  const [first, second] = places as [number, number];
  const step = second - first;
  const isEven = places.every((at, index) => at === first + index * step);
  const chance = Math.exp(Math.log(connects.length) - logChoose(connects.length, places.length));
  return isEven && step > 1 && step < ORDINALS.length && chance < CHANCE ? step : 0;
}

function areUneven(connects: readonly Connect[]): boolean {
  const distances = connects.slice(1).map(({ start }, index) => start - connects[index]!.start);
  return Math.max(...distances) > UNEVEN * Math.min(...distances);
}

/** How many clients are refused each time, each more than once, while the others never are; 0 where it is not so. */
function chosenClients(refused: readonly Connect[], served: readonly Connect[]): number {
  const others = new Set(served.map(({ client }) => client));
  const groups = [...groupsBy(refused, ({ client }) => client)];
  const isSo = groups.every(([client, own]) => own.length > 1 && !others.has(client)) && others.size > 1;
  return isSo ? groups.length : 0;
}

/** TTLs of the RSTs and of what is served; whether no RST has one of these. */
interface Ttls {
  readonly refusing: number;
  readonly serving: number;
  readonly differ: boolean;
}

function ttlsOf(refusals: readonly Facts[], served: readonly Connect[]): Ttls | null {
  const serving = new Set<number>();
  for (const { taken } of served) serving.add(taken!.lowestTtl[1]).add(taken!.highestTtl[1]);
  serving.delete(0);
  const [first] = serving;
  if (first === undefined) return null;
  return {
    refusing: refusals[0]!.reset!.ttl, serving: first, differ: refusals.every(({ reset }) => !serving.has(reset!.ttl)),
  };
}

function whereFrom(ttls: Ttls | null): string {
  return ttls?.differ === true
    ? `, from elsewhere: the RSTs have TTL ${ttls.refusing}, what is served ${ttls.serving}`
    : '';
}

/** What may be behind it, and what to do then. */
interface Cause {
  readonly words: string;
  readonly advice: (software: Recognized | null) => string;
}

function rule(words: string): Cause {
  return {
    words,
    advice: () =>
      'Look for a rule that rejects by RST: `iptables -S` and `nft list ruleset` (`hashlimit`, `connlimit` or ' +
      '`limit` with `--reject-with tcp-reset`, `reject with tcp reset`), firewalls and intrusion prevention before it.',
  };
}

function pool(words: string): Cause {
  return {
    words,
    advice: () =>
      'Take the host that refuses out of the pool, or start what should listen there (`ss -ltn` on each): ' +
      '`ipvsadm -Ln`, `kubectl get endpointslices`, the balancer\'s list of servers. Then give the pool a health ' +
      'check that connects (keepalived `TCP_CHECK`, a readiness probe), so that the next one leaves it by itself.',
  };
}

/** So does Windows alone: of these systems no other answers a SYN that it has no room for by RST. */
const queueOfWindows: Cause = {
  words: 'the queue of connections to be accepted is full (Windows refuses then)',
  advice: (software) =>
    `Give listen() a longer backlog (${settingOf('backlog', software)}; \`SOMAXCONN_HINT(N)\` on Windows), and let the ` +
    'program accept faster: more workers, no work before accept().',
};

function causesOf(
  ttls: Ttls | null, limit: Limit | null,
  { every, isUneven, isChosen }: { readonly every: number; readonly isUneven: boolean; readonly isChosen: boolean },
): Cause[] {
  if (isChosen)
    return [
      rule('a rule that goes by their addresses'),
      pool('a balancer that sends them to a host of its pool without a listener'),
    ];
  if (every > 0 && isUneven) return [pool(`one of ${every} hosts of a pool behind this address has no listener`)];
  const isElsewhere = ttls?.differ === true;
  const mayBeWindows = !isElsewhere && ttls !== null && ttls.serving > OF_UNIX && ttls.serving <= OF_WINDOWS;
  return [
    ...(mayBeWindows ? [queueOfWindows] : []),
    ...(limit === null
      ? [
          pool(
            every > 0
              ? `one of ${every} hosts of a pool behind this address has no listener`
              : 'a host of a pool behind this address has no listener',
          ),
        ]
      : []),
    rule(
      limit?.of === 'open'
        ? 'a rule limits how many may be open'
        : limit !== null || every > 0
          ? 'a rule limits their rate'
          : isElsewhere
            ? 'a firewall on the way rejects some'
            : 'a rule rejects some',
    ),
  ];
}
