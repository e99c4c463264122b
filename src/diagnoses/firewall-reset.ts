import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Finding } from '../findings/index.js';
import { collect, everyone, groupsBy, inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';

/** Connections that were reset in somebody's name before it is a rule. */
const FEW = 2;
/** Silence of this length some box on the way is known not to bear (the shortest limit that makers document). */
const IDLE: Duration = 60 * SECOND;
/** So many that end within this time end by one event, not each by what it said. */
const TOGETHER = 3;
const MOMENT: Duration = SECOND;

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
  },
  detect(scene) {
    return scene.services.flatMap((service) => {
      const all = everyone(service);
      const reset = collect(scene.free(service), (facts) => forgedOf(scene, facts));
      return [
        ...groupsBy(reset, ({ finding: { role }, facts: { client, server } }) => (role === 'client' ? client : server)),
      ].flatMap(([address, own]) => (own.length < FEW ? [] : resets(service, all, address, own)));
    });
  },
  once(scene, left) {
    return left.flatMap(({ service, facts }) => {
      const forged = forgedOf(scene, facts);
      if (forged === null || forged.finding.severity === 'info' || forged.finding.confidence === 'possible') return [];
      return [
        resets(service, everyone(service), forged.finding.role === 'client' ? facts.client : facts.server, [forged]),
      ];
    });
  },
};

interface Forged {
  readonly facts: Facts;
  readonly finding: Finding;
}

function forgedOf(scene: Scene, facts: Facts): Forged | null {
  const finding = scene
    .findingsOf(facts)
    .find(({ id, evidence }) => id === 'forged-reset' && evidence['accepted'] !== false);
  return finding === undefined ? null : { facts, finding };
}

function resets(service: Service, all: readonly Facts[], address: string, forged: readonly Forged[]): Detected {
  const { role } = forged[0]!.finding;
  const end = role === 'client' ? 0 : 1;
  const members = forged.map(({ facts }) => facts);
  const clients = new Set(members.map(({ client }) => client));
  const of = Math.max(
    members.length, all.filter(({ client, bytes }) => clients.has(client) && bytes[0] + bytes[1] > 0).length,
  );
  const moments = forged.map(({ finding }) => finding.start);
  const isOneMoment =
    members.length >= TOGETHER &&
    Math.max(...moments) - Math.min(...moments) <= MOMENT &&
    Math.max(...moments) - Math.min(...members.map(({ start }) => start)) > MOMENT;
  const [{ reset, lowestTtl }] = members as [Facts];
  const [ttl, own] = [reset?.by === end ? reset.ttl : 0, lowestTtl[end]];
  const distance = ttl > 0 && own > 0 && ttl !== own ? ` (TTL ${ttl}, its own ${own})` : '';
  const isFirst = members.every(({ bytes }) => bytes[1] === 0);
  const carried = members.map(({ bytes }) => bytes[0] + bytes[1]).sort((a, b) => a - b);
  // How long the supposed sender had been silent. Where each had been for long, an idle limit did it.
  const silence = Math.min(
    ...members.map(({ reset: first, heard }) =>
      first?.by === end && heard[end] < first.at ? first.at - heard[end] : 0,
    ),
  );
  const isIdle = silence >= IDLE;
  const when = isOneMoment
    ? 'all in one moment'
    : isIdle
    ? `after ${members.length === 1 ? '' : 'at least '}${seconds(silence)} of its silence (so does an idle limit)`
    : isFirst
      ? 'in answer to the first request'
      : `after ${size(carried[0]!)}${carried.length > 1 ? ` to ${size(carried.at(-1)!)}` : ''}`;
  return {
    severity: forged.length < FEW ? 'warning' : 'error',
    confidence: forged.every(({ finding }) => finding.confidence === 'possible') ? 'possible' : 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'path', address },
    message:
      `Something on the way ` +
      `${of === 1 ? `reset the connection of ${members[0]!.client}` : `resets ${members.length} of ${several(of, 'connection')}`} ` +
      `to ` +
      `${place(service)} ${when}, in the name of ${address}, which did not send ` +
      `${of === 1 ? 'that' : 'these RSTs'}${distance}.`,
    advice: [
      ...(isIdle
        ? [
            `Send keepalives more often than that limit (TCP_KEEPIDLE below ${seconds(silence)}; ` +
              `\`net.ipv4.tcp_keepalive_time\` is 7200 by default), or raise it.`,
          ]
        : []),
      isOneMoment
        ? 'A firewall or NAT that lost its table answers so: look for a reload, a flush of conntrack or ' +
          'a failover at that moment; `ct state invalid drop` in place of a reject keeps connections.'
        : 'Look for a firewall, an intrusion prevention or a filter of content with a rule that resets (nft ' +
          '`reject with tcp reset`), a quota, a limit of time.',
      `Capture at ${address}, too: a RST that it never sent proves it; its socket stays ESTABLISHED (\`ss -tn\`).`,
    ],
    numbers: {
      matching: members.length, of, ...(distance === '' ? {} : { ttl, ownTtl: own }),
      bytes: carried[carried.length >> 1]!, ...(isIdle ? { seconds: inSeconds(silence) } : {}),
    },
    refutes: `the same RSTs in a capture at ${address} as it sends them`, members,
  };
}

/** `81 bytes`, `421 kB`. */
function size(bytes: number): string {
  return bytes < 10_000
    ? `${bytes} bytes`
    : bytes < 1e7
      ? `${Math.round(bytes / 1000)} kB`
      : `${Math.round(bytes / 1e6)} MB`;
}
