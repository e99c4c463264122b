import { groupsBy } from '../base/groups.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { TWO_HOSTS_ADVICE } from '../findings/two-hosts.js';
import { UNTRANSLATED_ADVICE } from '../findings/untranslated.js';
import type { Role } from '../tcp/connection.js';
import { isAnotherHost } from './patterns/another-host.js';
import { clientsInWords, collect, everyone, firstFew, inSeconds, place, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { occurrences } from './once.js';
import * as SIGN from './facts/signs.js';
import { adviceOf, inWords, occasionOf } from './firewall-reset/reset-occasion.js';
import type { Forged } from './firewall-reset/reset-occasion.js';

/** Connections that were reset in somebody's name before it is a rule. */
const FEW = 2;
/** In the names of several hosts: two may be chance. */
const SEVERAL = 3;
/** What rejects answers at once. */
const ANSWERS: Duration = 50 * MILLISECOND;
/**
 * Something on the way that ends connections by RSTs in the name of an end: a firewall, an intrusion prevention, a
 * quota.
 */
export const firewallReset: DiagnosisDetector = {
  id: 'firewall-reset',
  title: 'Firewall that resets',
  explains: {
    'forged-reset': [],
    'unexpected-reset': [],
    'rst-after-push': ['no-socket'],
    'half-open': [],
    'unacknowledged-fin': [],
    'unanswered-request': [],
    'ignored-reset': [],
    'reset-storm': [],
    'half-closed': ['killed'],
    'linger-reset': [],
    'tls-handshake-failure': [],
  },
  detect(scene) {
    const far = inManyNames(scene);
    const told = new Set(far.flatMap(({ members }) => members));
    const near = scene.services.flatMap((service) => {
      const all = everyone(service);
      const reset = collect(scene.freeFound(service, 'forged-reset'), (facts) =>
        told.has(facts) ? null : forgedOf(scene, facts),
      );
      if (isAnotherHost(reset.map(({ facts }) => facts), all)) return [];
      return [...groupsBy(reset, ({ finding: { role } }) => role)].flatMap(([role, own]) =>
        alike(role, own).flatMap((group) => {
          if (!isRule(role, group)) return [];
          const isAtFirst = role === 'server' && occasionOf(group).occasion === 'first';
          const known = new Set([...told, ...group.map(({ facts }) => facts)]);
          return resets(service, all, group, isAtFirst ? tooSoon(scene, service, known)?.members : []);
        }),
      );
    });
    const known = new Set([...told, ...near.flatMap(({ members }) => members)]);
    const others = scene.services.flatMap(
      (service) => tooSoon(scene, service, known) ?? rejects(scene, service, known) ?? [],
    );
    return [...far, ...near, ...others];
  },
  once(scene, left) {
    const named = new Set(occurrences(left, 'forged-reset', () => 0).map(({ of }) => of));
    const moved = new Set(
      [...groupsBy(named, ({ service }) => service)].flatMap(([service, own]) =>
        isAnotherHost(own.map(({ facts }) => facts), everyone(service)) ? [service] : [],
      ),
    );
    return [...named].flatMap(({ service, facts }) => {
      if (moved.has(service)) return [];
      const forged = forgedOf(scene, facts);
      if (forged === null || forged.finding.severity === 'info' || forged.finding.confidence === 'possible') return [];
      return [resets(service, everyone(service), [forged])];
    });
  },
};

/** Below this, the way to a host and back is not told from the time its kernel takes. */
const SHORTEST_REACH: Duration = 2 * MILLISECOND;

/**
 * RSTs in the server's name that come before anything behind the handshake can have been there and back: the server has
 * not even heard that it stands (RFC 9293 §3.10.7.4), so that none of its programs had a hand in it. The quickest
 * SYN-ACK of all its connections is the measure: a radio that sleeps, or a name that is still looked up, delays some.
 */
function tooSoon(scene: Scene, service: Service, told: ReadonlySet<Facts>): Detected | null {
  const reset = scene.free(service, SIGN.serverReset).filter(
    (facts) =>
      facts.closer === 1 && facts.closedByReset && !facts.isGuessed && facts.bytes[0] > 0 && facts.bytes[1] === 0 &&
      !told.has(facts),
  );
  if (reset.length < SEVERAL) return null;
  const all = everyone(service);
  const reach = Math.min(...all.map(reachOf).filter((time) => time >= 0));
  const members = reset.filter(({ closeAt, established }) => closeAt - established < reach / 2);
  if (members.length < SEVERAL || reach < SHORTEST_REACH) return null;
  const of = all.filter(({ bytes }) => bytes[0] > 0).length;
  const latest = Math.max(...members.map(({ closeAt, established }) => closeAt - established));
  return {
    severity: 'error', confidence: of - members.length >= SEVERAL ? 'likely' : 'possible',
    service: { address: service.address, port: service.port }, by: { role: 'path', address: service.address },
    message:
      `Something on the way resets ${members.length} of ${several(of, 'connection')} to ${place(service)} in answer ` +
      `to the first request, in the name of ${service.address}: at most ${milliseconds(latest)} after the handshake, ` +
      `where the way there and back takes ${milliseconds(reach)}.`,
    advice: adviceOf('first', 0, service.address),
    numbers: { matching: members.length, of, after: inSeconds(latest), roundTrip: inSeconds(reach) },
    refutes: `the same RSTs in a capture at ${service.address} as it sends them`, members,
  };
}

/** From the tap to the server and back, as its SYN-ACK shows it; NaN where that was not seen. */
function reachOf({ synAck, lastSyn }: Facts): Duration {
  return synAck - lastSyn;
}

function milliseconds(duration: Duration): string {
  return `${(duration / MILLISECOND).toFixed(1)} ms`;
}

/**
 * A service that completes handshakes and resets some of them upon their first request, by a RST without ACK, as no
 * socket that has just opened does, while it answers others: something before it, or its own packet filter, rejects
 * them by what they ask, and the RST looks like its own.
 */
function rejects(scene: Scene, service: Service, told: ReadonlySet<Facts>): Detected | null {
  const members = scene
    .free(service, SIGN.serverReset)
    .filter((facts) => !told.has(facts) && isRejected(scene, facts));
  const [first, last] = [members[0], members.at(-1)];
  if (first === undefined || last === undefined || members.length < SEVERAL) return null;
  const all = everyone(service);
  const served = all.filter(({ start, bytes }) => bytes[1] > 0 && start > first.start && start < last.start);
  const of = all.filter(({ bytes }) => bytes[0] > 0).length;
  if (served.length < FEW) return members.length === of ? rejectsAll(service, members) : null;
  return {
    severity: 'error', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `${members.length} of ${several(of, 'connection')} to ${place(service)} are reset in answer to their first ` +
      `request, right behind the handshake, while it answers others: so does a rule that rejects by content, at ` +
      `${service.address} or before it.`,
    advice: [
      'Look for a rule that resets by what is asked (nft `reject with tcp reset`, iptables `-m string`, an intrusion ' +
        'prevention), in what these requests have in common.',
      `Capture at ${service.address} behind its packet filter: a request that never reaches its socket was rejected.`,
    ],
    numbers: { matching: members.length, of, served: served.length },
    refutes: `a process at ${place(service)} that ends with each of these requests`, members,
  };
}

/**
 * Every first request draws a RST of who has just completed the handshake, and has no socket for what comes behind it:
 * a SYN proxy or a balancer, which keeps nothing until then (RFC 4987 §3.6; NetScaler, CTX695832).
 */
function rejectsAll(service: Service, members: readonly Facts[]): Detected {
  const where = place(service);
  return {
    severity: 'error', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `All ${several(members.length, 'connection')} to ${where} are reset in answer to their first request, right ` +
      `behind the handshake, by who knows nothing of them any more: so does a SYN proxy or balancer before ` +
      `${service.address} that cannot hand them on, or a rule that rejects what follows the handshake.`,
    advice: [
      `Look who answers the SYNs of ${where}: a balancer without a server that is up, a SYN proxy that does not ` +
        'reach it or does not take what comes in another order (NetScaler RST code 8201), a packet filter there.',
      `Capture at ${service.address}, too: where neither SYN nor request arrives, something before it answered.`,
    ],
    numbers: { matching: members.length, of: members.length, served: 0 },
    refutes: `an answer of ${where} to one of these requests`, members,
  };
}

function isRejected(scene: Scene, facts: Facts): boolean {
  const { closer, closedByReset, reset, bytes, established, payloadAt, roundTrip, isGuessed } = facts;
  return (
    closer === 1 && closedByReset && reset !== null && reset.bare && reset.by === 1 && bytes[0] > 0 && bytes[1] === 0 &&
    !isGuessed && payloadAt - established < SECOND && reset.at - payloadAt < 2 * roundTrip + ANSWERS &&
    !scene.findingsOf(facts).some(({ id }) => id === 'incomplete-handshake')
  );
}

function forgedOf(scene: Scene, facts: Facts): Forged | null {
  const finding = scene
    .findingsOf(facts)
    .find(({ id, evidence }) => id === 'forged-reset' && evidence['accepted'] !== false);
  return finding === undefined ? null : { facts, finding };
}

function isRule(role: Role, forged: readonly Forged[]): boolean {
  const isOneName = role === 'server' || forged.every(({ facts: { client } }) => client === forged[0]!.facts.client);
  return forged.length >= (isOneName ? FEW : SEVERAL);
}

/** What resets several clients of a service in one manner is one thing before it, in whichever of their names. */
function alike(role: Role, forged: readonly Forged[]): (readonly Forged[])[] {
  const isOneClient = forged.every(({ facts: { client } }) => client === forged[0]!.facts.client);
  if (role === 'server' || isOneClient) return [forged];
  return occasionOf(forged).occasion === 'moment'
    ? [forged]
    : [...groupsBy(forged, (one) => occasionOf([one]).occasion).values()];
}

/** What resets in the names of several servers lies between them and their clients, and is one. */
function inManyNames(scene: Scene): Detected[] {
  const all = scene.services.flatMap((service) =>
    collect(scene.freeFound(service, 'forged-reset'), (facts) => {
      const forged = forgedOf(scene, facts);
      return forged?.finding.role === 'server' ? forged : null;
    }),
  );
  return [...groupsBy(all, (forged) => occasionOf([forged]).occasion)].flatMap(([occasion, forged]) => {
    const servers = new Set(forged.map(({ facts }) => facts.server));
    if (forged.length < SEVERAL || servers.size < FEW) return [];
    const resets = occasionOf(forged);
    const members = forged.map(({ facts }) => facts);
    const clients = new Set(members.map(({ client }) => client));
    const of = scene.services.flatMap(everyone)
      .filter(({ client, bytes }) => clients.has(client) && bytes[0] + bytes[1] > 0).length;
    const ports = new Set(members.map(({ serverPort }) => serverPort));
    const [first] = members as [Facts];
    const who = clientsInWords(clients);
    const where = `${servers.size} servers${ports.size === 1 ? ` at port ${first.serverPort}` : ''}`;
    return [
      {
        severity: 'error' as const,
        confidence: forged.every(({ finding }) => finding.confidence === 'possible') ? 'possible' : 'likely',
        service: null, by: { role: 'path' as const, address: first.client },
        message:
          `Something on the way resets ${members.length} of ${several(of, 'connection')} of ${who}, to ${where} ` +
          `(${firstFew([...servers])}), ` +
          `${inWords(resets, occasion, members.length)}, in the servers' names, which did not send these RSTs.`,
        advice: adviceOf(occasion, resets.silence, null),
        numbers: { matching: members.length, of, servers: servers.size },
        refutes: 'the same RSTs in a capture at one of the servers as it sends them', members,
      } satisfies Detected,
    ];
  });
}

/** `others`: what was reset so without a sign by which a finding could tell whose RST it is. */
function resets(
  service: Service, all: readonly Facts[], forged: readonly Forged[], others: readonly Facts[] = [],
): Detected {
  const { role } = forged[0]!.finding;
  const end = role === 'client' ? 0 : 1;
  const members = [...forged.map(({ facts }) => facts), ...others];
  const clients = new Set(members.map(({ client }) => client));
  const names = role === 'server' ? new Set([service.address]) : clients;
  const address = names.size === 1 ? [...names][0]! : service.address;
  const inTheirs = names.size === 1 ? `the name of ${address}` : `the names of ${names.size} clients`;
  const of = Math.max(
    members.length, all.filter(({ client, bytes }) => clients.has(client) && bytes[0] + bytes[1] > 0).length,
  );
  const [{ reset, lowestTtl }] = members as [Facts];
  const [ttl, own] = [reset?.by === end ? reset.ttl : 0, lowestTtl[end]];
  const whose = names.size === 1 ? 'its own' : `${members[0]!.client} itself has`;
  const distance = ttl > 0 && own > 0 && ttl !== own ? ` (TTL ${ttl}, ${whose} ${own})` : '';
  const isTwo = forged.every(({ finding: { evidence } }) => evidence['secondHost'] === true);
  const resets = occasionOf(forged);
  const { occasion, silence, carried } = resets;
  // A kernel answers so, from where its socket is, what it takes for no segment of a connection of its own.
  const isAsItsOwn = end === 0 && occasion !== 'idle' &&
    members.every(({ reset: first, lowestTtl: [lowest], highestTtl: [highest] }) =>
      first?.by === 0 && first.bare && first.ttl >= lowest && first.ttl <= highest);
  return {
    severity: forged.length < FEW ? 'warning' : 'error',
    confidence: forged.every(({ finding }) => finding.confidence === 'possible') ? 'possible' : 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'path', address },
    message:
      `Something on the way ` +
      `${of === 1 ? `reset the connection of ${members[0]!.client}` : `resets ${members.length} of ${several(of, 'connection')}`} ` +
      `to ` +
      `${place(service)} ${inWords(resets, occasion, members.length, names.size > 1)}, in ${inTheirs}, ` +
      (isAsItsOwn
        ? `whose program did not close and went on.`
        : `which did not send ${of === 1 ? 'that' : 'these RSTs'}${distance}` +
          `${isTwo ? `; or a second host near it has its address as well` : ''}.`),
    advice: [
      ...adviceOf(occasion, silence, names.size === 1 ? address : members[0]!.client),
      ...(isTwo ? TWO_HOSTS_ADVICE : []),
      ...(isAsItsOwn ? [`${UNTRANSLATED} ${UNTRANSLATED_ADVICE[0]!}`, ...UNTRANSLATED_ADVICE.slice(1)] : []),
    ],
    numbers: {
      matching: members.length, of, ...(names.size === 1 ? {} : { clients: names.size }),
      ...(distance === '' ? {} : { ttl, ownTtl: own }),
      bytes: carried[carried.length >> 1]!,
      ...(occasion === 'idle' ? { seconds: inSeconds(silence) } : {}),
      ...(occasion === 'age' ? { seconds: inSeconds(resets.age) } : {}),
    },
    refutes: `the same RSTs in a capture at ${names.size === 1 ? address : 'the clients'} as it sends them`, members,
  };
}

/** conntrack does not translate back what it calls INVALID (nf_nat_inet_fn); see tcp/untranslated.ts. */
const UNTRANSLATED =
  'Or, where clients reach the service by another address (a Service of Kubernetes, a published port, a balancer): ' +
  'a segment came to the client under the address of the server itself, its kernel knows no such connection, and its ' +
  'RST ends the one to the service.';
