import { analyze } from '../analysis/analyze.js';
import type { Analysis, AnalysisOptions, Connection, Role } from '../analysis/model.js';
import { SECOND, type Time } from '../base/time.js';
import { type Alignment, align, stampedAtBoth } from './align.js';
import { ClockPoints, type Clocks, toServerTime } from './clocks.js';
import { Coverage, type Covered } from './coverage.js';
import { factsOf, inOrder } from './facts.js';
import { Fingerprint } from './fingerprint.js';
import { endingsOf, judge } from './judge.js';
import { hostLegOf, legOf } from './legs.js';
import { type Pair, isSameAddress, pairStreams } from './pair.js';
import { readSegments } from './read-segments.js';
import { resetsOf } from './resets.js';
import { ROLES, type RoadAlive, Scene, type Side } from './scene.js';
import { SegmentLog } from './segment-log.js';
import type { Tap } from './tap.js';
import type { Fact, Mapping, TapPair, Tuple, TwoTaps } from './taps.js';
import { type Shared, collisions, crossMatch, sharing } from './tuple-shared.js';
import { unpairedOf } from './unpaired.js';

export { FACTS } from './taps.js';
export { TAPS, type Tap } from './tap.js';
export { type BetweenSummary, type FactGroup, summarize, worstOf } from './summary.js';
export { type PairRow, type Passage, readPairLadder } from './pair-ladder.js';
export type * from './taps.js';
export { type ClockPiece, type Clocks, offsetAt } from './clocks.js';
export type { PairedBy } from './pair.js';

/**
 * Segments that are in memory at once, 44 bytes each: of more, the captures are read again for each part of the
 * connections.
 */
const AT_ONCE = 8_000_000;

/**
 * Reads captures of both ends and tells of each connection that both saw what only both together show: which segments
 * were lost on the way, and which nobody sent.
 *
 * @param clientPaths files, folders, or `-` for stdin, captured near the clients
 * @param serverPaths the same, near the servers
 * @throws CaptureError where nothing can be read, and the signal's reason where it is aborted
 */
export async function between(
  clientPaths: readonly string[],
  serverPaths: readonly string[],
  options: AnalysisOptions = {},
): Promise<TwoTaps> {
  const { findingsOnly: _, keepConnections: __, onSnapshot: ___, ...rest } = options;
  const client = await analyze(clientPaths, { ...rest, spool: true });
  const server = await analyze(serverPaths, { ...rest, spool: true });
  return betweenAnalyses(client, server, options.signal);
}

/** Pairs captures that were analysed already, whole: without `findingsOnly` and `keepConnections`. */
export async function betweenAnalyses(client: Analysis, server: Analysis, signal?: AbortSignal): Promise<TwoTaps> {
  const serverEpoch = (server.clock.epoch - client.clock.epoch) * SECOND;
  const [clientPrints, serverPrints] = [await printsOf(client, signal), await printsOf(server, signal)];
  const paired = pairStreams(client, [...clientPrints.values()], server, [...serverPrints.values()]);
  const reading = new Reading(client, server, serverEpoch, signal);
  const points = new ClockPoints(client.capture.first ?? 0, client.capture.last ?? 0);
  for (const part of parts(paired, client, server)) {
    const logs = await reading.logs(part);
    for (const pair of part) stampedAtBoth(pair, logs, points);
  }
  return new Verdict({
    client,
    server,
    serverEpoch,
    clocks: points.clocks(),
    alive: points.passed,
    paired,
    reading,
    prints: { client: clientPrints, server: serverPrints },
  }).twoTaps();
}

async function printsOf(analysis: Analysis, signal?: AbortSignal): Promise<Map<number, Fingerprint>> {
  const prints = new Map<number, Fingerprint>();
  const ids: number[] = [];
  for (const { id } of analysis.connections()) {
    ids.push(id);
    prints.set(id, new Fingerprint(id));
  }
  await readSegments(analysis, ids, (segment, id, role) => prints.get(id)!.take(segment, role), signal);
  return prints;
}

/** Pairs whose segments are in memory together. */
function parts(pairs: readonly Pair[], client: Analysis, server: Analysis): Pair[][] {
  const found: Pair[][] = [];
  let segments = Infinity;
  for (const pair of pairs) {
    const count = segmentsOf(client, pair.client) + segmentsOf(server, pair.server);
    if (segments + count > AT_ONCE) {
      found.push([]);
      segments = 0;
    }
    found.at(-1)!.push(pair);
    segments += count;
  }
  return found;
}

