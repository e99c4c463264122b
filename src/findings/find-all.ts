import type { ConnectionId, FrameNumber, Row } from '../base/numbers.js';
import { RST } from '../decode/segment.js';
import { Attempts } from '../tcp/attempts.js';
import type { Connection, Role } from '../tcp/connection.js';
import { LossTally } from '../flow/loss.js';
import { incompletion } from '../tcp/handshake.js';
import { Endings, Standings } from '../tcp/endings.js';
import { ROLES } from '../tcp/fold.js';
import type { ConnectionSet, Location } from '../tcp/connection-set.js';
import { rebindings } from '../tcp/rebinding.js';
import { hasTimeWait } from '../tcp/time-wait-rule.js';
import { untranslated } from '../tcp/untranslated.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { ConnectionFolder, Verdict } from '../tcp/connection-folder.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { Duration, Time } from '../base/time.js';
import { Crowds } from './crowds.js';
import { asFarAsCaptured, lossDiscount } from './incomplete-capture.js';
import { discounted } from './discount.js';
import type { Evicted } from './discount.js';
import type { AnyDetection, AnyDetector, AnyKind, SeenAtOnce, Subject } from './detector.js';
import { FindingIndex } from './finding-index.js';
import { grouped } from './grouping.js';
import { beforeConnection, detectors, serviceDetectors } from './index.js';
import type { Finding, Group } from './index.js';
import { loneGiveUp } from './lone-give-up.js';
import { oneEach } from './one-event.js';
import { evictedAttempts } from './unanswered.js';
import type { AnyServiceDetection, Overall } from './service-detector.js';
import { refuseFullHeap } from '../base/heap.js';

/** Alternatives of most findings, which have none: one list for all of them. */
const NONE: readonly never[] = [];

/** What was found of single connections: in order of these, with no two lists of one connection. */
export interface Found {
  readonly findings: readonly Finding[];
  /** How all connections ended, and how those that have findings. */
  readonly endings: Endings;
  readonly endingsOfFound: Endings;
  /** What the capture lost of them. */
  readonly loss: LossTally;
  /** What is to be thought of all connections. */
  readonly standings: Standings;
  /** Rows of attempts to connect that nobody answered, where nothing else is told of them. */
  readonly unanswered: readonly number[];
  /** Rows of attempts so young that an answer may come yet. */
  readonly young: readonly number[];
  /** Rows of attempts that were answered, but went no further. */
  readonly unacknowledged: readonly number[];
}

/** What is known of connections that are no longer kept. */
export interface Past {
  /** How often this was found by the server's doing at a service. */
  readonly found: Overall['forgotten'];
  /** Those that nobody answered. */
  readonly attempts: readonly Attempts[];
  /** What was to be thought of all of them. */
  readonly standings: readonly Standings[];
  /** How many there were, what the capture lost of them, and what was found of them. */
  readonly count: number;
  readonly loss: LossTally;
  readonly evicted: readonly Evicted[];
}

const NO_PAST: Past = { found: () => 0, attempts: [], standings: [], count: 0, loss: new LossTally(), evicted: [] };

/** What was found in a whole capture, with what only many connections together show. */
export interface FoundOfAll extends Omit<Found, 'unanswered' | 'young' | 'unacknowledged'> {
  /** Which of `findings` a connection has. */
  readonly index: Pick<FindingIndex, 'has' | 'isTold' | 'of' | 'crowdOf'>;
  readonly groups: readonly Group[];
  /**
   * Groups of connections that are no longer kept; how many of these turned out to be faulty, less those that did not.
   */
  readonly forgotten: readonly Group[];
  readonly forgottenFaulty: number;
}

/** What else is to be done with connections that are looked at one by one. */
export interface FindOptions {
  /** Told of each connection of which something is found. */
  readonly onFound?: (row: Row, connection: Connection) => void;
  /** Whether a connection is to be looked at, when it was folded; else nothing of it counts. */
  readonly isWanted?: (row: Row, connection: Connection) => boolean;
}

