import { refuseFullHeap } from '../base/heap.js';
import type { ConnectionId } from '../base/numbers.js';
import { diagnose } from '../diagnoses/diagnose.js';
import { lowered } from '../diagnoses/lowered.js';
import type { Lowered } from '../diagnoses/lowered.js';
import type { Diagnoses } from '../diagnoses/diagnose.js';
import { Gathering, HostNames } from '../diagnoses/facts/gathering.js';
import type { Service } from '../diagnoses/facts/gathering.js';
import { lostByChance } from '../findings/incomplete-capture.js';
import { findAll } from '../findings/find-all.js';
import { findIn } from '../findings/find-in.js';
import type { Finding } from '../findings/index.js';
import { FindingIndex, flowsOf } from '../findings/finding-index.js';
import type { Found, FoundOfAll, Past } from '../findings/found.js';
import { FlowTable } from '../flow/flow-table.js';
import { LossTally } from '../flow/loss.js';
import { connectionIdsOf } from '../flow/identity/connection-ids.js';
import { grouped, withEvicted } from '../findings/grouping.js';
import type { Final } from '../retention/final-connections.js';
import type { Retention } from '../retention/retention.js';
import type { Analysis, AnalysisOptions, CaptureSummary, Host } from './model.js';
import type { Connection } from '../tcp/connection.js';
import { packForgotten, unpackForgotten } from '../retention/healthy-discard.js';
import type { DiscardTally } from '../retention/healthy-discard.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { guessHosts, joinGuesses } from '../tcp/hosts.js';
import type { HostGuess } from '../tcp/hosts.js';
import { ConnectionSet } from '../tcp/connection-set.js';
import { PROFILES, timers } from '../tcp/profiles.js';
import type { Profile, Timers } from '../tcp/profiles.js';
import { socketsAt } from '../tcp/sockets.js';
import { ConnectionFolder } from '../tcp/connection-folder.js';
import type { Clock, Time } from '../base/time.js';

/** Connections kept after they were folded: a screen of them, and the ones around it. */
const REMEMBERED = 512;

/** Connections with findings that are kept until all was told, of some that are settled: some 2 KB each. */
const MOST_FOLDED = 1 << 14;

/** The connections that one thread has read. */
export interface PartitionResult {
  readonly table: FlowTable;
  /** Null where nothing is forgotten. */
  readonly forgotten: DiscardTally | null;
  /** Says which connections were kept; left out where all are. Its counts are those of `forgotten`. */
  readonly retention?: Retention | null;
  /** Facts of those that were forgotten because nothing was to be found of them. */
  readonly gathering?: Gathering | null;
}

/** For another thread, which keeps all its connections: `retention` stays here. */
export function packResult(to: Packer, { table, forgotten, gathering = null }: PartitionResult): void {
  table.pack(to);
  to.number(forgotten === null ? 0 : 1);
  if (forgotten !== null) packForgotten(to, forgotten);
  to.number(gathering === null ? 0 : 1);
  gathering?.pack(to);
}

export function unpackResult(from: Unpacker): PartitionResult {
  return {
    table: FlowTable.unpack(from),
    forgotten: from.integer(0, 1) === 0 ? null : unpackForgotten(from),
    gathering: from.integer(0, 1) === 0 ? null : Gathering.unpack(from),
  };
}

/** What has been read of a capture. */
export interface AnalysisInputs {
  readonly clock: Clock;
  readonly capture: CaptureSummary;
  /** Until when the absence of packets says something. */
  readonly end: Time;
  /** One, or one for each thread that read it. */
  readonly parts: readonly PartitionResult[];
  /**
   * Connections that were told before and are diagnosed with the others, whose findings then are not lowered by that;
   * left out where nothing is told in steps.
   */
  readonly settled?: Settled;
}

/** What is still known of connections that were told and forgotten. */
export interface Settled {
  readonly gathering: Pick<Gathering, 'services'>;
  /** What was found of one of these. */
  findingsOf(id: ConnectionId): readonly Finding[];
}

/** Hosts by address. */
export type Guesses = ReadonlyMap<string, HostGuess>;

