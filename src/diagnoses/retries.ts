import { groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import { IDENTIFICATION } from '../findings/refused.js';
import {
  MANY_CLIENTS, byClient, clientsInWords, everyone, inSeconds, isRefused, place, seconds, sentNoMore, stood,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import { wordsOf } from '../tcp/network-error.js';
import type { Facts, Undelivered } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import * as SIGN from './facts/signs.js';

/** Attempts that fail one after the other before it is told. */
const FEW = 3;
/**
 * The last distances are no more than so many times the first ones: who backs off doubles each (RFC 6298 §5.5 does;
 * gRPC by 1.6).
 */
const BACKS_OFF = 2;

/** The middle distance is told where it is no less than this part of the usual one. */
const EVEN = 4;

/** One client that tries again and again what fails each time. */
export const retries: DiagnosisDetector = {
  id: 'retries',
  title: 'Retries in vain',
  explains: {
    refused: [],
    unanswered: [],
    'unexpected-reset': [],
    'incomplete-handshake': [],
    'rst-after-push': ['no-socket'],
  },
  signs: SIGN.noSynAck | SIGN.serverReset,
  detect(scene, services) {
    return services.flatMap((service) => {
      const failing = scene.freeByAnyClient(service, SIGN.noSynAck | SIGN.serverReset);
      const all = [...failing].flatMap(([client, failed]) =>
        failed.length < FEW
          ? []
          : runs(notReused(byClient(service).get(client)!)).flatMap((run) => told(scene, service, client, run) ?? []),
      );
      if (all.length === 0) return [];
      const seldom = [...failing].flatMap(([client, failed]) =>
        failed.length < FEW ? (neverServed(scene, byClient(service).get(client)!) ?? []) : [],
      );
      const alike = groupsBy(all, ({ how, rejecting, isServed }) => `${how} ${rejecting === null && isServed}`);
      return [...alike.values()].flatMap((group) => {
        const [{ how, isServed }] = group as [Tried, ...Tried[]];
        return together(service, group, isServed ? [] : seldom.filter((one) => one.how === how));
      });
    });
  },
};

/** What a client tried in vain too seldom for a story of its own. */
interface Seldom {
  readonly client: string;
  readonly how: string;
  readonly members: readonly Facts[];
}

function neverServed(scene: Scene, own: readonly Facts[]): Seldom | null {
  const [{ failed, success } = { failed: [], success: null }, ...more] = runs(notReused(own));
  const members = failedOf(scene, failed);
  const [first] = members;
  if (first === undefined || success !== null || more.length > 0) return null;
  return { client: first.client, how: howOf(members), members };
}

/** What one client tried in vain, and what became of it: whether it was served at last. */
interface Tried {
  readonly client: string;
  readonly how: string;
  /** Who rejected each attempt by an ICMP error, always the same one; null where they failed otherwise. */
  readonly rejecting: string | null;
  readonly isServed: boolean;
  readonly detected: Detected;
}

/** Times that a client was served behind failures before it is one story: what it asks for comes and goes. */
const COMES_AND_GOES = 3;

/**
 * One story of what many clients tried in vain: what they ask for is not there; of those that were served at last, if
 * this happened again and again.
 */
function together(service: Service, group: readonly Tried[], seldom: readonly Seldom[]): Detected[] {
  const clients = new Set([...group, ...seldom].map(({ client }) => client));
  const { isServed, rejecting } = group[0]!;
  // One sender of one error: what it says holds for all of them.
  if (rejecting !== null && clients.size > 1) return [joined(service, group, seldom)];
  if (clients.size >= MANY_CLIENTS && (!isServed || group.length >= COMES_AND_GOES))
    return [joined(service, group, seldom)];
  return [...groupsBy(group, ({ client }) => client).values()].flatMap((own) =>
    isServed && own.length >= COMES_AND_GOES ? [joined(service, own, [])] : own.map(({ detected }) => detected),
  );
}

function joined(service: Service, group: readonly Tried[], seldom: readonly Seldom[]): Detected {
  const clients = new Set([...group, ...seldom].map(({ client }) => client));
  const each = group.map(({ detected }) => detected);
  const members = [...each, ...seldom].flatMap((one) => one.members).sort((a, b) => a.frame - b.frame);
  const starts = members.map(({ start }) => start);
  const lasted = Math.max(...starts) - Math.min(...starts);
  const intervals = each.map(({ numbers }) => numbers['interval']!).sort((a, b) => a - b);
  const { how, rejecting, detected: { severity, confidence, advice, refutes } } = group[0]!;
  const served = group.filter((one) => one.isServed).length;
  const isServed = served > 0;
  const isOnTheWay = rejecting !== null && rejecting !== service.address;
  const standing = how === REFUSED ? servedOn(service, members) : 0;
  return {
    severity, confidence, service: { address: service.address, port: service.port },
    by: isOnTheWay ? { role: 'path', address: rejecting } : { role: 'server', address: service.address },
    message:
      `${clientsInWords(clients)} tried ${members.length} times in ${seconds(lasted)} to connect to ` +
      `${place(service)}, ${whileOthers(how, standing)}` +
      `${isServed ? `; ${servedInWords(served, clients.size)}` : ''}.`,
    advice: [
      ...noRoomAdvice(standing),
      ...(isServed
        ? [
            `See why ${place(service)} comes and goes: a process that is started again and again (\`systemctl status\`, ` +
              '`kubectl describe pod`: CrashLoopBackOff), or one of several hosts behind this address that is down.',
          ]
        : []),
      ...advice.map((line) => line.replace(`${group[0]!.client} asks`, 'its clients ask')),
    ],
    numbers: {
      attempts: members.length, clients: clients.size,
      refused: members.filter(isRefused).length, seconds: inSeconds(lasted),
      interval: intervals[intervals.length >> 1]!, ...(isServed ? { served } : {}),
      ...(standing > 0 ? { standing } : {}),
    },
    refutes, members,
  };
}

/** How often they were served behind what failed: once by one of several clients. */
function servedInWords(served: number, clients: number): string {
  if (served === 1 && clients > 1) return 'one of them was served at last';
  return `${served} times ${clients === 1 ? 'it was' : 'they were'} served at last`;
}

interface Run {
  readonly failed: readonly Facts[];
  /** The attempt that succeeded behind them; null where none did. */
  readonly success: Facts | null;
}

/**
 * Ports of a connection that stood may fail for that, which is another fault (time-wait-reuse); or the tap saw the SYN
 * behind what answers it.
 */
function notReused(own: readonly Facts[]): Facts[] {
  const stood = new Set(
    own.filter((facts) => facts.attempts === 0 || !isFailed(facts)).map(({ clientPort }) => clientPort),
  );
  return own.filter((facts) => facts.attempts > 0 && (!isFailed(facts) || !stood.has(facts.clientPort)));
}

/** What failed without a success between. */
function runs(own: readonly Facts[]): Run[] {
  const all: Run[] = [];
  let failed: Facts[] = [];
  for (const facts of own.toSorted((a, b) => a.start - b.start)) {
    if (isFailed(facts)) {
      failed.push(facts);
      continue;
    }
    if (failed.length > 0) all.push({ failed, success: facts });
    failed = [];
  }
  if (failed.length > 0) all.push({ failed, success: null });
  return all;
}

/** The last ones may still be answered when the capture ends. */
function failedOf(scene: Scene, failed: readonly Facts[]): Facts[] {
  return failed.filter(
    (facts) =>
      !scene.isExplained(facts) &&
      (facts.packets[1] > 0 || facts.attempts > 1 || facts.undelivered !== null || scene.end - facts.lastSyn >= SECOND),
  );
}

function told(scene: Scene, service: Service, client: string, { failed, success }: Run): Tried | null {
  const members = failedOf(scene, failed);
  if (members.length < FEW) return null;
  const taken = members.filter(isTaken).length;
  const refused = members.filter(isRefused).length;
  const starts = members.map(({ start }) => start);
  const lasted = starts.at(-1)! - starts[0]!;
  const distances = starts.slice(1).map((start, index) => start - starts[index]!);
  const sorted = distances.toSorted((a, b) => a - b);
  const middle = sorted[sorted.length >> 1]!;
  // A browser's several at once have no distance that tells.
  const isEven = middle * distances.length > lasted / EVEN;
  const isSteady = distances.at(-1)! < BACKS_OFF * distances[0]!;
  const error = errorOf(members);
  const how = howOf(members);
  const standing = how === REFUSED ? servedOn(service, members) : 0;
  const detected: Detected = {
    severity: service.port === IDENTIFICATION && refused === members.length ? 'info' : 'warning',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: taken === members.length ? { role: 'server', address: service.address } : { role: 'client', address: client },
    message:
      `${client} tried ${members.length} times in ${seconds(lasted)} to connect to ` +
      `${place(service)}${isEven ? ` (every ${seconds(middle)})` : ''}, ` +
      `${whileOthers(how, standing)}${success === null ? '' : `; ${seconds(success.start - starts.at(-1)!)} later it was served`}.`,
    advice: [
      ...noRoomAdvice(standing),
      ...(taken > 0
        ? [
            `See why ${place(service)} resets what it has taken: a full accept queue ` +
              '(`net.ipv4.tcp_abort_on_overflow`, `nstat -az TcpExtListenOverflows`), a limit of connections, a rule ' +
              'that turns this client away.',
          ]
        : []),
      ...(taken === members.length
        ? []
        : [
            refused > 0
              ? `Start what should listen at ${place(service)} (\`ss -ltnp\`), or correct the address and ` +
                `port that ${client} asks for.`
              : `See whether ${service.address} is up and reached: \`ping\`, ` +
                `\`traceroute -T -p ${service.port}\`, firewalls on the way.`,
          ]),
      ...(isSteady
        ? [
            'Let the client back off: wait twice as long after each failure, with some chance in it, ' +
              'and give up at last.',
          ]
        : []),
    ],
    numbers: {
      attempts: members.length, refused, seconds: inSeconds(lasted), interval: inSeconds(middle),
      ...(standing > 0 ? { standing } : {}),
    },
    refutes: 'attempts between them that were answered and not captured',
    members,
  };
  return { client, how, rejecting: error?.by ?? null, isServed: success !== null, detected };
}

/** The ICMP error that tells of each of them, by the first one's sender; null where not all have the same. */
function errorOf(members: readonly Facts[]): Undelivered | null {
  const errors = members.flatMap(({ undelivered }) => undelivered ?? []);
  const [error] = errors;
  return error !== undefined && errors.length === members.length && errors.every(({ code }) => code === error.code)
    ? error
    : null;
}

/** Taken and reset before a word was said: something listens there. */
function isTaken({ synAck }: Facts): boolean {
  return !Number.isNaN(synAck);
}

const REFUSED = 'refused each time: nothing listens there';

/** What became of these attempts. */
function howOf(members: readonly Facts[]): string {
  const error = errorOf(members);
  if (error !== null) return `rejected each time: ${error.by} says that ${wordsOf(error)}`;
  const taken = members.filter(isTaken).length;
  const refused = members.filter(isRefused).length;
  const unanswered = members.length - refused - taken;
  if (refused === members.length) return REFUSED;
  if (taken === members.length) return 'taken and reset each time, before a word was said';
  if (unanswered === members.length) return 'never answered';
  return [
    ...(refused > 0 ? [`${refused} times refused`] : []),
    ...(taken > 0 ? [`${taken} times taken and reset`] : []),
    ...(unanswered > 0 ? [`${unanswered} times not answered`] : []),
  ].join(', ');
}

/**
 * How many that had been taken before these were refused were served until behind the last of them. Their program is
 * there: it listens no more, or takes no more (devices with a fixed number of connections, lwIP's MEMP_NUM_TCP_PCB).
 */
function servedOn(service: Service, refused: readonly Facts[]): number {
  const from = Math.min(...refused.map(({ start }) => start));
  const until = Math.max(...refused.map(({ start }) => start));
  return everyone(service).filter(
    (facts) => stood(facts) && facts.start < from && facts.turnOf === 1 && facts.payloadAt > until,
  ).length;
}

function whileOthers(how: string, standing: number): string {
  if (standing === 0) return how;
  return (
    `refused each time, while ${standing} that ${standing === 1 ? 'was' : 'were'} taken before ` +
    `${standing === 1 ? 'is' : 'are'} served: it takes no more than so many at a time, or nothing listens there any more`
  );
}

function noRoomAdvice(standing: number): string[] {
  if (standing === 0) return [];
  return [
    'See how many connections it takes at a time (controllers and gateways take one to eight; lwIP ' +
      '`MEMP_NUM_TCP_PCB`), who holds them, and whether they are in use: clients that share one, or close what they ' +
      'do not use.',
    'Or whether its program still listens (`ss -ltnp`): one that drains, or was reloaded, serves its last connections ' +
      'and takes no new ones.',
  ];
}

/**
 * Refused, rejected or not answered; or reset before a word was said. What the tap saw in another order is none of
 * these.
 */
function isFailed(facts: Facts): boolean {
  const { attempts, synAck, bytes, packets, closer, closedByReset, reset, undelivered } = facts;
  // Where the capture has only what the client sends, it answers what was not captured, by a RST, too.
  if (Number.isNaN(synAck) && packets[1] === 0 && !sentNoMore(facts, 0, attempts) && reset?.by !== 1)
    return false;
  if (Number.isNaN(synAck)) return reset?.by === 1 || undelivered !== null || packets[1] === 0;
  return bytes[0] === 0 && bytes[1] === 0 && closer === 1 && closedByReset;
}
