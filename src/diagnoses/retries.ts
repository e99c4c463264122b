import { groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import { IDENTIFICATION } from '../findings/refused.js';
import { MANY_CLIENTS, byClient, clientsInWords, inSeconds, place, seconds, sentNoMore } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import { wordsOf } from '../tcp/network-error.js';
import type { Facts, Undelivered } from './facts.js';
import type { Service } from './gathering.js';
import * as SIGN from './signs.js';

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
      const alike = groupsBy(all, ({ how, rejecting, isServed }) => `${how} ${rejecting === null && isServed}`);
      return [...alike.values()].flatMap((group) => together(service, group));
    });
  },
};

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
function together(service: Service, group: readonly Tried[]): Detected[] {
  const clients = new Set(group.map(({ client }) => client));
  const { isServed, rejecting } = group[0]!;
  // One sender of one error: what it says holds for all of them.
  if (rejecting !== null && clients.size > 1) return [joined(service, group)];
  if (clients.size >= MANY_CLIENTS && (!isServed || group.length >= COMES_AND_GOES)) return [joined(service, group)];
  return [...groupsBy(group, ({ client }) => client).values()].flatMap((own) =>
    isServed && own.length >= COMES_AND_GOES ? [joined(service, own)] : own.map(({ detected }) => detected),
  );
}

function joined(service: Service, group: readonly Tried[]): Detected {
  const clients = new Set(group.map(({ client }) => client));
  const each = group.map(({ detected }) => detected);
  const members = each.flatMap((one) => one.members).sort((a, b) => a.frame - b.frame);
  const starts = members.map(({ start }) => start);
  const lasted = Math.max(...starts) - Math.min(...starts);
  const intervals = each.map(({ numbers }) => numbers['interval']!).sort((a, b) => a - b);
  const { how, rejecting, detected: { severity, confidence, advice, refutes } } = group[0]!;
  const served = group.filter((one) => one.isServed).length;
  const isServed = served > 0;
  const isOnTheWay = rejecting !== null && rejecting !== service.address;
  return {
    severity, confidence, service: { address: service.address, port: service.port },
    by: isOnTheWay ? { role: 'path', address: rejecting } : { role: 'server', address: service.address },
    message:
      `${clientsInWords(clients)} tried ${members.length} times in ${seconds(lasted)} to connect to ` +
      `${place(service)}, ${how}` +
      `${isServed ? `; ${servedInWords(served, clients.size)}` : ''}.`,
    advice: [
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
      refused: each.reduce((sum, { numbers }) => sum + numbers['refused']!, 0), seconds: inSeconds(lasted),
      interval: intervals[intervals.length >> 1]!, ...(isServed ? { served } : {}),
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

function told(scene: Scene, service: Service, client: string, { failed, success }: Run): Tried | null {
  // The last ones may still be answered when the capture ends.
  const members = failed.filter(
    (facts) =>
      !scene.isExplained(facts) &&
      (facts.packets[1] > 0 || facts.attempts > 1 || facts.undelivered !== null || scene.end - facts.lastSyn >= SECOND),
  );
  if (members.length < FEW) return null;
  // Those that were taken and reset before a word was said: something listens there.
  const taken = members.filter(({ synAck }) => !Number.isNaN(synAck)).length;
  const refused = members.filter(({ reset, synAck }) => reset?.by === 1 && Number.isNaN(synAck)).length;
  const starts = members.map(({ start }) => start);
  const lasted = starts.at(-1)! - starts[0]!;
  const distances = starts.slice(1).map((start, index) => start - starts[index]!);
  const sorted = distances.toSorted((a, b) => a - b);
  const middle = sorted[sorted.length >> 1]!;
  // A browser's several at once have no distance that tells.
  const isEven = middle * distances.length > lasted / EVEN;
  const isSteady = distances.at(-1)! < BACKS_OFF * distances[0]!;
  const error = errorOf(members);
  const how = outcomeOf(members, error, refused, taken);
  const detected: Detected = {
    severity: service.port === IDENTIFICATION && refused === members.length ? 'info' : 'warning',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: taken === members.length ? { role: 'server', address: service.address } : { role: 'client', address: client },
    message:
      `${client} tried ${members.length} times in ${seconds(lasted)} to connect to ` +
      `${place(service)}${isEven ? ` (every ${seconds(middle)})` : ''}, ` +
      `${how}${success === null ? '' : `; ${seconds(success.start - starts.at(-1)!)} later it was served`}.`,
    advice: [
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
    numbers: { attempts: members.length, refused, seconds: inSeconds(lasted), interval: inSeconds(middle) },
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

/** What became of attempts of which so many were refused, and so many taken and reset. */
function outcomeOf(members: readonly Facts[], error: Undelivered | null, refused: number, taken: number): string {
  if (error !== null) return `rejected each time: ${error.by} says that ${wordsOf(error)}`;
  const unanswered = members.length - refused - taken;
  if (refused === members.length) return 'refused each time: nothing listens there';
  if (taken === members.length) return 'taken and reset each time, before a word was said';
  if (unanswered === members.length) return 'never answered';
  return [
    ...(refused > 0 ? [`${refused} times refused`] : []),
    ...(taken > 0 ? [`${taken} times taken and reset`] : []),
    ...(unanswered > 0 ? [`${unanswered} times not answered`] : []),
  ].join(', ');
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
