import { groupsBy } from '../base/groups.js';
import { everyone, firstFew, inSeconds, isRefused, perHost, place, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import { hops } from '../tcp/reset/hops.js';
import type { Facts, Undelivered } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { rejectedAtOnce } from './firewall-reject/rejected-at-once.js';
import { scansOf } from './scan.js';
import * as SIGN from './facts/signs.js';

/** Refused by RSTs of another distance before that is a rule and no change of the route. */
const FEW = 2;
/** Attempts that all fail from which on it is an error. */
const MANY = 3;

/**
 * Something on the way, or the host's own firewall, that turns connections away by ICMP, or by RSTs in the host's
 * name.
 */
export const firewallReject: DiagnosisDetector = {
  id: 'firewall-reject',
  title: 'Firewall that rejects',
  explains: {
    unanswered: ['rejected'],
    refused: [],
    'half-open': [],
    'unanswered-request': [],
    'one-way': [],
    'slow-connect': [],
  },
  signs: SIGN.undelivered | SIGN.noSynAck,
  detect(scene, services) {
    const heard = perHost(scene, (services) =>
      services.flatMap(everyone).map((facts) => ({ port: facts.serverPort, last: facts.heard[1] })),
    );
    const ttls = perHost(scene, ttlsOf);
    const together = rejectedAtOnce(scene, services);
    const told = new Set(together.flatMap(({ members }) => members));
    return [
      ...byIcmp(scene, services, heard), ...together,
      ...services.flatMap((service) => byReset(scene, service, ttls, told)),
    ];
  },
};

/** When a host was heard last at each of its ports, RSTs aside. */
type Heard = (address: string) => readonly { readonly port: number; readonly last: number }[];

/** TTLs of the segments of a host's services that completed a handshake, RSTs aside. */
function ttlsOf(services: readonly Service[]): Set<number> {
  const ttls = new Set<number>();
  for (const service of services) {
    for (const facts of everyone(service)) {
      if (!hasTtl(facts)) continue;
      ttls.add(facts.lowestTtl[1]);
      ttls.add(facts.highestTtl[1]);
    }
  }
  return ttls;
}

function hasTtl({ lowestTtl, packets, synAck }: Facts): boolean {
  return packets[1] > 0 && !Number.isNaN(synAck) && lowestTtl[1] > 0;
}

type Rejected = Facts & { readonly undelivered: Undelivered };

/** What one box turns away is one story, of however many services. */
function byIcmp(scene: Scene, services: readonly Service[], heard: Heard): Detected[] {
  const rejected = services.flatMap((service) =>
    scene
      .free(service, SIGN.undelivered)
      .filter((facts): facts is Rejected => facts.undelivered !== null && isRejected(heard, facts, facts.undelivered))
      .map((facts) => ({ service, facts })),
  );
  const scanned = scannedOf(scene, rejected);
  const left = rejected.filter(({ facts }) => !scanned.has(facts));
  return [...groupsBy(left, ({ facts: { undelivered } }) => undelivered.by)].flatMap(([by, own]) => {
    const groups = [...groupsBy(own, ({ service }) => service)];
    return groups.length < MANY
      ? groups.map(([service, group]) => told([service], by, group.map(({ facts }) => facts)))
      : [told(groups.map(([service]) => service), by, own.map(({ facts }) => facts))];
  });
}

/** What is turned away of a scan is that scan's story, and no harm. */
function scannedOf(scene: Scene, rejected: readonly { readonly facts: Facts }[]): ReadonlySet<Facts> {
  const clients = new Set(rejected.map(({ facts: { client } }) => client));
  return new Set(scansOf(scene, clients).flatMap(({ members }) => members));
}

function told(services: readonly Service[], by: string, members: readonly Rejected[]): Detected {
  const all = services.flatMap(everyone);
  const [service] = services as [Service];
  const where = services.length === 1 ? place(service) : placesOf(services);
  const established = members.filter(({ synAck, isGuessed }) => isGuessed || !Number.isNaN(synAck)).length;
  const attempts = all.filter((facts) => facts.attempts > 0);
  const rejected = new Set<Facts>(members);
  const isAll = attempts.every((facts) => rejected.has(facts));
  const isOwn = services.every(({ address }) => address === by);
  const codes = [...new Set(members.map(({ undelivered }) => `${undelivered.kind}, ${undelivered.code}`))];
  const at = Math.min(...members.map(({ undelivered }) => undelivered.at));
  const first = Math.min(...members.map(({ start }) => start));
  const what =
    established === members.length
      ? `what ${several(established, 'established connection')} to ${where} send`
      : `${members.length} of ${attempts.length} attempts to connect to ` +
        `${where}${established > 0 ? ` and what ${established} established ones send` : ''}`;
  return {
    severity: established > 0 || (isAll && members.length >= MANY) ? 'error' : 'warning',
    confidence: 'likely',
    service: services.length === 1 ? { address: service.address, port: service.port } : null,
    by: { role: isOwn ? 'server' : 'path', address: by },
    message:
      `${isOwn ? `The firewall of ${by} itself` : `${by}, a firewall or router on the way,`} rejects ` +
      `${what} by ICMP (${codes.join('; ')}).`,
    advice: [
      `Change the rule at ${by}: it is the one that does not pass them on (\`nft list ruleset\`, \`iptables -S\`: ` +
        `reject with icmp…).`,
      ...(established > 0
        ? [
            'Established connections that are rejected: a rule that came in between, or a state ' +
              'table that was flushed; accept `ct state established` first.',
          ]
        : []),
    ],
    numbers: {
      rejected: members.length,
      matching: members.length,
      of: all.length,
      ...(established > 0 ? { established, after: inSeconds(at - first) } : {}),
    },
    refutes: `an answer of ${where} to the same segment`,
    members,
  };
}

/** `12 hosts at port 25 (192.0.2.1, 192.0.2.2, 192.0.2.3, …)`. */
function placesOf(services: readonly Service[]): string {
  const addresses = [...new Set(services.map(({ address }) => address))];
  const ports = [...new Set(services.map(({ port }) => port))];
  if (addresses.length === 1) return `${ports.length} ports of ${addresses[0]} (${firstFew(ports)})`;
  return ports.length === 1
    ? `${addresses.length} hosts at port ${ports[0]} (${firstFew(addresses)})`
    : `${services.length} services of ${addresses.length} hosts (${firstFew(services.map(place))})`;
}

/**
 * A host that has no listener answers a TCP segment by RST (RFC 9293 §3.10.7.1): an ICMP error about a port, or a
 * prohibition, is a rule's (REJECT of iptables says port-unreachable by default). That a host or network is not
 * reached says a router of its own accord, too: then the host is to be heard elsewhere.
 */
function isRejected(heard: Heard, facts: Facts, { kind, talker, at, by }: Undelivered): boolean {
  // Errors about an established connection are advice (RFC 1122 §4.2.3.9); what went on was not rejected.
  const wasOpen = facts.isGuessed || !Number.isNaN(facts.synAck);
  if (wasOpen && (facts.heard[1 - talker]! > at || facts.unanswered[talker] === 0)) return false;
  if (kind === 'prohibited' || kind === 'port-unreachable') return true;
  if (kind !== 'host-unreachable' && kind !== 'network-unreachable') return false;
  return (
    by !== facts.server && heard(facts.server).some(({ port, last }) => port !== facts.serverPort && last > facts.start)
  );
}

/** RSTs to SYNs from another distance than that of the host's own segments: a box on the way answers in its name. */
function byReset(
  scene: Scene, service: Service, ttls: (address: string) => ReadonlySet<number>, told: ReadonlySet<Facts>,
): Detected[] {
  const refused = scene.free(service, SIGN.noSynAck).filter((facts) => isRefused(facts) && !told.has(facts));
  if (refused.length < FEW) return [];
  // One that comes from where the host is says that it refuses itself: then its other TTLs need not be looked for.
  const isAsSent = everyone(service).find(hasTtl)?.lowestTtl[1];
  if (isAsSent !== undefined && refused.some(({ reset }) => reset!.ttl === isAsSent)) return [];
  const own = ttls(service.address);
  const [usual] = own;
  if (usual === undefined || own.size > 1) return [];
  const members = refused.filter(({ reset }) => reset!.ttl > 0 && hops(reset!.ttl) !== hops(usual));
  if (members.length < FEW || members.length < refused.length) return [];
  const { ttl } = members[0]!.reset!;
  const nearer = hops(usual) - hops(ttl);
  return [
    {
      severity: members.length >= MANY ? 'error' : 'warning',
      confidence: 'likely',
      service: { address: service.address, port: service.port },
      by: { role: 'path', address: service.address },
      message:
        `A firewall on the way rejects ${several(members.length, 'attempt')} to connect to ${place(service)} ` +
        `by RST in its name: sent ${several(Math.abs(nearer), 'hop')} ${nearer > 0 ? 'nearer' : 'farther'} than ` +
        `${service.address} (TTL ${ttl}, its own ${usual}).`,
      advice: [
        `Look for a rule with \`reject with tcp reset\` (nft), \`--reject-with tcp-reset\` (iptables) or ` +
          `"reset" before ${service.address}.`,
        'Capture at the server, too: there the SYNs do not arrive.',
      ],
      numbers: { rejected: members.length, matching: members.length, of: refused.length, ttl, serverTtl: usual },
      refutes: `a program of ${service.address} that sets the TTL of its own segments`,
      members,
    },
  ];
}
