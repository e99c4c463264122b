import { knownLimits } from '../findings/idle-limits.js';
import { groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import {
  byClient, clientsInWords, collect, everyone, inSeconds, pairsOf, place, seconds,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Unexplained } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import { isAnotherHost } from './patterns/another-host.js';
import { begunAsleep, forgottenDeathOf, hadGivenUp, hasOtherTtl, movedTo } from './nat-forgot/forgotten-death.js';
import type { Death } from './nat-forgot/forgotten-death.js';
import { lasting, occurrences, times } from './once.js';
import { ofOneClient } from './nat-forgot/was-away.js';
import type { Occurrence } from './once.js';
import * as SIGN from './facts/signs.js';
import { isLonger } from './patterns/timer.js';
import { REPEATS } from './patterns/in-vain.js';

/**
 * Connections that died after a pause before it is told: where others lived, and where none shows what is short enough.
 */
const FEW = 2;
const ALONE = 3;
/**
 * Without a shorter pause that was survived, or an answer, silence tells of an idle limit from here on. Boxes document
 * 60 s and more (below); those of a laboratory are set to some seconds.
 */
const SILENT: Duration = 5 * SECOND;
/** Of so many one may be out of order. */
const ORDERLY = 20;

/**
 * Idle limits of boxes on the way, in seconds, as their makers document them (AWS 350, Azure 240, GCP 600 and 1200,
 * IPVS 900, firewalls 1800 and 3600, …).
 */
const KNOWN = [60, 120, 180, 240, 300, 350, 600, 900, 1200, 1800, 3600, 7200] as const;

/** Something on the way that forgets idle connections: a NAT, a firewall, a load balancer. */
export const natForgot: DiagnosisDetector = {
  id: 'nat-forgot', title: 'A NAT or firewall forgot',
  explains: {
    'half-open': [], 'rst-after-push': ['no-socket'], 'unexpected-reset': [], 'half-closed': ['killed'],
    'unanswered-request': [], 'forged-reset': [], 'unacknowledged-fin': [], 'one-way': [], 'nat-rebinding': [],
  },
  signs: SIGN.paused,
  detect(scene, services) {
    const dying = new Map<readonly Facts[], Pair>();
    for (const { all, some } of scene.pairsOf(services.flatMap((service) => scene.free(service, SIGN.paused)))) {
      const deaths = collect(some, forgottenDeathOf);
      if (deaths.length > 0) dying.set(all, { all, deaths });
    }
    if (dying.size < FEW) return [...dying.values()].flatMap((pair) => forgot(pair) ?? []);
    return storiesOf(pairsOf(scene).map((all) => dying.get(all) ?? { all, deaths: [] }));
  },
  once(scene, left) {
    const moved = occurrences(left, 'nat-rebinding', (finding) => lasting(finding, 'silentSeconds'));
    const known = new Set(moved.map(({ of }) => of));
    const others = left.filter((of) => !known.has(of));
    const died = [
      ...occurrences(others, 'unexpected-reset', (finding, of) =>
        isAnswer(of) && finding.evidence['answers'] !== null ? lasting(finding, 'idleSeconds', SHORTEST) : null,
      ),
      ...occurrences(others, 'rst-after-push', (finding, of) =>
        isAnswer(of) && finding.cause === 'no-socket' && !hadGivenUp(of.facts, of.facts.reset!.by)
          ? lasting(finding, 'idleSeconds', SHORTEST)
          : null,
      ),
      ...occurrences(others, 'half-open', (finding) =>
        finding.cause === 'retransmission-timeout' || finding.cause === 'keepalive-timeout'
          ? lasting(finding, 'idleBeforeSeconds', SHORTEST)
          : null,
      ),
    ];
    const away = ofOneClient(scene, died);
    const told = new Set(away.flatMap(({ members }) => members));
    const byService = [
      ...groupsBy(died.filter(({ of }) => !told.has(of.facts)), ({ of: { service } }) => service).values(),
    ];
    return [
      ...moved.map((occurrence) => wentOn(occurrence)), ...away,
      // What happened to several clients of a service is one box before it, unless one of them refutes that.
      ...byService.flatMap((all) => {
        const together = diedOnce(all);
        if (together !== null) return [together];
        return [...groupsBy(all, ({ of: { facts: { client } } }) => client).values()]
          .flatMap((own) => (own.length === all.length ? [] : (diedOnce(own) ?? [])));
      }),
    ];
  },
};

/** No box that is known to have an idle limit for TCP has a shorter one by itself. */
const SHORTEST: Duration = KNOWN[0] * SECOND;

/**
 * A RST without ACK, as who knows of no connection answers a segment with (RFC 9293 §3.5.2); or from another distance
 * than the host's. A device's own stack that was restarted may answer otherwise (lwIP tcp_rst).
 */
function isAnswer({ facts }: Unexplained): boolean {
  return facts.reset !== null && (facts.reset.bare || hasOtherTtl(facts));
}

/**
 * A connection went on with its sequence and acknowledgment numbers from another port: something between had lost its
 * entry.
 */
function wentOn({ of: { facts, service }, finding: { evidence }, value }: Occurrence): Detected {
  const after = everyone(service).filter(({ stream, isGuessed }) => isGuessed && stream === evidence['nowStream']);
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `A NAT or firewall on the way between ${facts.client} and ${place(service)} forgot a connection that had ` +
      `been silent for ${seconds(value)}: it went on from port ${Number(evidence['nowPort'])} in place of ` +
      `${Number(evidence['port'])}, with the same numbers, and nobody knows it there.`,
    advice: [
      ...keepAlive(seconds(value)),
      'Where the table was flushed, restarted or failed over at that moment (`conntrack -F`, `conntrack -D`, a ' +
        'rule set that was loaded anew), let it keep its entries.',
    ],
    numbers: { died: 1, lived: 0, matching: 1, of: 1, upper: inSeconds(value), moved: 1 },
    refutes: 'a client that sends from both ports itself', members: [facts], beside: after,
  };
}