function segmentsOf(analysis: Analysis, ids: readonly number[]): number {
  return ids.reduce(
    (sum, id) => sum + analysis.connection(id).packets.client + analysis.connection(id).packets.server,
    0,
  );
}

/** Reads the segments of pairs from both captures. What was read last is kept: with one part it is read once. */
class Reading {
  private readonly client: Analysis;
  private readonly server: Analysis;
  private readonly serverEpoch: number;
  private readonly signal: AbortSignal | undefined;
  private last: { readonly pairs: readonly Pair[]; readonly logs: Readonly<Record<Tap, SegmentLog>> } | null = null;

  constructor(client: Analysis, server: Analysis, serverEpoch: number, signal: AbortSignal | undefined) {
    this.client = client;
    this.server = server;
    this.serverEpoch = serverEpoch;
    this.signal = signal;
  }

  async logs(pairs: readonly Pair[]): Promise<Readonly<Record<Tap, SegmentLog>>> {
    if (this.last !== null && this.last.pairs.length === pairs.length && this.last.pairs[0] === pairs[0])
      return this.last.logs;
    const logs = { client: new SegmentLog(), server: new SegmentLog() };
    await readSegments(
      this.client,
      pairs.flatMap(({ client }) => client),
      (segment, id, role, frame, time) => logs.client.add(segment, id, role, frame, time),
      this.signal,
    );
    await readSegments(
      this.server,
      pairs.flatMap(({ server }) => server),
      (segment, id, role, frame, time) => logs.server.add(segment, id, role, frame, time + this.serverEpoch),
      this.signal,
    );
    this.last = { pairs, logs };
    return logs;
  }
}

type Logs = Readonly<Record<Tap, SegmentLog>>;

/** What is known when the clocks are. */
interface Known {
  readonly client: Analysis;
  readonly server: Analysis;
  readonly serverEpoch: number;
  readonly clocks: Clocks;
  readonly alive: RoadAlive;
  readonly paired: readonly Pair[];
  readonly reading: Reading;
  readonly prints: Readonly<Record<Tap, ReadonlyMap<number, Fingerprint>>>;
}

/** From pairs to what is told of them. */
class Verdict {
  private readonly known: Known;
  /** Of the part that was looked at last: with one part it is aligned once. */
  private last: { readonly logs: Logs; readonly alignments: ReadonlyMap<Pair, Alignment> } | null = null;

  constructor(known: Known) {
    this.known = known;
  }

  async twoTaps(): Promise<TwoTaps> {
    const { client, server, serverEpoch, clocks, paired, reading } = this.known;
    const crossed = sharing(paired, client, server);
    const shared = collisions(crossed, client, server);
    const pairs: TapPair[] = [];
    const coverage = new Coverage();
    for (const part of parts(paired, client, server))
      for (const scene of this.scenes(part, await reading.logs(part), crossed, coverage)) scene.count(coverage);
    for (const part of parts(paired, client, server)) {
      // What was paired by the range of its numbers alone must have a segment in common.
      for (const scene of this.scenes(part, await reading.logs(part), crossed, coverage)) {
        const { pair, common } = scene.alignment;
        if (pair.by !== 'segments' || common > 0) pairs.push(this.pair(scene, shared.get(pair) ?? []));
      }
    }
    const seen = {
      client: new Set(pairs.flatMap(({ flows }) => flows.client)),
      server: new Set(pairs.flatMap(({ flows }) => flows.server)),
    };
    const serverOnly = [...server.connections()].map(({ id }) => id).filter((id) => !seen.server.has(id));
    const sides = { client: this.side('client', null), server: this.side('server', null) };
    const covered = (from: Time, to: Time): Covered =>
      coverage.at(
        'server',
        sides,
        clocks,
        toServerTime(clocks, from),
        toServerTime(clocks, to) + (clocks.roundTrip ?? 0),
      );
    const unpaired = unpairedOf({ client, server, pairs, seen: seen.client, covered });
    return { client, server, clocks, serverEpoch, holes: coverage.holes, coverage, pairs, unpaired, serverOnly };
  }

