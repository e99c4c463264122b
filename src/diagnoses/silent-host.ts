import { groupsBy } from '../base/groups.js';
import { clientsInWords, everyone, inSeconds, perHost, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import { fellSilent } from './silent-host/fell-silent.js';
import { ATTEMPTS, insistence } from './patterns/filtered.js';
import { answeringMeanwhile, isAskedInEarnest, isInVain } from './patterns/in-vain.js';
import * as SIGN from './facts/signs.js';

/** Hosts from which on they are one story: what they have in common is gone, and not each of them. */
const MANY_HOSTS = 3;
/** Hosts, and ports, that are named. */
const NAMED = 3;

/** Who asks for so many hosts that are not there goes through a list (a scan, peers of long ago), and misses none. */
const LIST = 20;

/** A host of which nothing is ever heard, though clients ask for it again and again. */
export const silentHost: DiagnosisDetector = {
  id: 'silent-host',
  title: 'Host that answers nobody',
  explains: { unanswered: ['filtered', 'silent'], 'half-open': ['retransmission-timeout'], 'unacknowledged-fin': [] },
  signs: SIGN.noSynAck,
  detect(scene, services) {
    const isSilent = perHost(scene, (all) => all.every((service) => everyone(service).every(hasSaidNothing)));
    const silent: Silent[] = [];
    const fallen: Detected[] = [];
    for (const [address, own] of groupsBy(services, (service) => service.address)) {
      const gone = fellSilent(scene, address);
      if (gone !== null) fallen.push(gone);
      if (gone !== null || !isSilent(address) || hasAsked(scene, address)) continue;
      const members = own
        .flatMap((service) => scene.free(service, SIGN.noSynAck))
        .filter((facts) => isInVain(facts, scene));
      if (own.some((service) => isAskedInEarnest(scene, service))) silent.push({ address, members });
    }
    const never = [...groupsBy(silent, clientsOf).values()].flatMap((group) =>
      group.length >= MANY_HOSTS ? [told(scene, group)] : group.map((one) => told(scene, [one])),
    );
    return [...fallen, ...never];
  },
};

/** A host that answered nobody, and the attempts to connect to it that were in vain. */
interface Silent {
  readonly address: string;
  readonly members: readonly Facts[];
}

function hasSaidNothing({ packets, isOneDirection }: Facts): boolean {
  return packets[1] === 0 && !isOneDirection;
}

/** Whether the host was itself heard as a client. */
function hasAsked(scene: Scene, address: string): boolean {
  return scene.clientOf(address).some((service) =>
    everyone(service).some(({ client, packets }) => client === address && packets[0] > 0),
  );
}

/** Who asks for it, in one word: hosts that are silent to the same ones may have one reason. */
function clientsOf({ members }: Silent): string {
  return [...new Set(members.map(({ client }) => client))].sort().join(' ');
}

function told(scene: Scene, hosts: readonly Silent[]): Detected {
  const members = hosts.flatMap((host) => host.members).sort((a, b) => a.frame - b.frame);
  const clients = new Set(members.map(({ client }) => client));
  const ports = [...new Set(members.map(({ serverPort }) => serverPort))].sort((a, b) => a - b);
  const from = members[0]!.start;
  const until = Math.max(...members.map(({ lastSyn }) => lastSyn));
  const answering = answeringMeanwhile(scene, clients, from, until);
  const isAlone = answering === 0;
  const { syns, longest } = insistence(members);
  const [first] = hosts;
  const named = hosts.length === 1 ? first!.address : `${hosts.length} hosts (${listed(hosts.map((one) => one.address))})`;
  const isOwnRoad = isAlone && hosts.length >= MANY_HOSTS;
  const tried = several(members.length, 'attempt');
  const vain = `${members.length === 1 ? 'was' : 'were'} in vain (up to ${several(syns, 'SYN')} in ${seconds(longest)})`;
  const many = hosts.length > 1;
  const causes = many
    ? 'the network that they are in is down, a firewall drops what goes there or comes back, or a route is wrong'
    : 'it is down, a firewall drops what goes to it or comes back, or a route is wrong';
  return {
    severity: members.length < ATTEMPTS || hosts.length >= LIST ? 'warning' : 'error',
    confidence: isAlone ? 'possible' : 'likely',
    service: hosts.length === 1 && ports.length === 1 ? { address: first!.address, port: ports[0]! } : null,
    by: { role: 'path', address: isOwnRoad && clients.size === 1 ? [...clients][0]! : first!.address },
    message: isOwnRoad
      ? `Nobody answers ${clientsInWords(clients)}: ${tried} to connect to ${named} ${vain}, and nothing else was ` +
        `answered meanwhile: its own road is cut, a firewall drops what it sends or what comes back, or the capture has ` +
        `one direction only.`
      : `${named} ${many ? 'answer' : 'answers'} nobody: ${tried} of ${clientsInWords(clients)} to connect to ` +
        `${many ? 'them' : portsInWords(ports)} ${vain}, and nothing of ${many ? 'them' : 'it'} is in the capture` +
        (isAlone ? '' : `, while ${answering === 1 ? 'another host' : `${answering} others`} answered them meanwhile`) +
        `: ${causes}.`,
    advice: [
      `Is ${many ? 'each of them' : 'it'} up? From its own network: \`arping ${first!.address}\` (or \`ip neigh\`): who ` +
        'does not answer ARP is down or has another address.',
      `Where does the road end? \`traceroute -T -p ${ports[0]!} ${first!.address}\` from the client, \`ip route get\` on ` +
        'both hosts: the way back, too.',
      'Firewalls on the way and on the host: `nft list ruleset`, `iptables -S`, security groups, network policies; a ' +
        'rule that rejects in place of dropping spares each client its wait.',
      'Capture at the server: where the SYNs arrive, its answers get lost; where they do not, they were dropped before.',
    ],
    numbers: {
      attempts: members.length, clients: clients.size, ports: ports.length, ...(many ? { hosts: hosts.length } : {}),
      syns, seconds: inSeconds(longest), answering,
    },
    refutes: `any packet of ${first!.address}, at whatever port`, members,
  };
}

/** `443`; `443 and 8443`; `443, 8443, 9443 and 4 more`. */
function listed(all: readonly (string | number)[]): string {
  if (all.length === 1) return String(all[0]);
  const shown = all.slice(0, NAMED);
  return all.length > NAMED
    ? `${shown.join(', ')} and ${all.length - NAMED} more`
    : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function portsInWords(ports: readonly number[]): string {
  return `its port${ports.length === 1 ? '' : 's'} ${listed(ports)}`;
}