/**
 * Runs every detector over every connection of one folder whose ending is not seen at once, and over those of the
 * others that it wants. All are counted by their ending.
 */
export function findIn(
  folder: ConnectionFolder, captureEnd: Time, all: readonly AnyDetector[] = detectors,
  { onFound, isWanted }: FindOptions = {},
): Found {
  const findings: Finding[] = [];
  const endings = new Endings();
  const endingsOfFound = new Endings();
  const loss = new LossTally();
  const standings = new Standings();
  const unanswered: number[] = [];
  const young: number[] = [];
  const unacknowledged: number[] = [];
  const atOnce = {
    closed: { flows: 0, found: 0, first: Infinity }, unanswered: { flows: 0, found: 0, first: Infinity },
    open: { flows: 0, found: 0, first: Infinity },
  };
  const wanting = {
    closed: wantingOf(all, 'closed'), unanswered: wantingOf(all, 'unanswered'), open: wantingOf(all, 'open'),
  };
  const neverWaited = new Uint8Array(folder.connections.count);
  for (const row of folder.connectionIds.rows()) {
    refuseFullHeap();
    const seen = folder.endingAtSight(row, captureEnd);
    if (seen === 'unanswered') unanswered.push(row);
    else if (seen === 'open') young.push(row);
    if (seen !== null) {
      const tally = atOnce[seen];
      tally.flows++;
      tally.first = Math.min(tally.first, folder.firstFrame(row));
      if (wanting[seen].length === 0) {
        folder.addLoss(row, loss);
        continue;
      }
    }
    const subject = new Case(folder, row, folder.fold(row, captureEnd), { neverWaited, captureEnd });
    const { ending, firstFrame, resets } = subject.connection;
    if (!hasTimeWait(subject.connection)) neverWaited[row] = 1;
    if (isWanted !== undefined && !isWanted(row, subject.connection)) continue;
    folder.addLoss(row, loss);
    if (seen === null) endings.add(ending, 1, firstFrame);
    const asked = seen !== null ? wanting[seen] : incompletion(subject.history) === null ? all : beforeConnection;
    const before = findings.length;
    if (look(subject, asked, findings)) {
      endingsOfFound.add(seen ?? ending, 1, firstFrame);
      standings.countFound(subject.connection, isHarmless(findings, before));
      onFound?.(row, subject.connection);
      if (seen !== null) atOnce[seen].found++;
      continue;
    }
    if (seen !== null) continue;
    standings.count(subject.connection);
    if (ending === 'unanswered' && folder.isUnanswered(row)) unanswered.push(row);
    else if (resets.length === 0 && folder.stopsAtSynAck(row)) unacknowledged.push(row);
  }
  for (const ending of ['closed', 'unanswered', 'open'] as const) {
    const { flows, found, first } = atOnce[ending];
    if (flows === 0) continue;
    endings.add(ending, flows, first);
    if (flows > found) standings.add(ending === 'closed' ? 'clean' : ending, flows - found, first);
  }
  return { findings, endings, endingsOfFound, standings, loss, unanswered, young, unacknowledged };
}

/** Whether nothing graver than information is among `findings` from `first` on. */
function isHarmless(findings: readonly Finding[], first: number): boolean {
  for (let number = first; number < findings.length; number++) if (findings[number]!.severity !== 'info') return false;
  return true;
}

/** Those that want connections whose ending is seen at once. */
export function wantingOf(all: readonly AnyDetector[], seen: SeenAtOnce): readonly AnyDetector[] {
  return all.filter(({ wants }) => wants?.includes(seen));
}

/** Adds what is found of one connection; answers whether it was something. */
function look(subject: Case, asked: readonly AnyDetector[], findings: Finding[]): boolean {
  let found: Finding[] | null = null;
  for (const detector of asked) {
    const detections = detector.detect(subject);
    if (detections.length === 0) continue;
    found ??= [];
    subject.found = found;
    for (const detection of detections) found.push(asFarAsCaptured(finding(detector, detection, subject), subject));
  }
  if (found === null) return false;
  for (const told of oneEach(found)) findings.push(told);
  return true;
}

