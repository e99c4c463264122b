import { analyze } from '../analysis/analyze.js';
import type { Analysis, AnalysisOptions, Connection, Role } from '../analysis/model.js';
import type { ConnectionId } from '../base/numbers.js';
import { type Duration, SECOND, type Time } from '../base/time.js';
import { alignmentOf, match, matchedAtBoth, stampedAtBoth } from './align.js';
import { ClockPoints, type Clocks, toServerTime } from './clocks.js';
import { Coverage, type Covered } from './coverage.js';
import { factsOf, inOrder } from './facts.js';
import { Fingerprint, type Fingerprints } from './fingerprint.js';
import { endingsOf, judge } from './judge.js';
import { hostLegOf, legOf } from './legs.js';
import { outlineOf } from './outline.js';
import { type Pair, isSameAddress, pairStreams } from './pair.js';
import { readSegments } from './read-segments.js';
import { resetsOf } from './resets.js';
import { Passed } from './passed.js';
import { ROLES, Scene, type Side } from './scene.js';
import { SegmentLog } from './segment-log.js';
import { Sides, Stamps } from './sides.js';
import { TAPS, type Tap } from './tap.js';
import type { Fact, Mapping, TapPair, Tuple, TwoTaps } from './taps.js';
import { type Shared, collisions, crossMatch, sharing } from './tuple-shared.js';
import { unpairedOf } from './unpaired.js';

export { FACTS } from './taps.js';
export { TAPS, type Tap } from './tap.js';
export { type BetweenSummary, type FactGroup, summarize, worstOf } from './summary.js';
export {
  type PairLadderOptions, type PairRow, type Passage, readPairLadder, readPairLadders,
} from './pair-ladder.js';
export type * from './taps.js';
export { type ClockPiece, type Clocks, offsetAt } from './clocks.js';

/**
 * Segments that are in memory at once, 48 bytes each: of more, the captures are read again for each part of the
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
  const reading = new Reading({ client, server }, serverEpoch, signal);
  const prints = await reading.prints();
  const { pairs: all, undecided } = pairStreams(prints.client, prints.server);
  const { points, passed, turned } = await stamped(reading, all, prints);
  const paired = turned.length === 0 ? all : without(all, turned);
  return new Verdict({
    client,
    server,
    serverEpoch,
    clocks: points.clocks(),
    passed,
    paired,
    turned,
    undecided,
    reading,
    prints,
  }).twoTaps();
}

/** What both taps have stamped says of their clocks, and of whose side they are on. */
async function stamped(
  reading: Reading,
  all: readonly Pair[],
  prints: Prints,
): Promise<{ readonly points: ClockPoints; readonly passed: Passed; readonly turned: readonly Pair[] }> {
  const points = reading.points();
  const passed = new Passed();
  const sides = new Sides(prints.client);
  for (const part of reading.parts(all, prints)) {
    const logs = await reading.logs(part);
    for (const pair of part) {
      const stamps = new Stamps();
      stampedAtBoth(pair, logs, (role, clientTime, serverTime, length) => {
        points.add(role === 0, clientTime, serverTime);
        passed.add(role, clientTime, length);
        stamps.add(role, clientTime, serverTime);
      });
      sides.add(pair, stamps);
    }
  }
  const turned = all.filter((pair) => sides.isTurned(pair));
  if (turned.length === 0) return { points, passed, turned };
  // Of the others only those that are plainly not turned: one that is would move the clocks.
  const straight = reading.points();
  const ofStraight = new Passed();
  for (const part of reading.parts(without(all, turned), prints)) {
    const logs = await reading.logs(part);
    for (const pair of part) {
      const stamps = new Stamps();
      stampedAtBoth(pair, logs, () => {});
      matchedAtBoth(pair, logs, (role, clientTime, serverTime) => stamps.add(role, clientTime, serverTime));
      if (stamps.lead > 0)
        matchedAtBoth(pair, logs, (role, clientTime, serverTime, length) => {
          straight.add(role === 0, clientTime, serverTime);
          ofStraight.add(role, clientTime, length);
        });
    }
  }
  return { points: straight, passed: ofStraight, turned };
}

function without(all: readonly Pair[], some: readonly Pair[]): readonly Pair[] {
  const left = new Set(all);
  for (const pair of some) left.delete(pair);
  return [...left];
}

type Prints = Readonly<Record<Tap, Fingerprints>>;

/**
 * Reads the segments of both captures. Where they fit into memory together they are read once, and what `match` makes
 * of them stays; else those of each part of the pairs are read when they are asked for.
 */
class Reading {
  private readonly taps: Readonly<Record<Tap, Analysis>>;
  private readonly epochs: Readonly<Record<Tap, Duration>>;
  private readonly signal: AbortSignal | undefined;
  private readonly fits: boolean;
  private last: { readonly part: readonly Pair[] | null; readonly logs: Logs } | null = null;

  constructor(taps: Readonly<Record<Tap, Analysis>>, serverEpoch: Duration, signal: AbortSignal | undefined) {
    this.taps = taps;
    this.epochs = { client: 0, server: serverEpoch };
    this.signal = signal;
    this.fits = taps.client.capture.tcpPackets + taps.server.capture.tcpPackets <= AT_ONCE;
  }

  /** What each connection of each tap can be known by. */
  async prints(): Promise<Prints> {
    const logs = this.fits ? { client: this.logFor('client'), server: this.logFor('server') } : null;
    const prints = { client: await this.printsOf('client', logs), server: await this.printsOf('server', logs) };
    if (logs !== null) this.last = { part: null, logs };
    return prints;
  }

