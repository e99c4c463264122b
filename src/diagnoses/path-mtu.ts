import { MILLISECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { ALWAYS_PASSES } from '../findings/path-mtu.js';
import type { Address } from '../tcp/connection.js';
import { collect, inSeconds, seconds } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts, Undelivered } from './facts/facts.js';
import * as SIGN from './facts/signs.js';

/** Times that a segment is sent again, unacknowledged, before that is no loss. */
const REPEATS = 3;
/** Connections that hang so before what is seen of each of them alone is enough. */
const FEW = 2;
/** What ends sooner than anything is sent again does not hang: Linux waits for no less (TCP_RTO_MIN). */
const LEAST: Duration = 200 * MILLISECOND;

/** A road that loses large segments only, and nobody who says so. */
export const pathMtu: DiagnosisDetector = {
  id: 'path-mtu',
  title: 'Path MTU',
  explains: {
    'path-mtu': [],
    'half-open': [],
    'unanswered-request': [],
    'one-way': [],
    'half-closed': [],
    'rst-after-push': [],
    'linger-reset': [],
    'unacknowledged-fin': [],
    'unexpected-reset': [],
  },
  detect(scene) {
    const mayHang = scene.services.flatMap((service) => [
      ...scene.free(service, SIGN.stuck), ...scene.freeFound(service, 'path-mtu'),
    ]);
    const losses = scene
      .pairsOf([...new Set(mayHang)])
      .flatMap(({ all, some }) => collect([1, 0] as const, (sender) => loses(scene, all, some, sender)));
    return inCommon(losses).filter(isNoLoss).map(told);
  },
};

/** Segments that one host sends another and that do not arrive. */
interface Loss {
  readonly members: readonly Facts[];
  /** Of the client, 0, or of the server, 1. */
  readonly sender: 0 | 1;
  /** `weak`: once, which may be an accident; `faint`: nor was the peer heard later. */
  readonly weight: 'strong' | 'weak' | 'faint';
  readonly from: string;
  readonly to: string;
  /** The service of all of them; null where they are of several. */
  readonly service: Address | null;
  readonly size: number;
  /** The largest that is known to arrive; 0 where none is. */
  readonly passes: number;
  /** Connections that sent segments of this size. */
  readonly large: number;
  readonly longest: Duration;
  readonly announced: Undelivered | null;
}

interface Stuck {
  readonly facts: Facts;
  readonly size: number;
  readonly lasted: number;
  /** By a finding, which has looked at each segment. */
  readonly isFound: boolean;
}

/** `mayHang`: those of the pair that may be stuck. */
function loses(scene: Scene, pair: readonly Facts[], mayHang: readonly Facts[], sender: 0 | 1): Loss | null {
  const stuck = collect(mayHang, (facts) => stuckOf(scene, facts, sender)).filter(({ lasted }) => lasted >= LEAST);
  if (stuck.length === 0) return null;
  const members = stuck.map(({ facts }) => facts);
  const hanging = new Set(members);
  const size = Math.min(...stuck.map((one) => one.size));
  const since = Math.min(
    ...members.map(({ stuckSince }) => (Number.isNaN(stuckSince[sender]) ? Infinity : stuckSince[sender])),
  );
  const others = pair.filter((facts) => !hanging.has(facts));
  // What is as large and arrives, before or behind, refutes it.
  if (others.some((facts) => largestHeard(facts, sender) >= size)) return null;
  const isFound = stuck.some((one) => one.isFound);
  const isAlive = isFound || others.some(({ heard }) => heard[1 - sender]! > since);
  const announced = members.find(({ undelivered }) => undelivered?.kind === 'too-large')?.undelivered ?? null;
  const isOnce = stuck.length < FEW && announced === null && !isFound;
  const weight = !isAlive && announced === null ? 'faint' : isOnce ? 'weak' : 'strong';
  const passes = Math.max(0, ...pair.map((facts) => largestHeard(facts, sender)).filter((length) => length < size));
  // What never reached the tap was not seen to be sent either.
  const large = Math.max(stuck.length, pair.filter(({ largestSent }) => largestSent[sender] >= size).length);
  const longest = Math.max(...stuck.map(({ lasted }) => lasted));
  const { client, server, serverPort } = members[0]!;
  const [from, to] = sender === 0 ? [client, server] : [server, client];
  const isOneService = members.every((facts) => facts.serverPort === serverPort);
  const service = isOneService ? { address: server, port: serverPort } : null;
  return { members, sender, weight, from, to, service, size, passes, large, longest, announced };
}

/**
 * Those of one sender, or of one receiver, have the narrow part in common: it is near that host, or all of the others
 * have one of their own. Clients of a site that send too much to several servers are joined by these.
 */