/** What was seen of the connections before, in order of their first frames. */
interface SeenSoFar {
  /** A byte for each row: 1 where the connection was folded to `captureEnd`, and neither end came to TIME-WAIT. */
  readonly neverWaited: Uint8Array;
  readonly captureEnd: Time;
}

/** A connection that is being looked at. */
class Case implements Subject {
  readonly connection: Subject['connection'];
  readonly history: Subject['history'];
  readonly trace: Subject['trace'];
  readonly timers: Subject['timers'];
  readonly initialDistances: Subject['initialDistances'];
  readonly beside: Subject['beside'];
  readonly exchange: Subject['exchange'];
  readonly errors: Subject['errors'];
  readonly elsewhere: Subject['elsewhere'];
  readonly captureEnd: Time;
  private readonly folder: ConnectionFolder;
  private readonly row: Row;
  /**
   * The connection that stood before on the same ports; null where there is none, undefined before it was asked for.
   */
  private before: Connection | null | undefined = undefined;
  /** What has been found of it so far; null where that is nothing. */
  found: readonly Finding[] | null = null;
  /** Null where this connection is looked at by itself. */
  private readonly seen: SeenSoFar | null;

  constructor(
    folder: ConnectionFolder, row: Row,
    { connection, history, trace, timers, initialDistances, beside, exchange, errors, elsewhere }: Verdict,
    seen: SeenSoFar | null = null,
  ) {
    this.connection = connection;
    this.history = history;
    this.trace = trace;
    this.timers = timers;
    this.initialDistances = initialDistances;
    this.beside = beside;
    this.exchange = exchange;
    this.errors = errors;
    this.elsewhere = elsewhere;
    this.captureEnd = connection.observedUntil;
    this.folder = folder;
    this.row = row;
    this.seen = seen;
  }

  isTold(frame: FrameNumber): boolean {
    return this.found !== null && this.found.some(({ frames }) => frames.includes(frame));
  }

  previous(): Connection | null {
    if (this.before === undefined) {
      const { stood } = this.folder.attemptsBefore(this.row);
      this.before = stood < 0 ? null : this.folder.foldAgain(stood, this.captureEnd).connection;
    }
    return this.before;
  }

  previousMayHaveWaited(): boolean {
    const { stood } = this.folder.attemptsBefore(this.row);
    if (stood < 0) return false;
    return this.seen === null || this.seen.captureEnd !== this.captureEnd || this.seen.neverWaited[stood] === 0;
  }

  attempts(): readonly Connection[] {
    return this.folder
      .attemptsBefore(this.row)
      .attempts.map((row) => this.folder.foldAgain(row, this.captureEnd).connection)
      .toReversed();
  }

  wasTriedAgain(): boolean {
    return this.folder.wasTriedAgain(this.row);
  }

  previousSpoke(role: Role, time: Time): boolean {
    const { stood } = this.folder.attemptsBefore(this.row);
    if (stood < 0) return false;
    const { history } = this.folder.foldAgain(stood, this.captureEnd);
    return (
      history.firstAfter(NO_ROW, ROLES.indexOf(role), (row) => row.time > time && (row.flags & RST) === 0) !== NO_ROW
    );
  }

  idleBefore(time: Time): Duration {
    const { rows, count } = this.history;
    let before = -Infinity;
    for (let at = 0; at < count; at++)
      if (rows[at]!.time < time && !(rows[at]!.marks & FOREIGN)) before = Math.max(before, rows[at]!.time);
    // The history may not hold what came last before; a silence that was longer than all that were survived is no
    // chance.
    const idle = time - before;
    return before === -Infinity || idle < this.exchange.longestQuiet ? 0 : idle;
  }

  timestampAdvance(): number | null {
    return this.folder.timestampAdvance(this.row);
  }
}

