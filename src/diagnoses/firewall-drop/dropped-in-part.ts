import { groupsBy } from '../../base/groups.js';
import type { Duration } from '../../base/time.js';
import { connectTime, slowWhileServed } from '../accept-queue.js';
import { firstFew, inSeconds, place, seconds } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';

/** SYNs that are dropped one by one, while whoever comes through is served at once: so does a limit of their rate. */
export function thins(scene: Scene, service: Service): Detected | null {
  const members = slowWhileServed(scene, service);
  if (members.length === 0) return null;
  if (members.every(({ synAck }) => Number.isNaN(synAck)) && isByPorts(service, members))
    return dropsSome(service, members, Math.max(...members.map(connectTime)));
  return {
    ...thinnedIn(place(service), members, service.count),
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    advice: [
      'Look for a limit of new connections on the way and on the host: nftables `limit rate`, `meter` and `ct ' +
        'count`, ' +
        'iptables `hashlimit` and `connlimit`, a protection against floods, a full table (`conntrack -S`, ' +
        '`net.netfilter.nf_conntrack_max`).',
      'Or let the clients connect less often: keep connections open, a pool.',
    ],
    refutes: 'TcpExtListenDrops of the server that grows meanwhile',
  };
}

/** What is told of `members`, of so many connects; `ports` where they are of several. */
function thinnedIn(
  where: string, members: readonly Facts[], of: number, ports = 1,
): Pick<Detected, 'severity' | 'message' | 'numbers' | 'members'> {
  const longest = Math.max(...members.map(connectTime));
  const never = members.filter(({ synAck }) => Number.isNaN(synAck)).length;
  const isMany = ports > 1;
  return {
    severity: never > 0 ? 'error' : 'warning',
    message:
      `Something drops a part of the SYNs to ${where}: ${members.length} of ${of} connects needed several (up to ` +
      `${seconds(longest)}), while whoever came through was served at once: a limit of the rate or number of ` +
      `connections, ${isMany ? 'a full table, ' : ''}and no full ` +
      `queue${never > 0 ? `; ${never} never got through` : ''}.`,
    numbers: {
      matching: members.length, of, ...(isMany ? { ports } : {}),
      syns: Math.max(...members.map(({ attempts }) => attempts)), seconds: inSeconds(longest),
    },
    members,
  };
}

/** One story of each host: what drops a part of what asks for several of its ports, each as much, is one. */
export function thinnedTogether(
  thinned: readonly { readonly service: Service; readonly told: Detected }[],
): readonly Detected[] {
  return [...groupsBy(thinned, ({ service }) => service.address)].flatMap(([address, own]) => {
    if (own.length === 1) return own.map(({ told }) => told);
    const members = own.flatMap(({ told }) => told.members).sort((a, b) => a.frame - b.frame);
    const ports = own.map(({ service }) => service.port).sort((a, b) => a - b);
    const of = own.reduce((sum, { service }) => sum + service.count, 0);
    const [{ told: first }] = own as [(typeof own)[number]];
    const where = `${ports.length} ports of ${address} (${firstFew(ports)})`;
    return [{ ...first, ...thinnedIn(where, members, of, ports.length), service: null }];
  });
}

/** By chance SYNs would be dropped so once in a hundred captures. */
const CHANCE = 0.01;

/**
 * Whether connections lose all of their SYNs or none, which a limit of the rate and a lossy road do not do: each SYN
 * that was sent again would have had the others' chance to get through.
 */
function isByPorts({ count }: Service, members: readonly Facts[]): boolean {
  const again = members.reduce((total, { attempts }) => total + attempts - 1, 0);
  return (members.length / count) ** again < CHANCE;
}

/**
 * Some connections get nowhere, however often they ask, and others are served: ports decide. Routers choose a path, and
 * balancers a target, by a hash of addresses and ports (RFC 2992, fib_multipath_hash_policy, the flow hash of AWS and
 * Azure), and trackers remember them.
 */
function dropsSome(service: Service, members: readonly Facts[], longest: Duration): Detected {
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `Something drops all SYNs of ${members.length} of ${service.count} connects to ${place(service)} (up to ` +
      `${seconds(longest)}), and none of the others: address and port decide, and no limit of the rate.`,
    advice: [
      'Look for one of several that is dead or wrong: a target behind the load balancer or the Service (compare the ' +
        'share of connections with 1 of N targets), a path or link of those that a hash of the ports chooses; a node ' +
        'that is its own target (hairpin: AWS NLB with preserve_client_ip).',
      'Or for a tracker on the way that still holds these ports of an earlier connection, or gives two connections ' +
        'the same (`conntrack -S`: insert_failed; `--random-fully`). Another source port gets through: a client that ' +
        'gives up after two SYNs and connects anew is served sooner.',
    ],
    numbers: {
      matching: members.length, of: service.count, syns: Math.max(...members.map(({ attempts }) => attempts)),
      seconds: inSeconds(longest),
    },
    refutes: 'one of these connections that gets through at a later SYN', members,
  };
}
