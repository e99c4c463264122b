import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import {
  clientsInWords, collect, everyone, inSeconds, perHost, place, seconds, sentNoMore, several,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import { callsBack } from './firewall-drop/calls-back.js';
import type { Facts } from './facts/facts.js';
import { ATTEMPTS, SYNS, filteredOf, insistence } from './patterns/filtered.js';
import { thinnedTogether, thins } from './firewall-drop/dropped-in-part.js';
import { together } from './firewall-drop/dropped-together.js';
import type { Dropped } from './firewall-drop/dropped-together.js';
import { dropsAnyFirst, dropsForMore } from './firewall-drop/first-syn.js';
import type { Service } from './facts/gathering.js';
import { hushed } from './firewall-drop/hushed.js';
import { passiveFtp } from './firewall-drop/passive-ftp.js';
import * as SIGN from './facts/signs.js';
import { ALWAYS_PASSES } from '../findings/path-mtu.js';

/** Handshakes of which no SYN-ACK was heard. */
const UNHEARD = 2;
/** Clients of whom none hears the answers: where no other port of the host shows that it is a rule. */
const ALONE = 3;
/** Ports of the host that are named. */
const NAMED = 3;

/** Something on the way, or the host's own firewall, that drops SYNs without a word: the host itself is there. */
export const firewallDrop: DiagnosisDetector = {
  id: 'firewall-drop',
  title: 'Firewall that drops',
  explains: {
    unanswered: ['filtered', 'silent'], 'incomplete-handshake': ['unheard', 'given-up'], 'one-way': [],
    'slow-connect': [], 'half-open': ['retransmission-timeout'], 'unacknowledged-fin': [], 'unanswered-request': [],
    'rst-after-push': [], 'linger-reset': [], 'unexpected-reset': [],
  },
  signs: SIGN.noSynAck | SIGN.severalSyns | SIGN.stuck | SIGN.mute,
  detect(scene, services) {
    const present = presentAt(scene);
    const passive = passiveFtp(scene);
    const ofFtp = new Set(passive.flatMap(({ members }) => members));
    const filtered = collect(services, (service) => {
      const members = filteredOf(scene, service).filter((facts) => !ofFtp.has(facts));
      return members.length === 0 ? null : { service, members };
    });
    const heardOfNone = filtered.filter(
      ({ service }) =>
        present(service).length === 0 &&
        scene.showing(service, SIGN.attempted).every(({ synAck }) => Number.isNaN(synAck)),
    );
    const dropped = collect(filtered, ({ service, members }) => drops(scene, service, members, present));
    // Where all that is dropped is of clients whom nobody ever answers, it is they who are filtered.
    const whollyDropped = new Set(dropped.flatMap(({ detected: { members } }) => members));
    const thinned = collect(services, (service) => {
      const told = thins(scene, service);
      return told === null || told.members.every((facts) => whollyDropped.has(facts)) ? null : { service, told };
    });
    const isThinned = new Set(thinned.map(({ service }) => service));
    const told = services.flatMap((service) =>
      [
        dropsBack(scene, service, present), dropsForMore(scene, service),
        isThinned.has(service) ? null : dropsAnyFirst(scene, service),
        swallows(scene, service), filters(scene, service),
      ].flatMap((told) => told ?? []),
    );
    const all = [
      ...passive, ...together(dropped.filter(({ service }) => !isThinned.has(service))),
      ...thinnedTogether(thinned), ...told, ...callsBack(scene, heardOfNone),
    ];
    return [...all, ...hushed(scene, services, new Set(all.flatMap(({ members }) => members)))];
  },
};

/** That a host was heard: at which of its ports, until when; by whom, where a handshake stood. */
interface Presence {
  readonly port: number;
  readonly last: Time;
  readonly client: string;
  readonly established: Time;
}

/** Where else than at this service its host was heard. */
type Present = (service: Service) => readonly Presence[];

function presentAt(scene: Scene): Present {
  const known = perHost(scene, (services) =>
    services.length < 2 ? [] : services.flatMap((service) => collect(everyone(service), presence)),
  );
  return ({ address, port }) => known(address).filter((presence) => presence.port !== port);
}

function presence({ serverPort: port, client, established, heard, reset, packets }: Facts): Presence | null {
  const last = Math.max(Number.isNaN(heard[1]) ? -Infinity : heard[1], reset?.by === 1 ? reset.at : -Infinity);
  return packets[1] > 0 && last > -Infinity ? { port, last, client, established } : null;
}

function drops(
  scene: Scene, service: Service, members: readonly Facts[], present: Present,
): Dropped | null {
  const tried = scene.showing(service, SIGN.attempted);
  const from = Math.min(...members.map(({ start }) => start));
  const heard = present(service);
  const served = tried.filter(({ synAck }) => !Number.isNaN(synAck));
  // A host that says nothing to anybody is down, or the road to it is.
  if (heard.length === 0 && served.length === 0) return null;
  const isThere = heard.some(({ last }) => last > from) || served.some((facts) => facts.heard[1] > from);
  // A host that had fallen silent on what was open before is gone, or unreachable.
  if (!isThere && scene.showing(service, SIGN.stuck).some((facts) => hasFallenSilent(facts, from))) return null;
  const { syns, longest } = insistence(members);
  const ports = [...new Set(heard.map(({ port }) => port))].sort((a, b) => a - b);
  const clients = [...new Set(members.map(({ client }) => client))];
  const all = everyAttempt(tried, members);
  const others = new Set(served.map(({ client }) => client).filter((client) => !clients.includes(client))).size;
  const standing = everyone(service).filter(
    ({ client, start, heard }) => clients.includes(client) && start < from && heard[1] > from,
  ).length;
  // Filters and NATs look at what is new, and let pass what they know (nf_conntrack, "table full, dropping packet";
  // learn.microsoft.com, "Troubleshoot Azure Load Balancer outbound connectivity").
  const isOnlyNew = ports.length === 0 && others === 0 && standing > 0;
  const other =
    ports.length > 0
      ? `${service.address} answers at port ${ports.slice(0, NAMED).join(', ')}`
      : others > 0
        ? `it answers ${several(others, 'other client')}`
        : isOnlyNew ? `${standing} that stood before ${standing === 1 ? 'goes' : 'go'} on` : 'it had answered before';
  const detected: Detected = {
    severity: served.length === 0 ? 'error' : 'warning',
    confidence: isThere ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `${isOnlyNew ? 'Something drops what newly' : 'A firewall drops what'} asks for ${place(service)}: ` +
      `${members.length} of ${all} attempts of ` +
      `${clientsInWords(clients)} were never answered (up to ` +
      `${several(syns, 'SYN')} in ${seconds(longest)}), while ${other}.`,
    advice: [
      ...(isOnlyNew ? [FULL_TABLE] : []),
      `Let it through: \`nft list ruleset\` or \`iptables -S\` on ${service.address} and on the routers before ` +
        `it, security groups and network policies; a rule that rejects in place of dropping spares the wait.`,
      'Capture at the server, too: where the SYN arrives, the host itself drops it; where it does not, something ' +
        'on the way.',
    ],
    numbers: { attempts: members.length, matching: members.length, of: all, syns, seconds: inSeconds(longest) },
    refutes: `a SYN-ACK of ${place(service)} to the same client at that time`,
    members,
  };
  const isEverybody = served.length === 0 && ports.length > 0;
  return { service, isEverybody, other, standing: isOnlyNew ? standing : 0, detected };
}

const FULL_TABLE =
  'What is known passes, and what is new does not: look for a table that is full (`conntrack -S`, ' +
  '`net.netfilter.nf_conntrack_max`; the ports of a NAT to this destination: Azure and AWS count failed SNAT ' +
  'connections and ErrorPortAllocation), and for a rule that was added meanwhile.';

/** Where the SYN-ACKs are lost on the way back: both ends say the same again and again, and neither hears the other. */
function dropsBack(scene: Scene, service: Service, present: Present): Detected | null {
  const members = scene.free(service, SIGN.severalSyns).filter(isUnheard);
  if (members.length < UNHEARD) return null;
  const tried = scene.showing(service, SIGN.attempted);
  const from = Math.min(...members.map(({ start }) => start));
  const until = Math.max(...members.map(({ end }) => end));
  const clients = new Set(members.map(({ client }) => client));
  // The same two hosts hear each other at other ports meanwhile: it is a rule, and not the road.
  const heard = present(service).filter(
    ({ client, established }) =>
      clients.has(client) && established >= from && established <= until,
  );
  const ports = [...new Set(heard.map(({ port }) => port))].sort((a, b) => a - b);
  if (members.length < tried.filter(({ client }) => clients.has(client)).length) return null;
  const again = Math.max(...members.map(({ synAcks }) => synAcks));
  // Nothing else shows whether the road back is cut, or a rule stands on it.
  if (ports.length === 0 && clients.size < ALONE) return null;
  const isRoad = ports.length === 0;
  return {
    severity: 'error',
    confidence: isRoad ? 'possible' : 'likely',
    service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `${isRoad ? 'The way back is cut, or something on it drops' : 'A firewall drops'} what ${place(service)} ` +
      `answers: ${members.length} of ${members.length} handshakes ` +
      `of ${clientsInWords(clients)} got up to ${several(again, 'SYN-ACK')} that never ` +
      `arrived${isRoad ? '' : `, while ${service.address} is heard at port ${ports.slice(0, NAMED).join(', ')}`}.`,
    advice: [
      `Look for a rule about source port ${service.port} on the way back: a firewall at ${service.address} ` +
        `(OUTPUT), before the client (INPUT), or a stateful one that did not see the SYN (asymmetric routes).`,
      'Capture at the client, too: what does not arrive there was dropped between.',
    ],
    numbers: {
      attempts: members.length,
      matching: members.length,
      of: members.length,
      synAcks: again,
      syns: Math.max(...members.map(({ attempts }) => attempts)),
    },
    refutes: `an acknowledgment of a SYN-ACK of ${place(service)}`,
    members,
  };
}

/**
 * What is said behind the handshake never arrives, while the host goes on answering SYNs: a filter that drops by
 * content (a TLS name, a protocol), a SYN proxy or balancer that answers for a server it does not reach (RFC 4987
 * §3.6), a firewall that is shown one direction only. A kernel that is there acknowledges payload by itself, whatever
 * its program does (RFC 9293 §3.8.6.3); one whose accept queue is full sends its SYN-ACK again.
 */
function swallows(scene: Scene, service: Service): Detected | null {
  const stuck = scene.free(service, SIGN.stuck).filter(isSwallowed);
  const all = everyone(service);
  const asked = stuck.filter(({ synAcks }) => synAcks === 1);
  const members = asked.length < stuck.length && isNeverFull(stuck, all) ? stuck : asked;
  if (members.length < ATTEMPTS) return null;
  const from = Math.min(...members.map(({ stuckSince }) => stuckSince[0]));
  const clients = new Set(members.map(({ client }) => client));
  const tried = all.filter(({ client, bytes }) => clients.has(client) && bytes[0] > 0);
  const isThere = all.some(({ synAck }) => synAck > from);
  const repeats = Math.max(...members.map(sentAgain));
  const longest = Math.max(...members.map(({ stuckSince, heard }) => heard[0] - stuckSince[0]));
  const served = tried.filter(({ bytes }) => bytes[1] > 0).length;
  if (!isThere) return null;
  return {
    severity: 'error',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `Something on the way drops what follows the handshake at ${place(service)}: the first request of ` +
      `${members.length} of ${several(tried.length, 'connection')} of ` +
      `${clientsInWords(clients)} was sent again up to ` +
      `${several(repeats, 'time')} in ${seconds(longest)} and never acknowledged, while SYNs are ` +
      `answered${served > 0 ? ` and ${several(served, 'other')} served` : ''}.`,
    advice: [
      'Look for a filter that drops by content (a name in the TLS handshake, a protocol that is not expected at this ' +
        'port), and for what these requests have in common.',
      `Look who answers the SYNs: a SYN proxy, a load balancer or a transparent proxy before ${service.address} that ` +
        'does not reach it, or a stateful firewall that sees one direction only.',
    ],
    numbers: {
      attempts: members.length, matching: members.length, of: tried.length, repeats, seconds: inSeconds(longest),
    },
    refutes: `an acknowledgment of one of these requests, or the same requests captured at ${service.address}`,
    members,
  };
}

/**
 * Whether the queue of a server that sends its SYN-ACK again was not full: SYNs seconds apart were each answered at the
 * first time, and nobody was taken from the first to the last of them. Linux takes no SYN while its accept queue is
 * full (tcp_conn_request: sk_acceptq_is_full), and who answers those that wait would have taken one of these then.
 */
function isNeverFull(stuck: readonly Facts[], all: readonly Facts[]): boolean {
  const starts = stuck.map(({ start }) => start).sort((a, b) => a - b);
  const [from, until] = [starts[0]!, starts.at(-1)!];
  const apart = starts.filter((start, index) => index === 0 || start - starts[index - 1]! >= SECOND).length;
  const waiting = new Set(stuck);
  return (
    apart >= ATTEMPTS && stuck.every(({ attempts }) => attempts === 1) &&
    all.every((facts) => waiting.has(facts) || facts.start > until || facts.end < from || facts.packets[1] === 0)
  );
}

/** How often the client sent its first words again: also between SYN-ACKs, and before a RST, which answer none of it. */
function sentAgain({ synAcks, unanswered, repeats, reset }: Facts): number {
  return synAcks === 1 && reset === null ? unanswered[0] : repeats[0];
}

/** Nothing was heard of the server but its SYN-ACK, and the client's first words again and again. */
function isSwallowed(facts: Facts): boolean {
  const { established, synAcks, stuckSince, stuckLength, reset } = facts;
  // Who answered the SYN may give up in its name: a SYN proxy that does not reach its server.
  const isEndedBy = reset?.by === 1 && !reset.bare && sentAgain(facts) >= SYNS;
  return (
    synAcks >= 1 && sentNoMore(facts, 1, synAcks + (isEndedBy ? 1 : 0)) && (reset === null || isEndedBy) &&
    stuckSince[0] >= established && sentAgain(facts) >= SYNS &&
    stuckLength[0] > 0 && stuckLength[0] <= ALWAYS_PASSES
  );
}

/**
 * A filter that drops what follows the handshake, seen from behind it: nothing of a client comes but its ACKs and FINs,
 * whose sequence numbers stand behind what it had sent (RFC 9293 §3.4). The server has acknowledged none of it, or the
 * tap alone would have missed it.
 */
function filters(scene: Scene, service: Service): Detected | null {
  const members = scene.free(service, SIGN.mute).filter(isFilteredBefore);
  if (members.length < ATTEMPTS) return null;
  const clients = new Set(members.map(({ client }) => client));
  const tried = everyone(service).filter(
    ({ client, established }) => clients.has(client) && !Number.isNaN(established),
  );
  const served = tried.filter(({ bytes }) => bytes[1] > 0).length;
  const most = Math.max(...members.map(({ missing }) => missing[0]));
  const isSmall = members.every(({ missing }) => missing[0] <= ALWAYS_PASSES);
  return {
    severity: 'error',
    confidence: isSmall ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `Something before this tap drops what follows the handshake at ${place(service)}` +
      `${isSmall ? '' : ', or large segments do not fit a road on the way (path MTU)'}: on ${members.length} of ` +
      `${several(tried.length, 'connection')} of ${clientsInWords(clients)} nothing came but ACKs and FINs, whose ` +
      `numbers stand up to ${several(most, 'byte')} behind the handshake: so much was sent, and never arrived here` +
      `${served > 0 ? '; others were served' : ''}.`,
    advice: [
      'Look between the clients and here for a filter that drops by content (a name in the TLS handshake, a protocol ' +
        'that is not expected at this port), and for what these clients have in common.',
      ...(isSmall ? [] : ['Or for a road of a smaller MTU, whose ICMP errors are dropped: clamp the MSS before it.']),
      'Capture at a client, too: there the requests are seen, and how often they were sent again.',
    ],
    numbers: { attempts: members.length, matching: members.length, of: tried.length, bytes: most },
    refutes: 'the same requests captured here',
    members,
  };
}

/** A client sends what is lost again within a second (RFC 6298 §2): one that is lost for so long was dropped each time. */
const DROPPED: Duration = SECOND;

function isFilteredBefore(
  { established, bytes, missing, lacks, closer, closeAt, heard, reset }: Facts,
): boolean {
  return (
    bytes[0] === 0 && bytes[1] === 0 && missing[0] > 0 && !lacks && reset === null &&
    closeAt - established >= DROPPED && (closer === 1 || heard[1] > closeAt)
  );
}

/** Both said it again: the SYN-ACK came back to the tap, and not to the client. */
function isUnheard({ attempts, synAcks, established, bytes, reset }: Facts): boolean {
  return attempts >= SYNS && synAcks >= SYNS && Number.isNaN(established) && bytes[0] === 0 && reset === null;
}

/** Attempts of the clients concerned. */
function everyAttempt(tried: readonly Facts[], members: readonly Facts[]): number {
  const clients = new Set(members.map(({ client }) => client));
  return tried.filter(({ client }) => clients.has(client)).length;
}

/** Whether it was spoken to again and again before `from`, and nothing of the server came any more. */
function hasFallenSilent({ stuckSince, repeats, heard }: Facts, from: Time): boolean {
  return stuckSince[0] < from && repeats[0] >= SYNS && !(heard[1] > stuckSince[0]);
}
