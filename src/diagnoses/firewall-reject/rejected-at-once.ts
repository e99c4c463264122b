import { groupsBy } from '../../base/groups.js';
import { hops } from '../../tcp/reset/hops.js';
import { firstFew, isRefused, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';

/** Networks that are named by RSTs of one TTL before one box has sent them. */
const NETWORKS = 4;
/** Of what refuses the client, this part at least. */
const MOST = 0.75;
/**
 * What all roads of a client share lies this near to it, at most; hosts of one data center may well be all as far away,
 * and lie further.
 */
const NEAR = 5;

/**
 * Hosts of many networks that all refuse one client, by RSTs of one TTL. Roads to so many networks are of many lengths:
 * a box that all of them share refuses in their names (a portal that wants a login first: RFC 7710, RFC 8952; a
 * firewall that lets out nothing but through a proxy, `reject with tcp reset`).
 */
export function rejectedAtOnce(scene: Scene, services: readonly Service[]): Detected[] {
  const refused = services.flatMap((service) => {
    if (networkOf(service.address) === null) return [];
    return scene.free(service, SIGN.noSynAck).filter((facts) => isRefused(facts) && facts.reset!.ttl > 0);
  });
  return [...groupsBy(refused, ({ client }) => client)].flatMap(([client, own]) =>
    [...groupsBy(own, ({ reset }) => reset!.ttl).values()].flatMap((members) => {
      const networks = new Set(members.map(({ server }) => networkOf(server)));
      return networks.size < NETWORKS || members.length < MOST * own.length || hops(members[0]!.reset!.ttl) > NEAR
        ? []
        : [told(client, members, own.length, networks.size)];
    }),
  );
}

function told(client: string, members: readonly Facts[], all: number, networks: number): Detected {
  const { ttl } = members[0]!.reset!;
  const hosts = new Set(members.map(({ server }) => server));
  const ports = [...new Set(members.map(({ serverPort }) => serverPort))].sort((a, b) => a - b);
  const away = hops(ttl);
  return {
    severity: 'error', confidence: 'likely', service: null, by: { role: 'path', address: client },
    message:
      `Something on the way of ${client} refuses what it asks of ${hosts.size} hosts in ${networks} networks, at ` +
      `port${ports.length === 1 ? '' : 's'} ${firstFew(ports)}, ` +
      `by RSTs in their names: ${members.length} of ${all} have TTL ${ttl}, ${several(away, 'hop')} from here, and ` +
      'hosts so far apart are not all as far away.',
    advice: [
      `Open a page over plain HTTP at ${client}: a portal that wants a login first shows itself there.`,
      'Else look for the rule of the firewall on its way out that rejects by RST (`reject with tcp reset`, ' +
        '`--reject-with tcp-reset`), and for a proxy that it should use in place of it.',
    ],
    numbers: { rejected: members.length, matching: members.length, of: all, hosts: hosts.size, networks, ttl },
    refutes: `a RST of one of these hosts with another TTL, or a capture beside one of them that has its RST`, members,
  };
}

/**
 * The first half of a global IPv4 address, the first two groups of an IPv6 one; null of an address that many networks
 * use as their own (RFC 6890).
 */
function networkOf(address: string): string | null {
  if (address.includes(':')) return /^[23]/.test(address) ? address.split(':').slice(0, 2).join(':') : null;
  const [first, second] = address.split('.').map(Number) as [number, number];
  const isOwn =
    first === 0 || first === 10 || first === 127 || first >= 224 || (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) || (first === 169 && second === 254) ||
    (first === 100 && second >= 64 && second < 128);
  return isOwn ? null : `${first}.${second}`;
}