/**
 * All that is to be found; `found` is what each folder's own connections have shown, `past` what is known of those that
 * are no longer kept.
 */
export function findAll(
  folders: ConnectionSet, found: readonly Found[] = folders.all.map((folder) => findIn(folder, folders.captureEnd)),
  past = NO_PAST,
): FoundOfAll {
  const findings =
    found.length === 1
      ? [...found[0]!.findings]
      : found.flatMap((part) => part.findings).sort((a, b) => a.flow - b.flow);
  const loss = new LossTally();
  for (const part of [...found.map((own) => own.loss), past.loss]) loss.join(part);
  lookAgain(folders, findings);
  const before = past.evicted.map(({ group }) => group);
  const discounts = [
    lossDiscount(findings, before, loss, folders.count + past.count), loneGiveUp(findings, before),
  ].filter((each) => each !== null);
  const lighter = discounted(findings, discounts);
  const index = new FindingIndex(findings);
  const endings = new Endings();
  const endingsOfFound = new Endings();
  const standings = new Standings();
  for (const part of found) {
    endings.addAll(part.endings);
    endingsOfFound.addAll(part.endingsOfFound);
    standings.addAll(part.standings);
  }
  for (const forgotten of past.standings) standings.addAll(forgotten);
  for (const flow of lighter)
    if (index.of(flow).every((number) => findings[number]!.severity === 'info'))
      standings.weigh(folders.connection(flow), true);
  const attempts = findServices(folders, findings, index, endingsOfFound, standings, past, found);
  let forgottenFaulty = 0;
  for (const { severity, flows } of attempts) forgottenFaulty += severity === 'info' ? 0 : flows;
  const forgotten = past.evicted.map(({ group, sole, soleWell }) => {
    const now = discounts.reduce((own, discount) => discount.group(own), group);
    if (now === group) return group;
    forgottenFaulty -= sole;
    standings.move('found', 'noted', soleWell);
    return now;
  });
  return {
    findings, index, groups: grouped(findings), forgotten: [...forgotten, ...attempts], forgottenFaulty, endings,
    endingsOfFound, standings, loss,
  };
}

/**
 * Looks anew at connections of which others show that a NAT did not translate what came: what was found of them is told
 * otherwise.
 */
function lookAgain(folders: ConnectionSet, findings: Finding[]): void {
  const strays = untranslated(folders);
  for (const folder of folders.all) {
    const own = strays.filter(({ location }) => location.folder === folder);
    folder.know(
      new Map(
        own.map(({ location: { row }, elsewhere, stream }) => [folder.firstFrame(row), { address: elsewhere, stream }]),
      ),
    );
  }
  const again = new Map<ConnectionId, readonly Finding[]>();
  const known = new Set(strays.length === 0 ? [] : findings.map(({ flow }) => flow));
  for (const { location: { folder, row } } of strays) {
    const id = folder.connectionIds.idOf(row);
    if (!known.has(id)) continue;
    const anew: Finding[] = [];
    const subject = new Case(folder, row, folder.fold(row, folders.captureEnd));
    look(subject, incompletion(subject.history) === null ? detectors : beforeConnection, anew);
    if (anew.length > 0) again.set(id, anew);
  }
  if (again.size === 0) return;
  const old = findings.splice(0);
  for (const [number, finding] of old.entries()) {
    const anew = again.get(finding.flow);
    if (anew === undefined) findings.push(finding);
    else if (old[number - 1]?.flow !== finding.flow) findings.push(...anew);
  }
}

