import { isFlood, lasted, serviceKey } from '../tcp/attempts.js';
import type { ClientTally, ServiceTally, SourceTally, Tally } from '../tcp/attempts.js';
import type { Connection } from '../tcp/connection.js';
import type { Location } from '../tcp/connection-set.js';
import { isUnreachable, wordsOf } from '../tcp/network-error.js';
import type { NetworkError } from '../tcp/network-error.js';
import type { Verdict } from '../tcp/connection-folder.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { BesideAttempts } from './beside-attempts.js';
import type { GroupOf, Severity } from './finding.js';
import { peerTimestamps } from './peer-timestamps.js';
import type { PeerTimestamps } from './peer-timestamps.js';
import type { Overall, ServiceDetection, ServiceDetector } from './service-detector.js';

/** Attempts that are told one by one: of one client at one service. */
const ONE_BY_ONE = 64;

/** Findings of attempts, one by one, before only clients are told. */
const MOST = 4096;

/** Attempts of one client, each with a single SYN, that make a fault of what may have been impatience. */
const AGAIN = 3;

/** A first SYN that is not answered is sent again after a second (RFC 6298 §2.1), then after twice that. */
const FIRST_TIMEOUT: Duration = SECOND;

const FIREWALL =
  'Let it through: nft list ruleset, iptables -S, security groups and network policies on the way and on the host ' +
  'itself; a rule that says reject in place of drop spares the next one the wait.';
const WHERE =
  "Capture at the server, too: if the SYN arrives there, the host or its answer's way back is at fault; if not, " +
  'something before it.';

type Cause = 'filtered' | 'rejected' | 'silent' | 'paws' | 'other-address';

/** Nobody answers SYNs. */
export const unanswered: ServiceDetector<'unanswered', Cause> = {
  id: 'unanswered', title: 'Connection attempts without an answer', rfc: 'RFC 9293 §3.8.3, RFC 1122 §4.2.3.5, §4.2.3.9',
  severities: {
    filtered: 'warning', rejected: 'warning', silent: 'warning', paws: 'warning', 'other-address': 'warning',
  },
  advice: {
    filtered: [
      `A firewall drops these SYNs, or the listener's queue is full. ${FIREWALL}`,
      'Where the port answers others: ss -lnt (Recv-Q against Send-Q) and nstat -az TcpExtListenDrops ' +
        'TcpExtTCPReqQFullDrop on the server; raise the backlog of listen() and net.core.somaxconn.',
      WHERE,
    ],
    rejected: [
      'Change the rule or the route at the sender of the ICMP error: it is the one that does not pass the ' +
        'connection on.',
      FIREWALL,
    ],
    silent: [
      'Is the address right, the host up, its route and the way back there? ping, traceroute -T -p PORT, arp.',
      FIREWALL, WHERE,
    ],
    paws: [
      'At the server: sysctl -w net.ipv4.tcp_tw_recycle=0 (it is gone since Linux 4.12), or at what stands ' +
        'before it and does the same. It cannot work with clients behind one NAT or load balancer address.',
      'Until then: net.ipv4.tcp_timestamps=0 at the clients, or an address for each of them.',
    ],
    'other-address': [
      'The answer is not translated back: the way back does not pass the NAT that changed the destination ' +
        '(conntrack, DNAT, IPVS, kube-proxy). Masquerade what a host sends to itself through a service (hairpin), ' +
        'or route the answer through the translator.',
      'On a bridge: sysctl net.bridge.bridge-nf-call-iptables=1 with br_netfilter loaded, so that bridged ' +
        "answers meet conntrack. With direct server return: the service's address on the server's loopback.",
    ],
  },
  detect(overall) {
    const attempts = overall.attempts();
    const withYoung = overall.attemptsWithYoung();
    // A flood is fast: a capture of a tenth of a second may be full of it, and none of its SYNs be old enough to be
    // called unanswered.
    const floods = Array.from(withYoung.services()).filter(isFlood);
    if (attempts.count + floods.length === 0) return [];
    const beside = new BesideAttempts(overall.connections, attempts);
    const detections: ServiceDetection<Cause>[] = [];
    const besideFloods = floods.length === 0 ? beside : new BesideAttempts(overall.connections, withYoung);
    for (const service of floods) detections.push(...flood(overall, service, besideFloods));
    for (const source of attempts.sources())
      if (attempts.isScanner(source.client)) detections.push(...scan(overall, source));
    const flooded = new Set(floods.map(({ server, port }) => serviceKey(server, port)));
    for (const service of attempts.services()) {
      if (flooded.has(serviceKey(service.server, service.port))) continue;
      for (const client of service.clients.values()) {
        if (attempts.isScanner(client.client)) continue;
        const isWhole = client.locations.length + evictedOf(client) === client.attempts;
        const timestamps =
          isWhole && !overall.isPart
            ? peerTimestamps(client.locations, beside.answered(service, client))
            : null;
        if (client.attempts <= ONE_BY_ONE && isWhole && detections.length < MOST) {
          client.locations.forEach((_, number) =>
            detections.push(one(overall, service, client, number, { beside, timestamps })),
          );
        } else {
          detections.push(...many(overall, service, client, { beside, timestamps }));
        }
      }
    }
    return detections.toSorted((a, b) => a.flow - b.flow);
  },
};

