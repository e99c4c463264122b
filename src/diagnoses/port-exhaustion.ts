import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { MANY_CLIENTS, collect, firstFew, inSeconds, place, seconds } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import * as SIGN from './facts/signs.js';

/** Ports from which on their order tells of a range. */
const MANY = 200;
/** TIME-WAIT of Linux, the shortest of the usual ones but macOS' and Windows': TCP_TIMEWAIT_LEN. */
const TIME_WAIT: Duration = 60 * SECOND;
/** Ports of the range that were used; from the second on no port is left. */
const COVERED = 0.95;
const FULL = 0.99;
/** Connections that the client closes first, whose ports stay taken. */
const CLOSED_FIRST = 0.9;
/**
 * Linux walks through the range from a hashed place (__inet_hash_connect) and goes round at its upper end: a step back
 * across it.
 */
const ROUND = 0.9;
/** A pause behind the last connection that says that no more could be made. */
const STOPPED: Duration = SECOND;
const TIMES_AS_LONG = 10;

/** A client whose local ports to one service are used up, by the range that is seen to be in use. */
export const portExhaustion: DiagnosisDetector = {
  id: 'port-exhaustion',
  title: 'Local ports run out',
  explains: { 'port-exhaustion': [], 'time-wait-reuse': [] },
  signs: SIGN.attempted,
  detect(scene, services) {
    return services.flatMap((service) => {
      const told = new Set(scene.freeFound(service, 'port-exhaustion').map(({ client }) => client));
      const each = collect(scene.freeByClient(service, SIGN.attempted), ([client, own]) => {
        if (own.length < MANY && !told.has(client)) return null;
        const attempts = own.filter((facts) => facts.attempts > 0);
        return byRange(scene, service, client, attempts) ?? byFinding(scene, service, client, attempts);
      });
      const all = each.length < MANY_CLIENTS ? null : inCommon(service, each);
      return all === null ? each : [all];
    });
  },
};

/**
 * Many clients of one service as one story: each host has ports of its own, which run out by themselves; where all do
 * at once, it is the service, or how it is used, that costs a connection for each request. Null where one began when
 * those of another were free again.
 */
function inCommon(service: Service, each: readonly Detected[]): Detected | null {
  const members = each.flatMap(({ members: own }) => own);
  const windows = each.map(({ members: own, first, last }) => {
    const starts = own.map(({ start }) => start);
    return { from: first ?? Math.min(...starts), to: last ?? Math.max(...starts) };
  });
  const begins = windows.map(({ from }) => from);
  const ends = windows.map(({ to }) => to);
  // What one has taken is free again when another begins.
  if (Math.max(...begins) > Math.min(...ends) + TIME_WAIT) return null;
  const lasted = Math.max(...ends) - Math.min(...begins);
  const ports = each.reduce((sum, { numbers }) => sum + numbers['ports']!, 0);
  return {
    severity: each.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
    confidence: each.every(({ confidence }) => confidence === 'likely') ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: each[0]!.by,
    message:
      `${each.length} clients (${firstFew(each.map(({ by }) => by.address))}) run out of local ports to ${place(service)} at once: ${ports} ports ` +
      `within ${seconds(lasted)}, most of them in TIME-WAIT.`,
    advice: [
      `Let ${place(service)} keep connections, and its clients use them again (keep-alive, a pool): with one for each ` +
        'request all of them have the same limit.',
      ...ADVICE.slice(1),
    ],
    numbers: { clients: each.length, ports, seconds: inSeconds(lasted) },
    refutes: 'a client of as many requests whose ports do not run out',
    members,
  };
}

function byRange(scene: Scene, service: Service, client: string, own: readonly Facts[]): Detected | null {
  if (own.length < MANY) return null;
  const taken = own.filter(({ synAck }) => !Number.isNaN(synAck)).sort((a, b) => a.start - b.start);
  const ports = new Set(taken.map(({ clientPort }) => clientPort));
  if (ports.size < MANY || ports.size < taken.length) return null;
  let [low, high, back] = [Infinity, 0, 0];
  taken.forEach(({ clientPort }, index) => {
    low = Math.min(low, clientPort);
    high = Math.max(high, clientPort);
    if (index > 0) back = Math.max(back, taken[index - 1]!.clientPort - clientPort);
  });
  const [first, last] = [taken[0]!, taken.at(-1)!];
  const span = high - low + 1;
  const lasted = last.start - first.start;
  const held = taken.filter(({ closer, closedByReset }) => closer === 0 && !closedByReset).length;
  if (
    ports.size < COVERED * span ||
    back < ROUND * (span - 1) ||
    lasted > TIME_WAIT ||
    held < CLOSED_FIRST * taken.length
  )
    return null;
  const hasStopped = scene.end - last.start >= Math.max(STOPPED, (TIMES_AS_LONG * lasted) / taken.length);
  return {
    severity: hasStopped || ports.size >= FULL * span ? 'error' : 'warning',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: { role: 'client', address: client },
    message:
      `${client} has used ${ports.size} of ${span} local ports (${low}-${high}) to ${place(service)} ` +
      `within ${seconds(lasted)}; each stays in TIME-WAIT for a ` +
      `minute${hasStopped ? `, and it opened none in the ${seconds(scene.end - last.start)} since` : ''}: ` +
      `connect() fails with EADDRNOTAVAIL.`,
    advice: [...ADVICE],
    numbers: { ports: ports.size, of: span, low, high, seconds: inSeconds(lasted) },
    refutes: `a connection of ${client} to ${place(service)} from a port outside of ${low}-${high}`,
    members: taken,
  };
}

const ADVICE = [
  'Reuse connections (keep-alive, a pool), or widen `net.ipv4.ip_local_port_range` (32768 60999 by default) at ' +
    'the client.',
  '`net.ipv4.tcp_tw_reuse=1` at the client lets it take ports in TIME-WAIT again after a second (timestamps ' +
    'needed); or let the server close first, or use more addresses.',
];

/** Where there are more than are kept: the count of all of them. */
function byFinding(scene: Scene, service: Service, client: string, own: readonly Facts[]): Detected | null {
  for (const facts of own) {
    const finding = scene.findingsOf(facts).find(({ id }) => id === 'port-exhaustion');
    if (finding === undefined) continue;
    const [ports, of] = [Number(finding.evidence['portsAtOnce']), Number(finding.evidence['ports'])];
    return {
      severity: 'warning',
      confidence: finding.confidence === 'possible' ? 'possible' : 'likely',
      service: { address: service.address, port: service.port },
      by: { role: 'client', address: client },
      message:
        `${client} holds ${ports} local ports to ${place(service)} at once, most of them in TIME-WAIT, of ` +
        `the ${of} that Linux has by default: soon connect() fails with EADDRNOTAVAIL.`,
      advice: [...ADVICE],
      numbers: { ports, of },
      refutes: 'a client with a wider range of ports, or several addresses behind this one',
      members: [facts],
      first: finding.start,
      ...(finding.end === null ? {} : { last: finding.end }),
    };
  }
  return null;
}