/** What a part says of its hosts' systems. */
export function guessesOf({ table, forgotten }: PartitionResult): Guesses {
  const guesses = guessHosts(table);
  return forgotten === null ? guesses : joinGuesses(forgotten.hosts, guesses);
}

/** Who folds the connections of a part, knowing what all parts say of the hosts. */
export function folderOf(
  { table }: PartitionResult, options: AnalysisOptions, guesses: Pick<Guesses, 'get'>,
  connectionIds = connectionIdsOf(table),
): ConnectionFolder {
  return new ConnectionFolder(table, timersFor(options, knownProfileOf(options, guesses)), connectionIds);
}

/**
 * What became of the connections.
 *
 * @param guesses what all parts say of the hosts
 * @param folders of the parts, in their order; made here unless somebody has them already
 * @param found what these folders' connections have shown; looked for here unless somebody has done it already
 */
export function buildAnalysis(
  inputs: AnalysisInputs, options: AnalysisOptions, guesses: Guesses,
  folders = inputs.parts.map((part) => folderOf(part, options, guesses)), found?: readonly Found[],
): Analysis {
  const { clock, capture, parts, end, settled } = inputs;
  const all = new ConnectionSet(folders, end);
  const told = findAll(all, found, pastOf(parts));
  for (const { forgotten } of parts) if (forgotten !== null) told.endings.addAll(forgotten.endings);
  const { verdicts, doubts, well } = told.standings.result();
  const judged = (connection: Connection): Connection => judgedBy(told.index, connection);
  const remembered = new Map<number, Connection>();
  const connection = (id: ConnectionId): Connection => {
    let known = remembered.get(id);
    if (known) return known;
    known = judged(all.connection(id));
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(id, known);
    return known;
  };
  function* connections(wanted: (id: ConnectionId) => boolean = () => true): IterableIterator<Connection> {
    for (const { folder, row } of all.locations()) {
      const id = folder.connectionIds.idOf(row);
      if (wanted(id)) yield remembered.get(id) ?? judged(folder.fold(row, end).connection);
    }
  }
  let diagnosed: Diagnoses | null = null;
  const diagnoses = (): Diagnoses =>
    (diagnosed ??= diagnose(
      gathered(parts, folders, end, settled),
      {
        findingsOf: (id) => {
          const own = told.index.of(id);
          if (own.length === 0) return settled?.findingsOf(id) ?? [];
          return own.map((number) => told.findings[number]!);
        },
        byChance: (connections) => lostByChance(told.loss, connections),
      },
      capture.first ?? 0, end,
    ));
  // Those of connections that are no longer kept stand in groups of their own: nothing explains them.
  let asTold: Lowered | null = null;
  const whole = withForgotten(told, told);
  const shown = (): Lowered => {
    if (asTold === null) {
      // Those that were told before are as each connection shows them, and so are the others then.
      const light = settled === undefined ? lowered(told, diagnoses) : told;
      asTold = light === told ? whole : withForgotten(light, told);
    }
    return asTold;
  };
  const analysis: Analysis = {
    clock, capture: withLoss(capture, told), options, connectionCount: all.count + sum(parts, ({ count }) => count),
    endings: told.endings.counted(), verdicts, doubts, well, connection, connections: () => connections(),
    get findings() {
      return shown().findings;
    },
    findingsOf: (id) => told.index.of(id).map((number) => shown().findings[number]!),
    flowsOf: (number) => flowsOf(told.findings, told.index, number),
    get groups() {
      return shown().groups;
    },
    get diagnoses() {
      return diagnoses().diagnoses;
    },
    explanationOf(finding) {
      const place = diagnoses().explanationOf(finding);
      return place === null ? null : diagnoses().diagnoses[place]!;
    },
    hosts: hostsOf(guesses, options),
    sockets: (time, flows) =>
      socketsAt(
        flows === undefined ? all.locations() : Array.from(flows, (id) => all.find(id) ?? []).flat(), end, time,
      ),
    withOptions: (changes) => buildAnalysis(inputs, { ...options, ...changes }, guesses),
  };
  Object.assign(
    analysis, kept(all, told, parts),
    parts.some(({ forgotten, retention }) => forgotten !== null && !retention) && {
      ...folded(told, parts), connections: () => connections((id) => told.index.has(id)),
    },
  );
  return analysis;
}