/**
 * Attempts that are no longer kept and of which no finding tells, counted as findings of them would be. Whether an ICMP
 * error rejected one is forgotten with it.
 *
 * @param isTold whether a finding tells of all attempts of `client` to the service
 */
export function evictedAttempts(
  overall: Overall, isTold: (client: number, server: number, port: number) => boolean,
): GroupOf<'unanswered', Cause>[] {
  const groups: GroupOf<'unanswered', Cause>[] = [];
  let beside: BesideAttempts | null = null;
  const attempts = overall.attempts();
  for (const service of attempts.services()) {
    const { server, port, address } = service;
    if (address === null) continue;
    for (const client of service.clients.values()) {
      if (client.evicted === null || isTold(client.client, server, port)) continue;
      beside ??= new BesideAttempts(overall.connections, attempts);
      const { cause } = byHost(service, beside);
      const { once, again } = client.evicted;
      for (const [spans, syns] of [[once, 1], [again, 2]] as const) {
        if (spans.count === 0) continue;
        const { count, first, last, shortest, longest } = spans;
        groups.push({
          finding: unanswered.id, cause, severity: isPatient(client, syns) ? 'warning' : 'info',
          service: { address, port }, flows: count, forgotten: count, first, last, streams: [],
          durations: { shortest, median: shortest, longest }, findings: [],
        });
      }
    }
  }
  return groups;
}

function evictedOf({ evicted }: ClientTally): number {
  return evicted === null ? 0 : evicted.once.count + evicted.again.count;
}

/** Whether an attempt of so many SYNs, or its client, asked again: one that did not may have been impatient. */
function isPatient({ attempts }: ClientTally, syns: number): boolean {
  return syns > 1 || attempts >= AGAIN;
}

/** What other connections show of the attempts of a client to a service. */
interface Shown {
  readonly beside: BesideAttempts;
  readonly timestamps: PeerTimestamps | null;
}

/** What is told of one attempt, and of those that are alike. */
interface Why {
  readonly cause: Cause;
  readonly confidence: ServiceDetection['confidence'];
  readonly alternatives: readonly string[];
  readonly because: string;
  readonly frames: readonly number[];
  readonly evidence: ServiceDetection['evidence'];
}

function one(
  overall: Overall, service: ServiceTally, client: ClientTally, number: number, shown: Shown,
): ServiceDetection<Cause> {
  const location = client.locations[number]!;
  const why = reason(overall, service, client, number, shown);
  const { connection, history } = location.folder.fold(location.row, overall.captureEnd);
  const syns = history.count;
  const last = history.rows[syns - 1]!;
  const seconds = last.time - connection.start;
  const interval = syns === 1 ? FIRST_TIMEOUT : last.time - history.rows[syns - 2]!.time;
  const frames = Array.from({ length: syns }, (_, at) => history.rows[at]!.frame);
  const isFault = isPatient(client, syns) || why.cause === 'rejected' || why.cause === 'other-address';
  return {
    cause: why.cause, confidence: why.confidence, alternatives: why.alternatives, role: 'server', flow: connection.id,
    start: connection.start,
    end: overall.captureEnd - last.time < interval * 2 && why.cause !== 'rejected' ? null : last.time,
    frames: [...frames, ...why.frames], severity: isFault ? 'warning' : 'info',
    message:
      `${asked(syns, seconds, frames)} of ${connection.client.address} to ${ofService(connection)} ` +
      `${syns === 1 ? 'was' : 'were'} never answered${why.because}.${together(client)}`,
    evidence: { syns, seconds: inSeconds(seconds), attempts: client.attempts, allSyns: client.syns, ...why.evidence },
  };
}

