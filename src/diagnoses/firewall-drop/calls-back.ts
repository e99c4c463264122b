import { groupsBy } from '../../base/groups.js';
import { clientsInWords, collect, inSeconds, openedBy, place, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import { ATTEMPTS, insistence } from '../patterns/filtered.js';
import type { Service } from '../facts/gathering.js';

/** Hosts from which on they are one story: what they have in common drops it, or who asks for it asks wrongly. */
const MANY_HOSTS = 3;

/** The control connection of FTP (RFC 959 §5.2), whose server opens data connections to its client (`PORT`, `EPRT`). */
const FTP = 21;

/** Attempts to connect to a host that is only known as a client. */
interface Call {
  readonly service: Service;
  readonly members: readonly Facts[];
  /** Its own connection to the one who calls it, or to another host, which went on. */
  readonly own: Facts;
}

/**
 * Of `filtered`, attempts that were never answered, those to hosts that offer nothing in the capture and are there all
 * the same: they talk to others as clients. A firewall before them lets nothing in that they have not asked for.
 */
export function callsBack(
  scene: Scene, filtered: readonly { readonly service: Service; readonly members: readonly Facts[] }[],
): Detected[] {
  const calls = collect(filtered, ({ service, members }): Call | null => {
    const from = Math.min(...members.map(({ start }) => start));
    const callers = new Set(members.map(({ client }) => client));
    const own = openedBy(scene, service.address).filter(({ heard }) => heard[0] > from);
    const best = own.find(({ server, start }) => callers.has(server) && start < from) ?? own[0];
    return best === undefined ? null : { service, members, own: best };
  });
  const byCaller = groupsBy(calls, ({ members, own }) => `${members[0]!.client} ${own.serverPort}`);
  return [...byCaller.values()].flatMap((group) =>
    new Set(group.map(({ service }) => service.address)).size >= MANY_HOSTS
      ? [told(group)]
      : [...groupsBy(group, ({ service }) => service.address).values()].map(told),
  );
}

function told(calls: readonly Call[]): Detected {
  const [{ service, own }] = calls as [Call];
  const members = calls.flatMap((call) => call.members);
  const hosts = new Set(calls.map((call) => call.service.address));
  const callers = clientsInWords(members.map(({ client }) => client));
  const { syns, longest } = insistence(members);
  const isBack = calls.every(({ own: { server }, members: all }) => all.some(({ client }) => client === server));
  const where = place({ address: own.server, port: own.serverPort });
  return {
    severity: members.length >= ATTEMPTS ? 'error' : 'warning', confidence: 'likely',
    service: calls.length === 1 ? { address: service.address, port: service.port } : null,
    by: { role: 'path', address: service.address },
    message:
      `A firewall before ${clientsInWords(hosts)} drops what ${callers} opens to ${hosts.size === 1 ? 'it' : 'them'}: ` +
      `${several(members.length, 'attempt')} never answered (up to ${several(syns, 'SYN')} in ${seconds(longest)}), ` +
      `while what ${hosts.size === 1 ? 'it has' : 'they have'} opened to ${isBack ? where : 'others'} goes on.`,
    advice: [
      ...(isBack && own.serverPort === FTP
        ? [
            'Let the clients use passive mode (PASV, EPSV: RFC 959 §4.1.2, RFC 2428), so that they open the data ' +
              'connections; or let their firewall follow FTP (`nf_conntrack_ftp`).',
          ]
        : []),
      `Let it in where it is wanted: \`nft list ruleset\`, \`iptables -S\` on ${service.address} and the routers before ` +
        'it, a forwarded port of its NAT; or let the other side open the connection.',
    ],
    numbers: {
      attempts: members.length, matching: members.length, of: members.length, syns, seconds: inSeconds(longest),
      ...(hosts.size > 1 ? { hosts: hosts.size } : {}),
    },
    refutes: `a SYN-ACK of ${service.address} to anybody`, members,
  };
}