  /** None yet. */
  points(): ClockPoints {
    const { first, last } = this.taps.client.capture;
    return new ClockPoints(first ?? 0, last ?? 0);
  }

  /** Pairs whose segments are in memory together. */
  parts(pairs: readonly Pair[], prints: Prints): readonly (readonly Pair[])[] {
    if (this.fits) return [pairs];
    const found: Pair[][] = [];
    let segments = Infinity;
    for (const pair of pairs) {
      const count = TAPS.reduce(
        (sum, tap) => sum + pair[tap].reduce((own, id) => own + prints[tap][id]!.connection.segments, 0),
        0,
      );
      if (segments + count > AT_ONCE) {
        found.push([]);
        segments = 0;
      }
      found.at(-1)!.push(pair);
      segments += count;
    }
    return found;
  }

  /** One object as long as one part is asked for. */
  async logs(part: readonly Pair[]): Promise<Logs> {
    if (this.last !== null && (this.last.part === null || this.last.part === part)) return this.last.logs;
    this.last = null;
    const logs = { client: new SegmentLog(), server: new SegmentLog() };
    for (const tap of TAPS)
      await readSegments(
        this.taps[tap],
        part.flatMap((pair) => pair[tap]),
        (segment, id, role, frame, time) => logs[tap].add(segment, id, role, frame, time + this.epochs[tap]),
        this.signal,
      );
    this.last = { part, logs };
    return logs;
  }

  private logFor(tap: Tap): SegmentLog {
    return new SegmentLog(this.taps[tap].capture.tcpPackets);
  }

  private async printsOf(tap: Tap, logs: Logs | null): Promise<Fingerprints> {
    const prints: Fingerprint[] = [];
    for (const connection of this.taps[tap].connections())
      prints[connection.id] = new Fingerprint(outlineOf(connection));
    await readSegments(
      this.taps[tap],
      'all',
      (segment, id, role, frame, time) => {
        prints[id]!.take(segment, role);
        logs?.[tap].add(segment, id, role, frame, time + this.epochs[tap]);
      },
      this.signal,
    );
    return prints;
  }
}

type Logs = Readonly<Record<Tap, SegmentLog>>;

/** What is known when the clocks are. */
interface Known {
  readonly client: Analysis;
  readonly server: Analysis;
  readonly serverEpoch: number;
  readonly clocks: Clocks;
  readonly passed: Passed;
  readonly paired: readonly Pair[];
  readonly turned: readonly Pair[];
  readonly undecided: ReadonlySet<ConnectionId>;
  readonly reading: Reading;
  readonly prints: Prints;
}

/** From pairs to what is told of them. */
class Verdict {
  private readonly known: Known;
  /** Of the part that was looked at last: with one part its segments are matched once. */
  private matched: Logs | null = null;

  constructor(known: Known) {
    this.known = known;
  }

  async twoTaps(): Promise<TwoTaps> {
    const { client, server, serverEpoch, clocks, paired, turned, undecided, reading, prints } = this.known;
    const crossed = sharing(paired, prints);
    const shared = collisions(crossed, client, server);
    const pairs: TapPair[] = [];
    const coverage = new Coverage();
    const parts = reading.parts(paired, prints);
    for (const part of parts)
      for (const scene of this.scenes(part, await reading.logs(part), crossed, coverage)) scene.count(coverage);
    for (const part of parts) {
      // What was paired by the range of its numbers alone must have a segment in common.
      for (const scene of this.scenes(part, await reading.logs(part), crossed, coverage)) {
        const { pair, common } = scene.alignment;
        if (pair.by !== 'segments' || common > 0) pairs.push(this.pair(scene, shared.get(pair) ?? []));
      }
    }
    const seen = {
      client: new Set([...pairs.flatMap(({ flows }) => flows.client), ...turned.flatMap((pair) => pair.client)]),
      server: new Set([...pairs.flatMap(({ flows }) => flows.server), ...turned.flatMap((pair) => pair.server)]),
    };
    const serverOnly = prints.server.map(({ id }) => id).filter((id) => !seen.server.has(id));
    const flows = turned.map((pair) => ({ client: pair.client, server: pair.server }));
    const sides = { client: this.side('client', null), server: this.side('server', null) };
    const covered = (from: Time, to: Time): Covered =>
      coverage.at(
        'server',
        sides,
        clocks,
        toServerTime(clocks, from),
        toServerTime(clocks, to) + (clocks.roundTrip ?? 0),
      );
    const unpaired = unpairedOf({ client, prints, pairs, undecided, seen: seen.client, covered });
    const { holes } = coverage;
    return { client, server, clocks, serverEpoch, holes, coverage, pairs, unpaired, serverOnly, turned: flows };
  }

  /** The pairs of a part, segment by segment, one at a time. */
  private *scenes(
    part: readonly Pair[],
    logs: Logs,
    crossed: readonly Shared[],
    coverage: Coverage,
  ): IterableIterator<Scene> {
    const { clocks, passed } = this.known;
    if (this.matched !== logs) this.match(part, logs, crossed);
    const sides = { client: this.side('client', logs.client), server: this.side('server', logs.server) };
    for (const pair of part) yield new Scene(alignmentOf(pair, logs), sides, clocks, passed, coverage);
  }

  private match(part: readonly Pair[], logs: Logs, crossed: readonly Shared[]): void {
    for (const pair of part) match(pair, logs, this.known.clocks);
    const here = new Set(part);
    for (const shared of crossed) if (shared.pairs.every((pair) => here.has(pair))) crossMatch(shared, logs);
    this.matched = logs;
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
    segmentSize: segmentSizes(prints.client[client.id]!, prints.server[servers[0]!.id]!),
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
