import { SECOND } from '../../src/base/time.js';
import { Standings } from '../../src/tcp/endings.js';
import type {
  Analysis, CaptureSummary, Connection, Diagnosis, Ending, Finding, Group, Reset, Socket, StateEntry,
} from '../../src/analysis/model.js';

/** 2026-11-20T10:24:01Z, with the microseconds of a classic capture. */
export const clock = { epoch: 1_795_170_241, digits: 6 };
export const client = { address: '10.77.1.2', port: 20_007 };
export const server = { address: '10.77.2.2', port: 10_007 };

/** A moment, in seconds since the clock's epoch. */
export const at = (seconds: number): number => Math.round(seconds * SECOND);

export function stateEntry(
  state: StateEntry['state'], seconds: number, frame: number | null, proven = true,
): StateEntry {
  return { state, time: at(seconds), frame, proven };
}

/** Opened, used and closed by the client; what is not said is as of a healthy connection. */
export function connection(differences: Partial<Connection> = {}): Connection {
  const { id = 0, ending = 'closed' } = differences;
  const standing =
    ending === 'closed'
      ? ({ verdict: 'clean', doubt: null } as const)
      : ending === 'open'
        ? ({ verdict: 'open', doubt: null } as const)
        : ({ verdict: 'unknown', doubt: ending === 'unknown' ? 'fragment' : ending } as const);
  return {
    id, stream: Number(id), streams: [Number(id)], client, server, roles: 'handshake', firstFrame: 1, lastFrame: 9,
    start: at(0.25), end: at(1.5), observedUntil: at(60.125), packets: { client: 5, server: 4 },
    bytes: { client: 517, server: 20_000 },
    states: {
      client: [
        stateEntry('SYN-SENT', 0.25, 1), stateEntry('ESTABLISHED', 0.2501, 2), stateEntry('FIN-WAIT-1', 1, 6),
        stateEntry('FIN-WAIT-2', 1.1, 7), stateEntry('TIME-WAIT', 1.2, 8), stateEntry('CLOSED', 61.2, null, false),
      ],
      server: [
        stateEntry('SYN-RECEIVED', 0.2501, 2), stateEntry('ESTABLISHED', 0.2502, 3), stateEntry('CLOSE-WAIT', 1.1, 7),
        stateEntry('LAST-ACK', 1.2, 8), stateEntry('CLOSED', 1.5, 9),
      ],
    },
    ending, ...standing, closer: 'client', resets: [], zeek: { connState: 'SF', history: 'ShADadFf' }, completeness: 31,
    previous: null, ...differences,
  };
}

export function reset(differences: Partial<Reset> = {}): Reset {
  return {
    by: 'client', frame: 70, time: at(1.25), shape: 'active', cause: 'abort', confidence: 'likely',
    alternatives: ['linger', 'unread-data'], accepted: true, trigger: null, lostBytes: { client: 0, server: 400 },
    evidence: ['frame 70 is RST|ACK without a FIN before it'], ...differences,
  };
}

/** A server that never closes. */
export function finding(differences: Partial<Finding> = {}): Finding {
  return {
    id: 'half-closed', cause: 'leak', severity: 'error', confidence: 'likely', alternatives: ['slow'], flow: 0,
    stream: 0, endpoint: server, role: 'server', start: at(1.1), end: null, duration: at(58.25), frames: [40, 41],
    message: 'The server acknowledged the FIN of frame 40 and has not closed for 58.25 s.',
    advice: [
      'Close the socket when read() returns 0:\n  if (n == 0) close(fd);',
      'Look for a forked child that still holds the descriptor.',
    ],
    filter: 'tcp.stream eq 0',
    evidence: { finFrame: 40, probes: ['frame 44', 'frame 51'], answered: false, lastData: null }, service: server,
    ...differences,
  } as Finding;
}

export interface Parts {
  readonly connections?: readonly Connection[];
  readonly findings?: readonly Finding[];
  readonly groups?: readonly Group[];
  readonly diagnoses?: readonly Diagnosis[];
  readonly sockets?: readonly Socket[];
  readonly capture?: Partial<CaptureSummary>;
}

/** An analysis made by hand. Groups are those of the findings, unless they are given. */
export function analysis({
  connections = [], findings = [], groups = group(findings), sockets = [], capture = {}, diagnoses = [],
}: Parts = {}): Analysis {
  const standings = new Standings();
  for (const each of connections) {
    const own = findings.filter(({ flow }) => flow === each.id);
    if (own.length === 0) standings.count(each);
    else standings.countFound(each, own.every(({ severity }) => severity === 'info'));
  }
  return {
    clock,
    capture: {
      files: [
        {
          path: 'trace.pcap', format: 'pcap', compression: null, size: 123_456, spool: null,
          frames: { first: 1, last: 4000, count: 4000 },
        },
      ],
      interfaces: [{ file: 0, linkType: 1, snapLength: 262_144, resolution: 6, name: 'eth0' }], packets: 1_000,
      tcpPackets: 900, bytes: 654_321, first: at(0.25), last: at(60.125), skipped: {}, damage: [], ...capture,
    },
    options: {}, connectionCount: connections.length, endings: endingsOf(connections), ...standings.result(),
    connection: (id) => {
      const found = connections.find((connection) => connection.id === id);
      if (found === undefined) throw new RangeError(`no connection ${id}`);
      return found;
    },
    connections: () => connections.values(), findings, findingsOf: (id) => findings.filter(({ flow }) => flow === id),
    flowsOf: (index) => [findings[index]!.flow], groups, diagnoses,
    explanationOf: (finding) =>
      diagnoses.find(
        ({ connections, explains }) => connections.includes(finding.flow) && explains.includes(finding.id),
      ) ?? null,
    hosts: [], sockets: (time) => sockets.map((socket) => ({ ...socket, time })),
    withOptions() {
      return this;
    },
  };
}

function group(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, number[]>();
  for (const [index, { id, cause, service }] of findings.entries()) {
    const key = `${id} ${cause} ${service.address} ${service.port}`;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()].flatMap((indices): Group[] => {
    const members = indices.map((index) => findings[index]).filter((member) => member !== undefined);
    const [first] = members;
    if (first === undefined) return [];
    const durations = members.map(({ duration }) => duration).sort((a, b) => a - b);
    const nth = (index: number): number => durations[index] ?? 0;
    return [
      {
        finding: first.id, cause: first.cause, severity: first.severity, service: first.service,
        flows: new Set(members.map(({ flow }) => flow)).size, first: Math.min(...members.map(({ start }) => start)),
        last: Math.max(...members.map(({ start }) => start)), streams: members.map(({ stream }) => stream).slice(0, 20),
        durations: {
          shortest: nth(0), median: nth(Math.floor(durations.length / 2)), longest: nth(durations.length - 1),
        },
        findings: indices,
      } as Group,
    ];
  });
}

function endingsOf(connections: readonly Connection[]): Map<Ending, number> {
  const endings = new Map<Ending, number>();
  for (const { ending } of connections) endings.set(ending, (endings.get(ending) ?? 0) + 1);
  return endings;
}
