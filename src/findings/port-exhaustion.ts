import type { Connection, StateEntry } from '../tcp/connection.js';
import { SECOND, formatDuration } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import type { ServiceDetection, ServiceDetector } from './service-detector.js';

/** Local ports that Linux takes by itself: net.ipv4.ip_local_port_range, 32768 to 60999 (ip-sysctl.rst). */
const PORTS = 60_999 - 32_768 + 1;

/** Taken at once from which the rest is a matter of minutes, and random search for a free one begins to cost. */
const RISK = PORTS / 2;

/** A client that closes first keeps each local port in TIME-WAIT, and soon has none left to connect to this service. */
export const portExhaustion: ServiceDetector<'port-exhaustion', ''> = {
  id: 'port-exhaustion',
  title: 'Local ports run out',
  rfc: 'RFC 9293 §3.6.1, RFC 6056',
  severities: { '': 'warning' },
  advice: {
    '': [
      'Reuse connections: a keep-alive pool opens a handful where single requests open thousands.',
      'Let the server close first, or set net.ipv4.tcp_tw_reuse=1 at the client (with TCP timestamps); widen ' +
        'net.ipv4.ip_local_port_range; bind with IP_BIND_ADDRESS_NO_PORT.',
      'More source addresses or more destination ports multiply the budget: it counts for each (source address, ' +
        'destination address, destination port).',
    ],
  },
  detect({ crowds }) {
    return [...crowds(RISK)].flatMap((crowd) => judge(crowd) ?? []);
  },
};

function judge(crowd: Iterable<Connection>): ServiceDetection<''> | null {
  const starts: Time[] = [];
  const ends: Time[] = [];
  let first: Connection | null = null;
  let last: Connection | null = null;
  let held: Duration | null = null;
  for (const connection of answered(crowd)) {
    first ??= connection;
    last = connection;
    held ??= timeWaitOf(connection.states.client);
    starts.push(connection.start);
    ends.push(connection.states.client.findLast((entry) => entry.state === 'CLOSED')?.time ?? Infinity);
  }
  if (first === null || last === null || starts.length < RISK) return null;
  const { most, at } = busiest(starts, ends);
  if (most < RISK || countInTimeWait(crowd, at) < most / 2) return null;
  const budget = held === null || held <= 0 ? null : Math.floor(PORTS / (held / SECOND));
  return {
    cause: null, confidence: 'likely', role: 'client', flow: last.id, start: first.start, end: at,
    frames: [first.firstFrame, last.firstFrame],
    message:
      `${last.client.address} held ${most} local ports to this service at once, most of them in TIME-WAIT, of the ` +
      `${PORTS} that Linux has by ` +
      `default${budget === null ? '' : `: more than ${budget} connections a second cannot go on`}. connect() then ` +
      `fails with EADDRNOTAVAIL.`,
    evidence: {
      portsAtOnce: most, ports: PORTS, connections: starts.length,
      ...(held === null ? {} : { timeWaitSeconds: Number(formatDuration(held)) }),
      ...(budget === null ? {} : { connectionsPerSecond: budget }),
    },
  };
}

/** An attempt that nobody answered is a scan, or another fault. */
function* answered(crowd: Iterable<Connection>): Generator<Connection> {
  for (const connection of crowd) if (connection.packets.server > 0) yield connection;
}

/**
 * The most client sockets that were there at one moment, TIME-WAIT included, and when; of those that went and came at
 * once the former went first.
 */
function busiest(starts: readonly Time[], ends: readonly Time[]): { most: number; at: Time } {
  const coming = Float64Array.from(starts).sort();
  const going = Float64Array.from(ends).sort();
  let [gone, most, at] = [0, 0, 0];
  for (const [index, time] of coming.entries()) {
    while (gone < going.length && going[gone]! <= time) gone++;
    const now = index + 1 - gone;
    if (now > most) [most, at] = [now, time];
  }
  return { most, at };
}

function countInTimeWait(crowd: Iterable<Connection>, time: Time): number {
  let count = 0;
  for (const { states } of answered(crowd)) if (inTimeWait(states.client, time)) count++;
  return count;
}

function inTimeWait(states: readonly StateEntry[], time: Time): boolean {
  return states.findLast((entry) => entry.time <= time)?.state === 'TIME-WAIT';
}

function timeWaitOf(states: readonly StateEntry[]): Duration | null {
  const at = states.findIndex((entry) => entry.state === 'TIME-WAIT');
  const next = states[at + 1];
  return at >= 0 && next?.frame === null ? next.time - states[at]!.time : null;
}
