import { groupsBy } from '../../base/groups.js';
import { clientsInWords, firstFew, inSeconds, seconds, several } from '../diagnosis.js';
import type { Detected } from '../diagnosis.js';
import { insistence } from '../patterns/filtered.js';
import type { Service } from '../facts/gathering.js';

/** Ports of a host from which on they are one story: what is dropped is all that no rule lets in. */
const MANY = 3;

/** Hosts from which on they are one story: what drops what is new to them is nearer to who asks. */
const MANY_HOSTS = 3;

/** What a firewall drops of one service. */
export interface Dropped {
  readonly service: Service;
  /** The service answers nobody, whoever asks. */
  readonly isEverybody: boolean;
  /** What shows that its host is there: `10.0.0.2 answers at port 22`. */
  readonly other: string;
  /** How many stood before and go on, where nothing but what is new is dropped; else 0. */
  readonly standing: number;
  readonly detected: Detected;
}

/** One story of the same clients, where what they newly ask of several hosts is dropped; else of each host. */
export function together(dropped: readonly Dropped[]): Detected[] {
  const groups = groupsBy(dropped.filter(({ standing }) => standing > 0), ({ detected: { members } }) =>
    [...new Set(members.map(({ client }) => client))].sort().join(' '),
  );
  const joint = [...groups.values()].filter(
    (own) => new Set(own.map(({ service }) => service.address)).size >= MANY_HOSTS,
  );
  const told = new Set(joint.flat());
  return [...joint.map(ofClients), ...byHost(dropped.filter((one) => !told.has(one)))];
}

function ofClients(own: readonly Dropped[]): Detected {
  const [{ detected: first }] = own as [Dropped];
  const hosts = [...new Set(own.map(({ service }) => service.address))];
  const members = own.flatMap(({ detected }) => detected.members).sort((a, b) => a.frame - b.frame);
  const clients = new Set(members.map(({ client }) => client));
  const standing = own.reduce((sum, one) => sum + one.standing, 0);
  const all = own.reduce((sum, { detected }) => sum + detected.numbers['of']!, 0);
  const { syns, longest } = insistence(members);
  return {
    ...first, severity: 'error', service: null, by: { role: 'path', address: members[0]!.client },
    message:
      `Something drops what ${clientsInWords(clients)} newly ${clients.size === 1 ? 'asks' : 'ask'} of ` +
      `${hosts.length} hosts (${firstFew(hosts)}): ` +
      `${members.length} of ${all} attempts were never answered (up to ${several(syns, 'SYN')} in ` +
      `${seconds(longest)}), while ${standing} that stood before ${standing === 1 ? 'goes' : 'go'} on.`,
    numbers: {
      attempts: members.length, matching: members.length, of: all, hosts: hosts.length, standing, syns,
      seconds: inSeconds(longest),
    },
    refutes: 'a SYN-ACK of one of these hosts to the same clients at that time', members,
  };
}

/** One story of each host, where the same firewall drops what asks for several of its ports. */
function byHost(dropped: readonly Dropped[]): Detected[] {
  return [...groupsBy(dropped, ({ service }) => service.address).values()].flatMap((own) => {
    const closed = own.filter(({ isEverybody }) => isEverybody);
    if (closed.length < MANY) return own.map(({ detected }) => detected);
    return [joined(closed), ...own.filter(({ isEverybody }) => !isEverybody).map(({ detected }) => detected)];
  });
}

function joined(own: readonly Dropped[]): Detected {
  const [{ service: { address }, other, detected: first }] = own as [Dropped];
  const members = own.flatMap(({ detected }) => detected.members).sort((a, b) => a.frame - b.frame);
  const ports = own.map(({ service }) => service.port).sort((a, b) => a - b);
  const all = own.reduce((sum, { detected }) => sum + detected.numbers['of']!, 0);
  const { syns, longest } = insistence(members);
  return {
    ...first, confidence: own.some(({ detected }) => detected.confidence === 'likely') ? 'likely' : 'possible',
    service: null,
    message:
      `A firewall drops what asks for ${ports.length} ports of ${address} (${firstFew(ports)}): ` +
      `${members.length} of ${all} attempts of ` +
      `${clientsInWords(members.map(({ client }) => client))} were never answered (up to ${several(syns, 'SYN')} in ` +
      `${seconds(longest)}), while ${other}.`,
    numbers: {
      attempts: members.length, matching: members.length, of: all, ports: ports.length, syns,
      seconds: inSeconds(longest),
    },
    refutes: `a SYN-ACK of ${address} from one of these ports to the same clients at that time`, members,
  };
}