/** What died after a pause that boxes on the way are known not to bear, while nobody had closed. */
function diedOnce(deaths: readonly Occurrence[]): Detected | null {
  const { service, facts } = deaths[0]!.of;
  const died = Math.min(...deaths.map(({ value }) => value));
  const clients = new Set(deaths.map(({ of }) => of.facts.client));
  const pair = [...clients].flatMap((client) => byClient(service).get(client)!);
  const here = clientsInWords(clients);
  const lived = Math.max(0, ...pair.map(({ longestQuiet }) => longestQuiet).filter((quiet) => quiet < died));
  const dead = new Set(deaths.map(({ of }) => of.facts));
  if (pair.some((facts) => survived(facts, dead) >= died)) return null;
  const resets = deaths.filter(({ of, finding: { id } }) => id !== 'half-open' && of.facts.reset !== null);
  if (resets.length === 0 && isGone(pair, deaths.map(({ of }) => of.facts))) return null;
  const isOfClients = resets.length > 0 && resets.every(({ of }) => of.facts.reset!.by === 0);
  const areClientsSilent = resets.length === 0 && deaths.every(({ finding: { role } }) => role === 'client');
  const by = isOfClients && clients.size === 1 ? facts.client : service.address;
  // Who was restarted answers by a RST (RFC 9293 §3.5.1); several clients are not restarted for one server's sake.
  const gone = areClientsSilent ? (clients.size > 1 ? 'these clients were' : `${here} was`) : `${by} was`;
  const other =
    isOfClients && clients.size > 1 ? null : `${gone} ${resets.length === 0 ? 'gone by then' : 'restarted meanwhile'}`;
  const bracket = lived >= SECOND ? `between ${seconds(lived)} and ${seconds(died)}` : `after at most ${seconds(died)}`;
  const limits = knownLimits(lived, died);
  const how =
    resets.length === 0
      ? deaths.every(({ finding: { cause } }) => cause === 'keepalive-timeout')
        ? 'keepalives were not answered any more'
        : 'nobody answered any more'
      : deaths.some(({ finding: { cause } }) => cause === 'keepalive')
        ? 'a keepalive drew a RST'
        : 'what came next drew a RST';
  return {
    severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'path', address: by },
    message:
      `Something between ${here} and ${place(service)} (a NAT, a load balancer, a firewall) seems to ` +
      `forget idle connections ${bracket}: it happened ${times(deaths.length)}, and ` +
      `${how}${limits.length > 0 ? `; known limits are ${limits.join(', ')}` : ''}.` +
      (other === null ? '' : ` Or ${other}.`),
    advice: keepAlive(seconds(Math.max(lived, SHORTEST))),
    numbers: {
      died: deaths.length, lived: lived >= SECOND ? 1 : 0, matching: deaths.length, of: deaths.length,
      ...(lived >= SECOND ? { lower: inSeconds(lived) } : {}), upper: inSeconds(died),
    },
    refutes:
      (other === null
        ? ''
        : `${resets.length === 0 ? `${areClientsSilent ? here : by} being gone` : `a restart of ${by}`} in that time; or `) +
      `a connection that is used again after more than ${seconds(died)} without any packet, and answered`,
    members: deaths.map(({ of }) => of.facts),
  };
}