  private aligned(part: readonly Pair[], logs: Logs, crossed: readonly Shared[]): ReadonlyMap<Pair, Alignment> {
    const alignments = new Map(part.map((pair) => [pair, align(pair, logs, this.known.clocks)]));
    for (const shared of crossed) {
      const [first, second] = shared.pairs.map((pair) => alignments.get(pair));
      if (first !== undefined && second !== undefined) crossMatch([first, second], logs);
    }
    return alignments;
  }

  /** The pairs of a part, segment by segment. */
  private scenes(
    part: readonly Pair[],
    logs: Readonly<Record<Tap, SegmentLog>>,
    crossed: readonly Shared[],
    coverage: Coverage,
  ): Scene[] {
    const { clocks, alive } = this.known;
    const alignments = this.last?.logs === logs ? this.last.alignments : this.aligned(part, logs, crossed);
    this.last = { logs, alignments };
    const sides = { client: this.side('client', logs.client), server: this.side('server', logs.server) };
    return [...alignments.values()].map((alignment) => new Scene(alignment, sides, clocks, alive, coverage));
  }

  private side<Log extends SegmentLog | null>(tap: Tap, log: Log): Log extends null ? Omit<Side, 'log'> : Side {
    const analysis = this.known[tap];
    const { first, last, end } = analysis.capture;
    const epoch = tap === 'client' ? 0 : this.known.serverEpoch;
    return {
      tap,
      analysis,
      log,
      first: (first ?? Infinity) + epoch,
      end: (end ?? last ?? -Infinity) + epoch,
    } as unknown as Log extends null ? Omit<Side, 'log'> : Side;
  }

  private pair(scene: Scene, shared: readonly Fact[]): TapPair {
    const { pair } = scene.alignment;
    const { facts: own, injections } = factsOf(scene);
    const facts = inOrder([...shared, ...own]);
    const { client, server, prints } = this.known;
    const clients = pair.client.map((id) => client.connection(id));
    const servers = pair.server.map((id) => server.connection(id));
    const [worst] = facts;
    return {
      flows: { client: pair.client, server: pair.server },
      by: pair.by,
      shifts: pair.shifts,
      flipped: pair.flipped,
      confidence: pair.by === 'lengths' ? 'likely' : 'certain',
      mapping: mappingOf(pair, clients[0]!, servers, prints),
      legs: { client: legOf(scene, 0), server: legOf(scene, 1) },
      hosts: { client: hostLegOf(scene, 0), server: hostLegOf(scene, 1) },
      resets: resetsOf(scene, injections),
      facts,
      findings: judge(scene, facts, injections),
      verdict: worst?.message ?? endingsOf(clients[0]!, servers[0]!),
      verdictConfidence: worst?.confidence ?? (pair.by === 'lengths' ? 'likely' : 'certain'),
    };
  }
}

function mappingOf(
  { shifts, flipped }: Pair,
  client: Connection,
  servers: readonly Connection[],
  prints: Known['prints'],
): Mapping {
  const atServer = servers.map((one): Tuple =>
    flipped.includes(one.id) ? { client: one.server, server: one.client } : { client: one.client, server: one.server },
  );
  return {
    atClient: { client: client.client, server: client.server },
    atServer,
    source: atServer.some((tuple) => !isSameAddress(tuple.client, client.client)),
    destination: atServer.some((tuple) => !isSameAddress(tuple.server, client.server)),
    sequences: { client: shifts[0] !== 0, server: shifts[1] !== 0 },
    segmentSize: segmentSizes(prints.client.get(client.id)!, prints.server.get(servers[0]!.id)!),
  };
}

/** What a box on the way (a tunnel's end, mostly) made of the MSS option. */
function segmentSizes(atClient: Fingerprint, atServer: Fingerprint): Mapping['segmentSize'] {
  return ROLES.map((role) => ({
    role,
    atClient: atClient[role].maximumSegmentSize,
    atServer: atServer[role].maximumSegmentSize,
  })).filter((one) => one.atClient !== one.atServer && one.atClient > 0 && one.atServer > 0);
}

/** Which role's segments leave at which tap. */
export const NEAR: Readonly<Record<Role, Tap>> = { client: 'client', server: 'server' };
