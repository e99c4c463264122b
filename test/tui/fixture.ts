import type {
  Analysis, AnalysisOptions, Connection, Ending, Finding, Group, LadderRow, Socket, StateEntry,
} from '../../src/analysis/model.js';
import { SECOND, MILLISECOND, type Clock } from '../../src/base/time.js';

/** 2026-11-20 10:24:00 UTC. */
export const clock: Clock = { epoch: 1_795_170_240, digits: 6 };

const service = { address: '10.77.2.2', port: 8000 };

/** A flow of `service`: every third one leaks, every seventh is refused, the others close as they should. */
export function connection(id: number): Connection {
  const start = id * 10 * MILLISECOND;
  const leaks = id % 3 === 0;
  const refused = !leaks && id % 7 === 0;
  const at = (milliseconds: number): number => start + milliseconds * MILLISECOND;
  const entry = (
    state: StateEntry['state'], milliseconds: number, frame: number | null, proven = true,
  ): StateEntry => ({ state, time: at(milliseconds), frame, proven });
  const first = id * 10 + 1;
  return {
    id, stream: id, streams: [id], client: { address: `10.77.1.${2 + (id % 3)}`, port: 20_000 + (id % 40_000) },
    server: refused ? { ...service, port: 8081 } : service, roles: 'handshake', firstFrame: first, lastFrame: first + 9,
    start, end: at(leaks ? 60_000 : 40), observedUntil: 60 * SECOND, packets: { client: 6, server: 4 },
    bytes: { client: 517, server: 20_000 },
    states: {
      client: [
        entry('SYN-SENT', 0, first), entry('ESTABLISHED', 1, first + 1), entry('FIN-WAIT-1', 20, first + 5),
        entry('FIN-WAIT-2', 21, first + 6),
        ...(leaks ? [] : [entry('TIME-WAIT', 22, first + 7), entry('CLOSED', 60_022, null, false)]),
      ],
      server: [
        entry('SYN-RECEIVED', 0.4, first), entry('ESTABLISHED', 1.2, first + 2), entry('CLOSE-WAIT', 20.3, first + 5),
        ...(leaks ? [] : [entry('LAST-ACK', 22, first + 7), entry('CLOSED', 23, first + 8)]),
      ],
    },
    ending: leaks ? 'half-closed' : refused ? 'refused' : 'closed', verdict: leaks || refused ? 'found' : 'clean',
    doubt: null, closer: 'client', resets: [], zeek: { connState: 'SF', history: leaks ? 'ShADadF' : 'ShADadFf' },
    completeness: 31, previous: null,
  };
}

function leak(flow: Connection): Finding {
  return {
    id: 'half-closed', cause: 'leak', severity: 'error', confidence: 'likely', alternatives: ['slow'], flow: flow.id,
    stream: flow.stream, endpoint: flow.server, role: 'server', start: flow.states.server[2]!.time, end: null,
    duration: 59.98 * SECOND, frames: [flow.firstFrame + 5, flow.firstFrame + 6],
    message:
      `The server ${flow.server.address}:${flow.server.port} acknowledged the client's FIN and has been in ` +
      `CLOSE-WAIT since, for 59.98 s, without a FIN of its own.`,
    advice: [
      'Call close() when read() returns 0, on every path of the handler:\n    with conn:\n        serve(conn)',
      'Watch the count of CLOSE-WAIT sockets: `ss -tan state close-wait`.',
    ],
    filter: `tcp.stream eq ${flow.stream}`, evidence: { closedBy: 'client', bytesAfterFin: 0, keepalives: 0 },
    service: flow.server,
  };
}

function refusal(flow: Connection): Finding {
  return {
    ...leak(flow), id: 'refused', cause: null, severity: 'warning', confidence: 'certain', alternatives: [],
    start: flow.start, end: flow.end, duration: MILLISECOND, frames: [flow.firstFrame, flow.firstFrame + 1],
    message: `Nothing listens on ${flow.server.address}:${flow.server.port}.`,
    advice: ['Start the service, or correct the port.'], evidence: {},
  };
}

function group(findings: readonly Finding[], id: string): Group[] {
  const indices = [...findings.keys()].filter((index) => findings[index]!.id === id);
  const [first] = indices;
  if (first === undefined) return [];
  const { cause, severity, service: at, start, duration } = findings[first]!;
  return [
    {
      finding: id, cause, severity, service: at, flows: indices.length, first: start,
      last: findings[indices.at(-1)!]!.start, streams: indices.slice(0, 20).map((index) => findings[index]!.stream),
      durations: { shortest: duration, median: duration, longest: duration }, findings: indices,
    } as Group,
  ];
}