/**
 * Whether nobody of them was let in any more: a box that forgets the old lets the new pass, and a host that is gone
 * answers neither.
 */
function isGone(all: readonly Facts[], died: readonly Facts[]): boolean {
  const from = Math.min(...died.map(({ pauseEnd }) => pauseEnd));
  const later = all.filter(({ start, attempts }) => start > from && attempts > 0);
  return later.some(({ attempts }) => attempts >= REPEATS) && later.every(({ packets }) => packets[1] === 0);
}

/** `often` is the time within which a packet must pass. */
function keepAlive(often: string, known?: number): string[] {
  return [
    `Keep connections alive by probes more often than every ${often}: SO_KEEPALIVE with TCP_KEEPIDLE below it ` +
      `(\`net.ipv4.tcp_keepalive_time\` is 7200 by default), redis \`tcp-keepalive\`, PostgreSQL ` +
      `\`tcp_keepalives_idle\`, JDBC \`tcpKeepAlive\`; or close idle ones sooner.`,
    `Or raise the idle timer of the box: \`net.netfilter.nf_conntrack_tcp_timeout_established\`, a load ` +
      `balancer's or firewall's idle timeout${known === undefined ? '' : ` (${known} s is a usual one)`}.`,
  ];
}

/**
 * Those of one server, then those of one client, have one box between them and it, as far as their pauses agree: a
 * balancer may forget each of many clients once. What joins nothing is told of each pair.
 */
function storiesOf(pairs: readonly Pair[]): Detected[] {
  const own = new Map<Pair, Detected | null>();
  for (const pair of pairs) if (pair.deaths.length > 0) own.set(pair, forgot(pair));
  const found: Detected[] = [];
  for (const end of ['server', 'client'] as const) {
    const hostOf = ({ all: [first] }: Pair): string => first![end];
    const hosts = new Set(Array.from(own.keys(), hostOf));
    const groups = groupsBy(pairs.filter((pair) => hosts.has(hostOf(pair))), hostOf);
    for (const group of groups.values()) {
      const one = inCommon(group.filter((pair) => pair.deaths.length === 0 || own.has(pair)), own);
      if (one === null) continue;
      found.push(one.detected);
      for (const pair of one.of) own.delete(pair);
    }
  }
  return [...found, ...[...own.values()].flatMap((detected) => detected ?? [])];
}

/**
 * What the pairs of one host show together: with those of which nothing died, for they may refute it; else those that
 * died alone, for the others may have another road; else those of which enough died by themselves.
 */
function inCommon(
  group: readonly Pair[], own: ReadonlyMap<Pair, Detected | null>,
): { readonly of: readonly Pair[]; readonly detected: Detected } | null {
  const dying = group.filter(({ deaths }) => deaths.length > 0);
  const told = dying.filter((pair) => own.get(pair) !== null);
  if (dying.length < FEW) return null;
  for (const [all, some] of [[group, dying], ...(told.length > 0 ? [[dying, dying]] : []), [told, told]] as const) {
    const detected = some.length < FEW ? null : forgot(together(all));
    if (detected !== null) return { of: some, detected };
  }
  return null;
}

function together(pairs: readonly Pair[]): Pair {
  return {
    all: pairs.flatMap(({ all }) => all).sort((a, b) => a.frame - b.frame),
    deaths: pairs.flatMap(({ deaths }) => deaths).sort((a, b) => a.of.frame - b.of.frame),
  };
}

/** Everything between a client and a server, and what of it died. */
interface Pair {
  readonly all: readonly Facts[];
  readonly deaths: readonly Death[];
}