/** A connection of which something was found: that is its verdict. */
function judgedBy(index: Pick<FindingIndex, 'isTold'>, connection: Connection): Connection {
  return index.isTold(connection.id) ? { ...connection, verdict: 'found', doubt: null } : connection;
}

/** The capture with what it lost of the connections, if it did, those included that are no longer kept. */
function withLoss(
  capture: CaptureSummary, { loss: { bytes, connections, share } }: Pick<FoundOfAll, 'loss'>,
): CaptureSummary {
  return bytes === 0 ? capture : { ...capture, loss: { bytes, connections, share: Number(share.toPrecision(3)) } };
}

/** The facts of all connections, those of forgotten ones included, service by service. */
function gathered(
  parts: readonly PartitionResult[], folders: readonly ConnectionFolder[], end: Time, settled: Settled | undefined,
): Service[] {
  const all = new Gathering(parts[0]?.retention != null);
  for (const [index, { table, retention, gathering }] of parts.entries()) {
    const own = new Gathering(retention != null);
    const names = new HostNames();
    for (const row of folders[index]!.connectionIds.rows()) {
      refuseFullHeap();
      own.add(names, table, row, end);
    }
    if (gathering != null) own.join(gathering);
    own.settle(table);
    if (retention != null) own.join(retention.gathering);
    all.join(own);
  }
  if (settled !== undefined) all.join(settled.gathering);
  return all.finish();
}

function pastOf(parts: readonly PartitionResult[]): Past {
  const retention = parts[0]?.retention ?? null;
  const forgotten = parts.flatMap((part) => part.forgotten ?? []);
  const loss = new LossTally();
  for (const own of forgotten) loss.join(own.loss);
  return {
    loss, count: sum(parts, ({ count }) => count), found: retention?.found.byServer ?? (() => 0),
    evicted: retention?.found.groups() ?? [], attempts: forgotten.map(({ attempts }) => attempts),
    standings: forgotten.map(({ standings }) => standings),
  };
}

/** What became of connections that are about to be forgotten. */
export interface SettledRows {
  readonly analysis: Analysis;
  readonly found: Found;
  /** Gives the connection in one of `rows`. */
  readonly folding: (row: number) => Connection;
  /** Those that are final. */
  readonly rows: readonly number[];
}

/**
 * What became of some connections of one part, in order of their first frames, that are about to be forgotten:
 * each is folded when it is asked for, as long as it is there.
 */
export function analysisOfRows(
  inputs: AnalysisInputs, options: AnalysisOptions, folder: ConnectionFolder, final: Final,
): SettledRows {
  const { clock, capture, end } = inputs;
  const folded = new Map<number, Connection>();
  const left = new Set<number>();
  const found = findIn(folder, end, undefined, {
    onFound(row, connection) {
      if (folded.size < MOST_FOLDED) folded.set(row, connection);
    },
    isWanted(row, connection) {
      const isFinal = final.isFinal(row, connection);
      if (!isFinal) left.add(row);
      return isFinal;
    },
  });
  const rows = left.size === 0 ? final.rows : final.rows.filter((row) => !left.has(row));
  const { findings } = found;
  const index = new FindingIndex(findings);
  const { verdicts, doubts, well } = found.standings.result();
  const folding = (row: number): Connection => folded.get(row) ?? folder.fold(row, end).connection;
  const connectionOf = (row: number): Connection => judgedBy(index, folding(row));
  const analysis: Analysis = {
    clock: { ...clock },
    capture: withLoss(capture, found),
    options,
    connectionCount: rows.length,
    endings: found.endings.counted(),
    verdicts,
    doubts,
    well,
    connection: (id) => connectionOf(folder.connectionIds.rowOf(id)),
    *connections() {
      for (const row of rows) yield connectionOf(row);
    },
    findings,
    findingsOf: (id) => index.of(id).map((number) => findings[number]!),
    flowsOf: (number) => flowsOf(findings, index, number),
    groups: grouped(findings),
    // They need all connections of a service: see docs/collect.md.
    diagnoses: [],
    explanationOf: () => null,
    hosts: [],
    sockets: () => [],
    withOptions: () => analysis,
  };
  return { analysis, found, folding, rows };
}