/** Adds what only many connections together show; answers what it shows of connections that are no longer kept. */
function findServices(
  folders: ConnectionSet, findings: Finding[], index: FindingIndex, endingsOfFound: Endings, standings: Standings,
  past: Past, found: readonly Found[],
): Group[] {
  const { captureEnd } = folders;
  let unanswered: Attempts | null = null;
  let withYoung: Attempts | null = null;
  const allAttempts = (): Attempts =>
    (unanswered ??= attempts(
      folders, found.map((part) => part.unanswered), past.attempts,
    ));
  const overall: Overall = {
    findings: [...findings], captureEnd, connection: (id) => folders.connection(id),
    crowds: (atLeast) => crowds(folders, atLeast), forgotten: past.found, isPart: past.count > 0,
    attempts: allAttempts,
    attemptsWithYoung: () =>
      (withYoung ??= found.every(({ young }) => young.length === 0)
        ? allAttempts()
        : attempts(
            folders, found.map((part) => [...part.unanswered, ...part.young]), past.attempts,
          )),
    unacknowledged: () =>
      attempts(
        folders, found.map(({ unacknowledged }) => unacknowledged),
      ),
    connections: folders,
    rebindings: () =>
      rebindings(folders).map(({ before, after, ...movers }) => ({
        ...movers, before: connectionAt(before, captureEnd), after: connectionAt(after, captureEnd),
      })),
  };
  const told: { readonly detection: AnyServiceDetection; readonly number: number }[] = [];
  for (const detector of serviceDetectors) {
    for (const detection of detector.detect(overall)) {
      const shown = folders.connection(detection.flow);
      const number = findings.push(finding(detector, detection, { connection: shown })) - 1;
      const { severity } = findings[number]!;
      if (!index.has(shown.id)) {
        endingsOfFound.add(shown.ending, 1, shown.firstFrame);
        // One of a crowd that nobody serves is not well, however little there is to be done.
        standings.nowFound(shown, severity === 'info' && detection.crowd === undefined);
      } else if (severity !== 'info' && index.of(shown.id).every((other) => findings[other]!.severity === 'info'))
        standings.weigh(shown, false);
      index.add(shown.id, number);
      if (detection.others !== undefined || detection.crowd !== undefined) told.push({ detection, number });
    }
  }
  const tellers = tellOfOthers(told, { folders, findings, index, standings, past, found });
  if (past.attempts.length === 0) return [];
  const evicted = evictedAttempts(overall, (client, server, port) => tellers.teller(client, server, port) !== null);
  for (const { flows } of evicted) standings.move('unanswered', 'found', flows);
  return evicted;
}

/**
 * Lets every connection know of the finding that tells of it and stands with another one; answers which attempts nobody
 * answered are told of so.
 */
function tellOfOthers(
  told: readonly { readonly detection: AnyServiceDetection; readonly number: number }[],
  {
    folders, findings, index, standings, past, found,
  }: {
    readonly folders: ConnectionSet;
    readonly findings: Finding[];
    readonly index: FindingIndex;
    readonly standings: Standings;
    readonly past: Past;
    readonly found: readonly Found[];
  },
): Crowds {
  const flows: number[] = [];
  const numbers: number[] = [];
  const others = new Map<number, number>();
  const count = (number: number, more: number): unknown => others.set(number, (others.get(number) ?? 0) + more);
  const tell = (id: ConnectionId, number: number): void => {
    if (findings[number]!.flow === id) return;
    flows.push(id);
    numbers.push(number);
    count(number, 1);
  };
  const crowds = { unanswered: new Crowds(), unacknowledged: new Crowds() };
  if (told.length === 0) return crowds.unanswered;
  for (const { detection: { others: ids, crowd }, number } of told) {
    for (const id of ids ?? []) tell(id, number);
    if (crowd !== undefined) crowds[crowd.of].add(crowd, number);
  }
  for (const [at, folder] of folders.all.entries()) {
    crowds.unanswered.among(folder, found[at]!.unanswered, (row, number) => {
      const id = folder.connectionIds.idOf(row);
      if (!index.has(id)) standings.move('unanswered', 'found');
      tell(id, number);
    });
    crowds.unanswered.among(folder, found[at]!.young, (row, number) => {
      const id = folder.connectionIds.idOf(row);
      if (!index.has(id)) standings.move('open', 'found');
      tell(id, number);
    });
    crowds.unacknowledged.among(folder, found[at]!.unacknowledged, (row, number) => {
      const id = folder.connectionIds.idOf(row);
      if (!index.has(id))
        standings.nowFound(folder.fold(row, folders.captureEnd).connection, findings[number]!.severity === 'info');
      tell(id, number);
    });
  }
  for (const forgotten of past.attempts) {
    crowds.unanswered.forgotten(forgotten, (more, number) => {
      standings.move('unanswered', 'found', more);
      count(number, more);
    });
  }
  index.addCrowd(flows, numbers);
  for (const [number, more] of others) findings[number] = { ...findings[number]!, others: more };
  return crowds.unanswered;
}

