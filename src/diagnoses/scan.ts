import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { collect, inSeconds, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import * as SIGN from './facts/signs.js';

/** Services that one address asks within so long. Nobody who wants to be served needs so many. */
const MANY = 20;
const WITHIN: Duration = 60 * SECOND;
/**
 * Which part of its connections carry nothing; and how often it comes by at each at most, for a client that wants to
 * be served tries again.
 */
const EMPTY = 0.8;
const VISITS = 4;
/** Services that nobody needs, however often it comes by. */
const TOO_MANY = 100;

/** One address that looks what is there. */
export const scan: DiagnosisDetector = {
  id: 'scan',
  title: 'Scan',
  explains: {
    refused: [],
    unanswered: [],
    'incomplete-handshake': [],
    'linger-reset': [],
    'unexpected-reset': [],
    'rst-after-push': [],
    'half-closed': ['slow', 'killed', 'never-accepted'],
    'illegal-flags': [],
    'slow-connect': [],
    'time-wait-reuse': [],
    'reset-storm': [],
    'unanswered-request': [],
  },
  signs: SIGN.mute,
  detect(scene) {
    return scansOf(scene, scene.clients());
  },
};

/** What these addresses look for, of what no diagnosis tells yet, those that scan. */
export function scansOf(scene: Scene, clients: Iterable<string>): Detected[] {
  return collect(clients, (client) => {
    const asked = scene.clientOf(client);
    if (asked.length < MANY) return null;
    const mute = collect(asked, (service) => scene.freeByClient(service, SIGN.mute).get(client) ?? null);
    return looks(scene, client, asked, mute);
  });
}

function targets(asked: readonly Facts[]): string[] {
  return [...new Set(asked.map(({ server, serverPort }) => `${server} ${serverPort}`))];
}

/** `mute`: connections on which the client said nothing, those of each service by themselves. */
function looks(
  scene: Scene, client: string, services: readonly Service[], mute: readonly (readonly Facts[])[],
): Detected | null {
  const starts = mute
    .map((own) => own.reduce((least, { start }) => Math.min(least, start), Infinity))
    .sort((a, b) => a - b);
  if (
    starts.length < MANY ||
    !starts.some((start, index) => index >= MANY - 1 && start - starts[index - MANY + 1]! <= WITHIN)
  )
    return null;
  const count = services.reduce((sum, service) => sum + (scene.freeByClient(service).get(client)?.length ?? 0), 0);
  const empty = mute.flat();
  if (empty.length < EMPTY * count || (empty.length > VISITS * starts.length && starts.length < TOO_MANY))
    return null;
  empty.sort((a, b) => a.start - b.start);
  const hosts = new Set(empty.map(({ server }) => server));
  // A mail server asks many hosts at one port, too: where a box on the way turns most of that away it is a rule there.
  const turnedAway = empty.filter(({ undelivered, server }) => undelivered !== null && undelivered.by !== server);
  if (hosts.size >= MANY && turnedAway.length * 2 > empty.length) return null;
  const ports = new Set(empty.map(({ serverPort }) => serverPort));
  const answering = new Set(targets(empty.filter(({ synAck }) => !Number.isNaN(synAck))));
  const open = answering.size;
  // An open port resets a probe by a bare ACK, too (RFC 9293 §3.10.7.2; nmap -sA): it is open all the same.
  const refused = targets(empty.filter(({ reset, synAck }) => reset?.by === 1 && Number.isNaN(synAck))).filter(
    (target) => !answering.has(target),
  ).length;
  const lasted = empty.at(-1)!.start - empty[0]!.start;
  const where =
    hosts.size === 1
      ? `${ports.size} ports of ${[...hosts][0]}`
      : ports.size === 1
        ? `port ${[...ports][0]} of ${hosts.size} hosts`
        : `${starts.length} ports of ${several(hosts.size, 'host')}`;
  return {
    severity: 'info',
    confidence: 'likely',
    service: null,
    by: { role: 'client', address: client },
    message:
      `${client} scans ${where} within ${seconds(lasted)}: ${open} open, ${refused} refused, ` +
      `${starts.length - open - refused} without an answer.`,
    advice: [
      "Nothing to change where it is one's own inventory or monitor. Else limit new connections of an " +
        'address before the hosts, and see that the open ports are meant to be.',
    ],
    numbers: {
      targets: starts.length,
      hosts: hosts.size,
      connections: empty.length,
      open,
      refused,
      seconds: inSeconds(lasted),
    },
    refutes: 'payload on most of these connections',
    members: empty,
  };
}