/** Too many attempts of one client to tell each. */
function many(overall: Overall, service: ServiceTally, client: ClientTally, shown: Shown): ServiceDetection<Cause>[] {
  const location = client.locations[0];
  if (location === undefined) return [];
  const why = reason(overall, service, client, 0, shown);
  const { connection } = location.folder.fold(location.row, overall.captureEnd);
  return [{
    ...ofAll(connection, client, why, 'warning'), crowd: { of: 'unanswered', client: client.client, service },
    message: `${client.attempts} attempts of ${connection.client.address} to connect to ${ofService(connection)}, ` +
      `${client.syns} SYNs in ${formatToMilliseconds(lasted(client))} s, were never answered${why.because}.`,
    evidence: { ...sums(client), ...why.evidence },
  }];
}

/** Addresses that come once each: invented ones, whose answers go nowhere, so that nobody waits. */
function flood(overall: Overall, service: ServiceTally, beside: BesideAttempts): ServiceDetection<Cause>[] {
  const [client] = service.clients.values();
  const location = client?.locations[0];
  if (location === undefined) return [];
  const { connection } = location.folder.fold(location.row, overall.captureEnd);
  const { cause, because } = byHost(service, beside);
  return [{
    ...ofAll(connection, service, { cause, confidence: 'possible', alternatives: [], frames: [] }, 'info'),
    crowd: { of: 'unanswered', service },
    message: `${service.attempts} SYNs of as many addresses to ${ofService(connection)} within ` +
      `${formatToMilliseconds(lasted(service))} s were never answered${because}: a flood of invented addresses, or ` +
      `the service is gone.`,
    evidence: sums(service),
  }];
}

/** One source that asks many services, and waits for none. */
function scan(overall: Overall, source: SourceTally): ServiceDetection<Cause>[] {
  const { location, services, hosts } = source;
  if (location === null) return [];
  const { connection } = location.folder.fold(location.row, overall.captureEnd);
  const where =
    hosts.size === 1
      ? `${services} ports of ${connection.server.address}`
      : `${services} services of ${hosts.size >= 20 ? 'many' : hosts.size} hosts`;
  return [
    {
      ...ofAll(
        connection, source, { cause: 'silent', confidence: 'possible', alternatives: ['filtered'], frames: [] }, 'info',
      ),
      crowd: { of: 'unanswered', client: source.client },
      message:
        `${connection.client.address} asked ${where} within ${formatToMilliseconds(lasted(source))} s ` +
        `(${source.syns} SYNs) and got no answer: a scan.`,
      evidence: { ...sums(source), services },
    },
  ];
}

function ofAll(
  connection: Connection, tally: Tally, why: Pick<Why, 'cause' | 'confidence' | 'alternatives' | 'frames'>,
  severity: Severity,
): Omit<ServiceDetection<Cause>, 'message' | 'evidence'> {
  return {
    cause: why.cause, confidence: why.confidence, alternatives: why.alternatives, role: 'server', flow: connection.id,
    severity, start: tally.first, end: tally.last, frames: [connection.firstFrame, ...why.frames],
  };
}

function sums(tally: Tally): ServiceDetection['evidence'] {
  return { attempts: tally.attempts, syns: tally.syns, seconds: inSeconds(lasted(tally)) };
}

/** Why nobody answered attempt `number` of a client. */
function reason(
  overall: Overall, service: ServiceTally, client: ClientTally, number: number, { beside, timestamps }: Shown,
): Why {
  const location = client.locations[number]!;
  const error = rejection(location.folder.fold(location.row, overall.captureEnd));
  if (error !== null) return rejected(location, error, overall.captureEnd);
  return elsewhere(location, overall.captureEnd, beside) ?? byTimestamp(timestamps, number) ?? byHost(service, beside);
}

/** The ICMP error by which a connect() fails; null if none came. */
function rejection({ errors }: Pick<Verdict, 'errors'>): NetworkError | null {
  return errors.find((error) => error.talker === 'client' && isUnreachable(error)) ?? null;
}