/** `rows`: of each folder; `others`: those that are no longer kept. */
function attempts(
  { all }: ConnectionSet, rows: readonly (readonly number[])[], others: readonly Attempts[] = [],
): Attempts {
  const together = new Attempts();
  for (const [at, folder] of all.entries())
    for (const row of rows[at]!) together.add(folder.attempt(row), { folder, row });
  for (const forgotten of others) together.addAll(forgotten);
  return together;
}

function connectionAt({ folder, row }: Location, captureEnd: Time): Connection {
  return folder.fold(row, captureEnd).connection;
}

/** Connections by client address and service, where there are at least `atLeast`. */
function* crowds(folders: ConnectionSet, atLeast: number): Generator<Iterable<Connection>> {
  if (folders.count < atLeast) return;
  const sizes = folders.all.map((folder) => folder.connectionsPerService());
  if (sizes.reduce((sum, { largest }) => sum + largest, 0) < atLeast) return;
  const locations = new Map<string, Location[]>();
  for (const location of folders.locations()) {
    const { folder, row } = location;
    // Where a crowd may be spread over several folders, a few before one of them may be many.
    if (sizes.length === 1 && sizes[0]!.size(row) < atLeast) continue;
    const { address, port } = folder.address(row, 1);
    const key = `${folder.address(row, 0).address} ${address} ${port}`;
    const crowd = locations.get(key);
    if (crowd) crowd.push(location);
    else locations.set(key, [location]);
  }
  for (const crowd of locations.values())
    if (crowd.length >= atLeast) yield { [Symbol.iterator]: () => judged(crowd, folders.captureEnd) };
}

function* judged(crowd: readonly Location[], captureEnd: Time): Generator<Connection> {
  for (const { folder, row } of crowd) yield folder.fold(row, captureEnd).connection;
}

function finding(detector: AnyKind, detection: AnyDetection, { connection }: Pick<Subject, 'connection'>): Finding {
  const { cause, role, start, end, alternatives = NONE } = detection;
  const { id: flow, stream, streams, server } = connection;
  return {
    id: detector.id, cause, severity: detection.severity ?? detector.severities[cause ?? ''] ?? 'warning',
    confidence: detection.confidence, alternatives: alternatives.length === 0 ? NONE : alternatives, flow, stream,
    endpoint: connection[role], role, start, end, duration: Math.max((end ?? connection.observedUntil) - start, 0),
    frames: inOrder(detection.frames), message: inOnePiece(detection.message),
    advice: detection.advice ?? detector.advice[cause ?? ''] ?? [],
    filter: inOnePiece(
      streams.length === 1
        ? `tcp.stream eq ${stream}`
        : streams.map((number) => `tcp.stream eq ${number}`).join(' or '),
    ),
    evidence: detection.evidence, service: server,
  } as Finding;
}

/** Each frame once, ascending: as most are already. */
function inOrder(frames: readonly number[]): readonly number[] {
  for (let index = 1; index < frames.length; index++)
    if (frames[index - 1]! >= frames[index]!) return [...new Set(frames)].toSorted((a, b) => a - b);
  return frames.slice();
}

/**
 * A text without blanks at its end. V8 keeps what was put together as a tree of its parts until somebody looks at its
 * letters, which takes more than twice the memory (350 bytes of a message, so 150); to trim it is the cheapest way to
 * look.
 */
function inOnePiece(text: string): string {
  return text.trimEnd();
}