function forgot({ all, deaths }: Pair): Detected | null {
  if (deaths.length < FEW) return null;
  const died = deaths.map(({ pause }) => pause).sort((a, b) => a - b);
  const dead = new Set(deaths.map(({ of }) => of));
  if (deaths.every(({ isReset }) => !isReset) && isGone(all, [...dead])) return null;
  const lived = all
    .map((facts) => survived(facts, dead))
    .filter((quiet) => quiet >= SECOND)
    .sort((a, b) => a - b);
  const disorder = lived.filter((quiet) => quiet >= died[0]!).length;
  if (disorder > (died.length + lived.length) / ORDERLY) return null;
  const shorter = lived.filter((quiet) => quiet < died[0]!);
  const moved = movedTo(deaths, all);
  const isElsewhere = deaths.filter(({ of, isReset }) => isReset && hasOtherTtl(of)).length * 2 > deaths.length;
  if (isElsewhere && isAnotherHost([...dead], all)) return null;
  const isSilent = deaths.every(({ isReset }) => !isReset);
  // Resets of the usual distance, and no pause that was survived: the peer itself may have been restarted.
  if (shorter.length === 0 && (deaths.length < ALONE || !(isElsewhere || moved.length > 0 || isSilent))) return null;
  // What is silent, and was for less, is gone for any reason; and so is what fell silent together with all others.
  if (moved.length === 0 && isSilent && died[0]! < SILENT && (shorter.length === 0 || isOneMoment(all, deaths)))
    return null;
  if (moved.length === 0 && isSilent && areClientsGone(all, deaths)) return null;
  const low = shorter.at(-1) ?? null;
  const high = died[0]!;
  if (low !== null && moved.length === 0 && !isLonger(high, low)) return null;
  const { client, server, serverPort } = deaths[0]!.of;
  const clients = new Set(deaths.map(({ of }) => of.client)).size;
  const servers = new Set(deaths.map(({ of }) => of.server)).size;
  const isOneService = servers === 1 && deaths.every(({ of }) => of.serverPort === serverPort);
  const here = clients === 1 ? client : `${clients} clients`;
  const there =
    servers > 1 ? `${servers} servers` : isOneService ? place({ address: server, port: serverPort }) : server;
  const isOfClient = servers > 1 || (isElsewhere && deaths.every(({ of }) => of.reset?.by === 0));
  const bracket = low === null ? `after at most ${seconds(high)}` : `between ${seconds(low)} and ${seconds(high)}`;
  const known =
    low === null || high > 2 * low ? undefined : KNOWN.find((value) => value * SECOND > low && value * SECOND <= high);
  const how = isSilent ? 'unanswered' : isElsewhere ? 'RSTs of another TTL' : 'they were answered by RST';
  const proof = moved.length > 0 ? `; ${moved.length} went on from another port` : '';
  const keep = seconds((low ?? high / 2));
  return {
    severity: 'error', confidence: shorter.length >= FEW || moved.length > 0 ? 'likely' : 'possible',
    service: isOneService ? { address: server, port: serverPort } : null,
    by: { role: 'path', address: isOfClient ? client : server },
    message:
      `A NAT or firewall between ${here} and ${there} forgets what is idle ${bracket}: ` +
      `${died.length} of ${died.length + disorder} died after it (${how})` +
      `${low === null ? '' : `, ${shorter.length} with shorter pauses lived`}${proof}.`,
    advice: keepAlive(keep, known),
    numbers: {
      died: died.length, lived: shorter.length, matching: died.length, of: died.length + disorder,
      ...(low === null ? {} : { lower: inSeconds(low) }), upper: inSeconds(high),
      ...(moved.length > 0 ? { moved: moved.length } : {}),
    },
    refutes: `a connection that is used again after more than ${seconds(high)} without any packet, and answered`,
    members: [...dead], beside: [...moved, ...begunAsleep(all, deaths)],
  };
}

/** The longest silence that a connection outlived: of one that died neither what ended it nor the probes in it count. */
function survived(facts: Facts, dead: ReadonlySet<Facts>): Duration {
  return dead.has(facts) ? Math.min(facts.longestQuiet, facts.longestPause) : facts.longestQuiet;
}

/**
 * Whether one moment explains all deaths, as of a host that went down: from the first of them on nothing of the silent
 * side was heard on any connection that had begun before. What forgets by idle time forgets each by itself.
 */
function isOneMoment(all: readonly Facts[], deaths: readonly Death[]): boolean {
  const [{ of }] = deaths as readonly [Death];
  const silent = (1 - of.pauseEndedBy) as 0 | 1;
  const first = Math.min(...deaths.map(({ of: { pauseEnd } }) => pauseEnd));
  const isOneSide = deaths.every(({ of: { pauseEndedBy } }) => pauseEndedBy === of.pauseEndedBy);
  // Where both sides speak in vain one of each pair is silent.
  return !all.some(({ start, heard: [client, server], roundTrip }) => {
    const last = isOneSide ? [client, server][silent]! : Math.min(client, server);
    return start < first && last > first + roundTrip;
  });
}

/**
 * Whether servers alone spoke to clients of whom nothing was heard from then on, at whatever port: these left, as
 * phones do. Behind a box that had forgotten them they would speak again.
 */
function areClientsGone(all: readonly Facts[], deaths: readonly Death[]): boolean {
  const first = Math.min(...deaths.map(({ of }) => of.pauseEnd));
  return deaths.every(({ of: { pauseEndedBy } }) => pauseEndedBy === 1) && !all.some(({ heard }) => heard[0] > first);
}