/** `analysis` with all its connections in memory: they may be forgotten where they were. */
export function keptInMemory(analysis: Analysis): Analysis {
  const connections = new Map(Array.from(analysis.connections(), (connection) => [connection.id, connection]));
  const kept: Analysis = {
    ...analysis,
    connection(id) {
      const connection = connections.get(id);
      if (connection === undefined) throw new RangeError(`connection ${id} is not among those that are final`);
      return connection;
    },
    connections: () => connections.values(),
    withOptions: () => kept,
  };
  return kept;
}

/** What was found of connections that are no longer kept counts among the groups of the others. */
function withForgotten(shown: Lowered, { forgotten }: FoundOfAll): Lowered {
  return forgotten.length === 0 ? shown : { ...shown, groups: withEvicted(shown.groups, forgotten) };
}

/** What was forgotten so that memory is bounded, if something was. */
function kept(
  { all }: ConnectionSet, { forgottenFaulty }: FoundOfAll, [{ retention } = {}]: readonly Partial<PartitionResult>[],
): Pick<Analysis, 'forgotten'> | undefined {
  const ids = all[0]?.connectionIds.ids;
  if (!retention || retention.count === 0 || ids === undefined) return undefined;
  const { count, early, lived, until, endings, found } = retention;
  return {
    forgotten: {
      count, endings: endings.counted(), found: found.flows, faulty: found.faulty + forgottenFaulty,
      ungrouped: found.ungrouped, early, lived, until, kept: ids,
    },
  };
}

/** What is counted of connections that are not shown, having no findings. */
function folded({ endings, endingsOfFound }: FoundOfAll, parts: readonly PartitionResult[]): Pick<Analysis, 'folded'> {
  return { folded: { endings: endings.without(endingsOfFound), early: sum(parts, ({ early }) => early) } };
}

function sum(parts: readonly PartitionResult[], of: (forgotten: DiscardTally) => number): number {
  return parts.reduce((total, { forgotten }) => total + (forgotten === null ? 0 : of(forgotten)), 0);
}

function profileOf(options: AnalysisOptions, guesses: Pick<Guesses, 'get'>): (address: string) => Profile {
  const known = knownProfileOf(options, guesses);
  return (address) => known(address) ?? 'linux';
}

/** Null where neither an option nor the host's own segments tell. */
function knownProfileOf(
  { profile, profiles }: AnalysisOptions, guesses: Pick<Guesses, 'get'>,
): (address: string) => Profile | null {
  return (address) => profiles?.get(address) ?? profile ?? guesses.get(address)?.profile ?? null;
}

/** The timers of each host: of its profile, unless an option sets them for all. */
function timersFor(
  { finTimeout, timeWait }: AnalysisOptions, profile: (address: string) => Profile | null,
): (address: string) => Timers {
  const set = Object.fromEntries(PROFILES.map((name) => [name, {
    system: name,
    isKnown: true,
    finWait2: finTimeout ?? timers[name].finWait2,
    timeWait: timeWait ?? timers[name].timeWait,
  }])) as Record<Profile, Timers>;
  const unknown: Timers = { ...set.linux, isKnown: false };
  return (address) => {
    const known = profile(address);
    return known === null ? unknown : set[known];
  };
}

/** What was taken for each host, and why. */
function hostsOf(guesses: Guesses, options: AnalysisOptions): Host[] {
  const profile = profileOf(options, guesses);
  return [...guesses.values()].map(({ address, because, profile: guessed }) => {
    const set = options.profiles?.has(address) === true || options.profile !== undefined;
    return {
      address, profile: profile(address), set,
      because: set ? 'set by an option' : guessed ? because : `${because}; taken for linux`,
    };
  });
}