function rejected({ folder, row }: Location, error: NetworkError, captureEnd: Time): Why {
  const { server } = folder.fold(row, captureEnd).connection;
  const who =
    error.sender === server.address
      ? `the host itself, ${error.sender},`
      : `${error.sender}, a router or firewall on the way,`;
  return {
    cause: 'rejected', confidence: 'likely', alternatives: [], frames: [error.frame],
    because: `, but rejected: ${who} says that ${wordsOf(error)} in frame ${error.frame}`,
    evidence: { by: error.sender, code: error.code, kind: error.kind, errors: error.count },
  };
}

/** The answer came from another address. */
function elsewhere(location: Location, captureEnd: Time, beside: BesideAttempts): Why | null {
  const answer = beside.answerer(location);
  if (answer === null) return null;
  const { connection, history } = answer.folder.fold(answer.row, captureEnd);
  const { synAck } = history.ends[1];
  const answeredBy = ofService(connection);
  const frame = history.rows[synAck]?.frame ?? connection.firstFrame;
  const reset = connection.resets.find(({ by }) => by === 'client');
  return {
    cause: 'other-address', confidence: 'likely', alternatives: [], frames: [frame, ...(reset ? [reset.frame] : [])],
    because: ` by that address, but by another one: the SYN-ACK that acknowledges it came from ${answeredBy} (frame ` +
      `${frame}, stream ${connection.stream})` +
      `${reset ? `, of which the client knows nothing (RST in frame ${reset.frame})` : ''}. The destination was ` +
      `translated (NAT), and the answer was not translated back`,
    evidence: { answeredBy, answeredInStream: connection.stream },
  };
}

function byTimestamp(timestamps: PeerTimestamps | null, number: number): Why | null {
  if (timestamps === null) return null;
  const { below, above } = timestamps;
  const { value, before, frame } = below[number]!;
  return {
    cause: 'paws', confidence: below.length > 1 ? 'likely' : 'possible', alternatives: ['filtered'], frames: [frame],
    because:
      `: their timestamp, ${value}, lies below ${before}, which the same address had used in frame ${frame}, and ` +
      `${above === 1 ? 'the one' : `all ${above}`} with newer ones ${above === 1 ? 'was' : 'were'} answered. So ` +
      `does a host that remembers timestamps by address, and takes several hosts behind one NAT for one ` +
      `(net.ipv4.tcp_tw_recycle)`,
    evidence: { timestamp: value, lastOfAddress: before, below: below.length, above },
  };
}

function byHost(service: ServiceTally, beside: BesideAttempts): Why {
  const ports = beside.portsOf(service);
  const others = ports.filter((port) => port !== service.port);
  const evidence = { answersAt: ports.map(String) };
  if (ports.includes(service.port)) {
    return {
      cause: 'filtered', confidence: 'possible', alternatives: ['silent'], frames: [], evidence,
      because:
        ', though it answers others: a full listen queue, a limit of rates or addresses, or a lossy road drops them',
    };
  }
  if (beside.isAlive(service)) {
    return {
      cause: 'filtered', confidence: 'likely', alternatives: ['silent'], frames: [], evidence,
      because:
        others.length > 0
          ? `, though its host answers at port ${others.slice(0, 3).join(', ')}: a firewall drops them`
          : ', though its host is there: a firewall drops them',
    };
  }
  return {
    cause: 'silent', confidence: 'possible', alternatives: ['filtered'], frames: [],
    because: ', and nothing else was heard of its host', evidence,
  };
}

function ofService({ server: { address, port } }: Connection): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function asked(syns: number, seconds: Duration, frames: readonly number[]): string {
  return syns === 1
    ? `The SYN (frame ${frames[0]})`
    : `${syns} SYNs in ${formatToMilliseconds(seconds)} s (frames ${frames[0]} to ${frames.at(-1)})`;
}

/** How many attempts it made, with those told of others. */
function together(client: ClientTally): string {
  if (client.attempts === 1) return '';
  return ` One of ${client.attempts} attempts of this client within ${formatToMilliseconds(lasted(client))} s, ` +
    `${client.syns} SYNs in all.`;
}

function inSeconds(duration: Duration): number {
  return Number(formatToMilliseconds(duration));
}
