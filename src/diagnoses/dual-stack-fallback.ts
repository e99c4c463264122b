import { groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { MANY_CLIENTS, clientsInWords, inSeconds, place, seconds } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import * as SIGN from './facts/signs.js';

/** Attempts that fail in one family and succeed in the other before it is a habit; and which part of all. */
const FEW = 2;
const SHARE = 0.8;
/**
 * The next address is tried after 250 ms, 2 s at most (RFC 8305 §8). At the tap the first attempt may stand behind the
 * second: its SYN waited for the neighbour to be found (RFC 4861 §7.2.2).
 */
const NEXT: Duration = 2 * SECOND;

/** Clients that try one family of addresses, fail, and are served over the other at once. */
export const dualStackFallback: DiagnosisDetector = {
  id: 'dual-stack-fallback',
  title: 'Dual-stack fallback',
  explains: { refused: [], unanswered: [], 'unexpected-reset': [], 'linger-reset': [], 'incomplete-handshake': [] },
  signs: SIGN.noSynAck,
  detect(scene, services) {
    const families = new Set(scene.services.map(({ address }) => address.includes(':')));
    if (families.size < 2) return [];
    const succeeded = new Map<string, ByEnds>();
    return services.flatMap((service) => {
      const failed = scene.free(service, SIGN.noSynAck)
        .filter(isFailed)
        .sort((a, b) => a.start - b.start);
      if (failed.length < FEW) return [];
      const key = `${service.port} ${service.address.includes(':')}`;
      const others = succeeded.get(key) ?? servedBeside(scene, service);
      succeeded.set(key, others);
      return ofClients(scene, service, failed, others);
    });
  },
};

/** Connections of one client to one server each, in order of time. */
type ByEnds = ReadonlyMap<string, readonly Facts[]>;

/** What services at the same port served over the other family. */
function servedBeside(scene: Scene, { address, port }: Service): ByEnds {
  const served = scene.services
    .filter((other) => other.port === port && other.address.includes(':') !== address.includes(':'))
    .flatMap((other) => scene.showing(other, SIGN.served))
    .sort((a, b) => a.start - b.start);
  return groupsBy(served, endsOf);
}

function endsOf({ client, server }: Pick<Facts, 'client' | 'server'>): string {
  return `${client} ${server}`;
}

/** An attempt that failed, and the connection that came in its place. */
interface Pair {
  readonly of: Facts;
  readonly next: Facts;
}

/**
 * The attempts that failed, each with the connection of one client to one server over the other family that came with
 * it; null where these two do not go together.
 */
function sideBySide(failed: readonly Facts[], served: readonly Facts[]): readonly Pair[] | null {
  const pairs: Pair[] = [];
  let from = 0;
  for (const of of failed) {
    while (from < served.length && served[from]!.start < of.start - NEXT) from++;
    const next = served[from];
    if (next === undefined || next.start > of.start + NEXT) continue;
    pairs.push({ of, next });
    from++;
  }
  if (pairs.length < FEW || pairs.length < SHARE * failed.length) return null;
  const meanwhile = served.filter(
    ({ start }) => start >= failed[0]!.start - NEXT && start <= failed.at(-1)!.start + NEXT,
  ).length;
  return pairs.length < SHARE * meanwhile ? null : pairs;
}

/** How likely one of the others did all this by chance, at most. */
const BY_CHANCE = 0.01;

/**
 * That of one who connects so often in `span`, each time so near to one of the attempts that failed: these moments are
 * a part of that time.
 */
function chance(pairs: readonly Pair[], failed: readonly Facts[], span: Duration): number {
  const lag = lagOf(pairs);
  const near = Math.min(2 * lag * failed.length, failed.at(-1)!.start - failed[0]!.start + 2 * lag);
  return Math.min(1, near / span) ** pairs.length;
}

/** The longest time from an attempt to its connection. */
function lagOf(pairs: readonly Pair[]): Duration {
  return Math.max(...pairs.map(({ of, next }) => Math.abs(next.start - of.start)));
}

/** Each client by itself; where many do it, these together. */
function ofClients(scene: Scene, service: Service, failed: readonly Facts[], others: ByEnds): Detected[] {
  const fell: { readonly pairs: readonly Pair[]; readonly of: number }[] = [];
  const left: Facts[] = [];
  for (const own of groupsBy(failed, ({ client }) => client).values()) {
    const pairs = own.length < FEW ? null : ownPairs(scene, own, others);
    if (pairs === null) left.push(...own);
    else fell.push({ pairs, of: own.length });
  }
  const told =
    fell.length < MANY_CLIENTS
      ? fell.map(({ pairs, of }) => fallback(service, pairs, of, 'likely'))
      : [fallback(service, fell.flatMap(({ pairs }) => pairs), fell.reduce((sum, { of }) => sum + of, 0), 'likely')];
  const crowd = crowdPairs(left, others, fell.flatMap(({ pairs }) => pairs));
  return crowd === null ? told : [...told, fallback(service, crowd, left.length, 'possible')];
}

/** What one client was served in place of its attempts; null where that does not show. */
function ownPairs(scene: Scene, failed: readonly Facts[], others: ByEnds): readonly Pair[] | null {
  // Whose address of the other family it is shows by time alone: its attempts and those connections go together, and
  // neither comes often without the other. Of several it is the one that follows the soonest.
  const pairs = [...others.values()]
    .map((own) => sideBySide(failed, own))
    .filter((own) => own !== null)
    .sort((one, other) => lagOf(one) - lagOf(other))[0];
  if (pairs === undefined) return null;
  if (others.size === 1) return pairs;
  // Who connects at no other time does so in the whole capture.
  const { client, server } = pairs[0]!.next;
  const isAll = pairs.length >= SHARE * others.get(endsOf({ client, server }))!.length;
  const span = isAll ? scene.end - scene.start : failed.at(-1)!.start - failed[0]!.start + 2 * NEXT;
  return others.size * chance(pairs, failed, span) > BY_CHANCE ? null : pairs;
}

/**
 * Of many clients whose attempts come too close together to be told apart: as many connections over the other family,
 * of as many clients, and hardly any without an attempt beside it.
 */
function crowdPairs(failed: readonly Facts[], others: ByEnds, known: readonly Pair[]): readonly Pair[] | null {
  const clients = new Set(failed.map(({ client }) => client)).size;
  if (clients < MANY_CLIENTS) return null;
  const taken = new Set(known.map(({ next }) => next));
  const served = [...others.values()].flat().filter((facts) => !taken.has(facts)).sort((a, b) => a.start - b.start);
  const pairs = sideBySide(failed, served);
  if (pairs === null) return null;
  const serving = new Set(pairs.map(({ next: { client } }) => client)).size;
  return Math.min(serving, clients) < SHARE * Math.max(serving, clients) ? null : pairs;
}

function fallback(
  service: Service, pairs: readonly Pair[], of: number, confidence: Detected['confidence'],
): Detected {
  const longest = lagOf(pairs);
  const clients = new Set(pairs.map((pair) => pair.of.client));
  const { server, serverPort } = pairs[0]!.next;
  const [family, other] = service.address.includes(':') ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6'];
  const refused = pairs.filter((pair) => pair.of.reset !== null).length;
  return {
    severity: 'info',
    confidence,
    service: { address: service.address, port: service.port },
    by: { role: 'client', address: pairs[0]!.of.client },
    message:
      `${clientsInWords(clients)} ${clients.size === 1 ? 'tries' : 'try'} ${family} first, ${place(service)} ` +
      `${refused === pairs.length ? 'refuses' : 'does not answer'}, and ${clients.size === 1 ? 'is' : 'are'} served ` +
      `over ${other} (${place({ address: server, port: serverPort })}) within ${seconds(longest)}: ${pairs.length} ` +
      `of ${of}.`,
    advice: [
      `Let the service listen on ${family}, too (\`listen [::]:${service.port}\`), or take its ` +
        `${family === 'IPv6' ? 'AAAA' : 'A'} record away: it spares each client a vain attempt.`,
    ],
    numbers: {
      matching: pairs.length, of, seconds: inSeconds(longest), ...(clients.size > 1 ? { clients: clients.size } : {}),
    },
    refutes: `clients that need ${place(service)} and are not served elsewhere`,
    members: pairs.map((pair) => pair.of),
  };
}

function isFailed({ attempts, synAck, packets, reset }: Facts): boolean {
  return attempts > 0 && Number.isNaN(synAck) && (packets[1] === 0 || reset?.by === 1);
}