/** Endpoints of a flow that have a socket at a moment. */
function socketsOf({ id, client, server, states }: Connection, time: number): Socket[] {
  return (
    [
      [states.client, client, server], [states.server, server, client],
    ] as const
  ).flatMap(([entries, local, remote]) => {
    const entry = entries.findLast((each) => each.time <= time);
    if (entry === undefined || entry.state === 'CLOSED') return [];
    return [
      {
        time, local, remote, state: entry.state, since: entry.time,
        expires: entry.state === 'TIME-WAIT' ? entry.time + 60 * SECOND : null, proven: entry.proven, flow: id,
      },
    ];
  });
}

/** A capture of `flows` flows, made as it is read: as large as a test likes. `extra` replaces what a test is about. */
export function analysisOf(flows: number, extra: Partial<Analysis> = {}): Analysis {
  const findings: Finding[] = [];
  const findingsOf = new Map<number, Finding[]>();
  for (let id = 0; id < flows; id++) {
    const finding = id % 3 === 0 ? leak(connection(id)) : id % 7 === 0 ? refusal(connection(id)) : null;
    if (finding === null) continue;
    findingsOf.set(id, [finding]);
    findings.push(finding);
  }
  return {
    clock,
    capture: {
      files: [
        {
          path: 'captures/night.pcapng', format: 'pcapng', compression: null, size: 1_000_000, spool: null,
          frames: null,
        },
      ],
      interfaces: [], packets: flows * 10, tcpPackets: flows * 10, bytes: flows * 20_000, first: flows === 0 ? null : 0,
      last: flows === 0 ? null : 60 * SECOND, skipped: {}, damage: [],
    },
    options: {}, connectionCount: flows,
    verdicts: new Map([
      ['clean', flows - findings.length], ['open', 0], ['found', findings.length], ['unknown', 0],
    ]),
    doubts: new Map(), well: flows - findings.length,
    endings: endingsOf(Array.from({ length: flows }, (_, id) => connection(id).ending)), connection,
    *connections() {
      for (let id = 0; id < flows; id++) yield connection(id);
    },
    findings, findingsOf: (id) => findingsOf.get(id) ?? [], flowsOf: (index) => [findings[index]!.flow], diagnoses: [],
    explanationOf: () => null, groups: [...group(findings, 'half-closed'), ...group(findings, 'refused')],
    hosts: [
      {
        address: '10.77.1.2', profile: 'linux', set: false,
        because: 'SYN options mss, sackOK, TS, nop, wscale and TTL 64, as linux sends them (frame 1)',
      },
      { address: '10.77.2.2', profile: 'windows', set: true, because: 'set by an option' },
    ],
    sockets: (time, ids = Array(flows).keys()) => Array.from(ids).flatMap((id) => socketsOf(connection(id), time)),
    withOptions: (options) => withProfiles(analysisOf(flows, extra), options), ...extra,
  };
}

function endingsOf(endings: readonly Ending[]): Map<Ending, number> {
  const counts = new Map<Ending, number>();
  for (const ending of endings) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  return counts;
}

function withProfiles(analysis: Analysis, { profiles }: Partial<AnalysisOptions>): Analysis {
  return {
    ...analysis,
    hosts: analysis.hosts.map((host) => ({
      ...host, profile: profiles?.get(host.address) ?? host.profile, set: profiles?.has(host.address) ?? host.set,
    })),
  };
}

/** The ladder of a leaking flow. */
export function ladderOf({ firstFrame, start }: Connection): LadderRow[] {
  const row = (
    index: number, by: LadderRow['by'], flags: string, sequence: number, length: number, acknowledgment: number | null,
    client: LadderRow['states']['client'], server: LadderRow['states']['server'], note = '',
  ): LadderRow => ({
    frame: firstFrame + index, time: start + index * 4 * MILLISECOND, by, flags, sequence, length, acknowledgment,
    window: 64_240, options: '', note, states: { client, server },
  });
  return [
    row(0, 'client', 'S', 0, 0, null, 'SYN-SENT', 'SYN-RECEIVED'),
    row(1, 'server', 'S.', 0, 0, 1, 'ESTABLISHED', 'SYN-RECEIVED'),
    row(2, 'client', '.', 1, 0, 1, 'ESTABLISHED', 'ESTABLISHED'),
    row(3, 'client', 'P.', 1, 517, 1, 'ESTABLISHED', 'ESTABLISHED'),
    row(4, 'server', 'P.', 1, 20_000, 518, 'ESTABLISHED', 'ESTABLISHED'),
    row(5, 'client', 'F.', 518, 0, 20_001, 'FIN-WAIT-1', 'CLOSE-WAIT'),
    row(6, 'server', '.', 20_001, 0, 519, 'FIN-WAIT-2', 'CLOSE-WAIT'),
    row(7, 'client', '.', 518, 0, 20_001, 'FIN-WAIT-2', 'CLOSE-WAIT', 'keepalive probe'),
    row(8, 'server', '.', 20_001, 0, 519, 'FIN-WAIT-2', 'CLOSE-WAIT', 'answers frame 8'),
  ];
}
