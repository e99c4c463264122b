import { groupsBy } from '../base/groups.js';
import type { Duration, Time } from '../base/time.js';
import type { Address } from '../tcp/connection.js';
import { collect, inSeconds, seconds } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts, Undelivered } from './facts.js';
import * as SIGN from './signs.js';

/** Every road takes a datagram of 576 bytes (RFC 9293 §3.7.1). */
const ALWAYS_PASSES = 536;
/** Times that a segment is sent again, unacknowledged, before that is no loss. */
const REPEATS = 3;
/** Connections that hang so before what is seen of each of them alone is enough. */
const FEW = 2;

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
    // Where a host sends too large segments to many, the narrow part is near it, or they all have one of their own.
    return [...groupsBy(losses, ({ from, service }) => `${from} ${service?.port}`).values()].map(told);
  },
};

/** Segments that one host sends another and that do not arrive. */
interface Loss {
  readonly members: readonly Facts[];
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
  const stuck = collect(mayHang, (facts) => stuckOf(scene, facts, sender));
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
  const isAlive = stuck.some(({ isFound }) => isFound) || others.some(({ heard }) => heard[1 - sender]! > since);
  const announced = members.find(({ undelivered }) => undelivered?.kind === 'too-large')?.undelivered ?? null;
  if (!isAlive && announced === null) return null;
  if (stuck.length < FEW && announced === null && !stuck[0]!.isFound) return null;
  const passes = Math.max(0, ...pair.map((facts) => largestHeard(facts, sender)).filter((length) => length < size));
  // What never reached the tap was not seen to be sent either.
  const large = Math.max(stuck.length, pair.filter(({ largestSent }) => largestSent[sender] >= size).length);
  const longest = Math.max(...stuck.map(({ lasted }) => lasted));
  const { client, server, serverPort } = members[0]!;
  const [from, to] = sender === 0 ? [client, server] : [server, client];
  const isOneService = members.every((facts) => facts.serverPort === serverPort);
  const service = isOneService ? { address: server, port: serverPort } : null;
  return { members, from, to, service, size, passes, large, longest, announced };
}

/** `losses` are of one sender, and of one service or of several. */
function told(losses: readonly Loss[]): Detected {
  const [{ from, service }] = losses as [Loss];
  const members = losses.flatMap((loss) => loss.members).sort((a, b) => a.frame - b.frame);
  const to = losses.length === 1 ? losses[0]!.to : `${losses.length} hosts`;
  const size = Math.min(...losses.map((loss) => loss.size));
  const passes = Math.max(...losses.map((loss) => loss.passes).filter((length) => length < size), 0);
  const large = losses.reduce((sum, loss) => sum + loss.large, 0);
  const longest = Math.max(...losses.map((loss) => loss.longest));
  const announced = losses.find((loss) => loss.announced !== null)?.announced ?? null;
  const isOneService = losses.every((loss) => loss.service?.address === service?.address);
  return {
    severity: 'error', confidence: members.length >= FEW || announced !== null ? 'likely' : 'possible',
    service: isOneService ? service : null, by: { role: 'path', address: from },
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
      `Let ${from} probe by itself: \`net.ipv4.tcp_mtu_probing=1\` (RFC 4821).`,
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