function inCommon(losses: readonly Loss[]): Loss[][] {
  let groups: { readonly hosts: Set<string>; readonly of: Loss[] }[] = [];
  for (const loss of losses) {
    const hosts = [`${loss.sender} ${loss.from}`, `${1 - loss.sender} ${loss.to}`];
    const [first = { hosts: new Set<string>(), of: [] }, ...others] = groups.filter(
      ({ hosts: known, of }) => of[0]!.sender === loss.sender && hosts.some((host) => known.has(host)),
    );
    for (const other of others) {
      for (const host of other.hosts) first.hosts.add(host);
      first.of.push(...other.of);
    }
    for (const host of hosts) first.hosts.add(host);
    first.of.push(loss);
    if (first.of.length === 1 || others.length > 0)
      groups = [...groups.filter((group) => group !== first && !others.includes(group)), first];
  }
  return groups.map(({ of }) => of);
}

/** Whether one of them shows it by itself, or what happened once did so several times. */
function isNoLoss(losses: readonly Loss[]): boolean {
  const weighing = (wanted: Loss['weight']): number => losses.filter(({ weight }) => weight === wanted).length;
  return weighing('strong') > 0 || weighing('weak') >= FEW;
}

function nameOf(hosts: ReadonlySet<string>): string {
  return hosts.size === 1 ? [...hosts][0]! : `${hosts.size} hosts`;
}

/** `losses` are of one sender or to one receiver, or those of several, and of one service or of several. */
function told(losses: readonly Loss[]): Detected {
  const [{ service }] = losses as [Loss];
  const senders = new Set(losses.map((loss) => loss.from));
  const receivers = new Set(losses.map((loss) => loss.to));
  const [from, to] = [nameOf(senders), nameOf(receivers)];
  const near = senders.size > 1 && receivers.size === 1 ? to : losses[0]!.from;
  const members = losses.flatMap((loss) => loss.members).sort((a, b) => a.frame - b.frame);
  const size = Math.min(...losses.map((loss) => loss.size));
  const passes = Math.max(...losses.map((loss) => loss.passes).filter((length) => length < size), 0);
  const large = losses.reduce((sum, loss) => sum + loss.large, 0);
  const longest = Math.max(...losses.map((loss) => loss.longest));
  const announced = losses.find((loss) => loss.announced !== null)?.announced ?? null;
  const isOneService = losses.every(
    (loss) => loss.service?.address === service?.address && loss.service?.port === service?.port,
  );
  return {
    severity: 'error', confidence: members.length >= FEW || announced !== null ? 'likely' : 'possible',
    service: isOneService ? service : null, by: { role: 'path', address: near },
    message:
      `Path MTU: segments of ${size} bytes from ${from} to ${to} never arrive, ` +
      `${passes > 0 ? `those of ${passes} bytes do` : 'small ones do'}: ${members.length} of ${large} connections ` +
      `that sent such hang, up to ` +
      seconds(longest) +
      `${announced === null ? '' : `; ${announced.by} said so${announced.mtu > 0 ? `: MTU ${announced.mtu}` : ''}, in vain`}.`,
    advice: [
      'Clamp the MSS at the router before the narrow part (tunnel, PPPoE, VPN): nft `tcp flags syn tcp option ' +
        'maxseg size set rt mtu`, iptables `--clamp-mss-to-pmtu`.',
      `Let ICMP type 3 code 4 "fragmentation needed" (ICMPv6 type 2) through to ${from}: a firewall that drops it ` +
        `makes such a black hole.`,
      `Let ${from} probe by ${senders.size === 1 ? 'itself' : 'themselves'}: \`net.ipv4.tcp_mtu_probing=1\` (RFC 4821).`,
    ],
    numbers: {
      size, passes, connections: members.length, matching: members.length, of: large, seconds: inSeconds(longest),
      ...(announced !== null && announced.mtu > 0 ? { mtu: announced.mtu } : {}),
    },
    refutes: `a segment of ${size} bytes from ${from} to ${to} that is acknowledged`, members,
  };
}

function stuckOf(scene: Scene, facts: Facts, sender: 0 | 1): Stuck | null {
  const found = scene
    .findingsOf(facts)
    .find(({ id, role }) => id === 'path-mtu' && role === (sender === 0 ? 'client' : 'server'));
  const size = facts.stuckLength[sender];
  if (found !== undefined)
    return { facts, size: Number(found.evidence['size']) || size, lasted: lastedOf(facts, found.start), isFound: true };
  if (
    size <= ALWAYS_PASSES ||
    facts.largestAcknowledged[sender] >= size ||
    facts.unanswered[sender] < REPEATS ||
    facts.established > facts.stuckSince[sender]
  )
    return null;
  return { facts, size, lasted: lastedOf(facts, facts.stuckSince[sender]), isFound: false };
}

function lastedOf({ end, closeAt }: Facts, since: Time): Duration {
  return Math.max(0, (Number.isNaN(closeAt) ? end : Math.max(closeAt, since)) - since);
}

/**
 * The largest payload of a segment that is known to have arrived: where nothing waits for its acknowledgment, all of
 * it.
 */
function largestHeard({ largestAcknowledged, largestSent, stuckSince, reset }: Facts, sender: 0 | 1): number {
  return Number.isNaN(stuckSince[sender]) && reset === null
    ? Math.max(largestAcknowledged[sender], largestSent[sender])
    : largestAcknowledged[sender];
}
