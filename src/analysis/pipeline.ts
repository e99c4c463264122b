import type { FrameNumber } from '../base/numbers.js';
import type { Capture } from '../capture/model.js';
import { copyOf } from '../capture/inputs.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { buildAnalysis, analysisOfRows, keptInMemory, guessesOf, folderOf } from './build-analysis.js';
import type { AnalysisInputs, Guesses, PartitionResult, Settled } from './build-analysis.js';
import { IS_TCP, decode, errorOf, isNumbered, skipReasons } from '../decode/decode.js';
import { Gathering, HostNames } from '../diagnoses/facts/gathering.js';
import { Fragments } from '../decode/fragments.js';
import { separationBy } from '../decode/separation.js';
import type { Separation } from '../decode/separation.js';
import { Segment } from '../decode/segment.js';
import { FirstFrames } from '../flow/identity/first-frames.js';
import type { FoldedSources } from '../flow/coverage.js';
import { FlowTable } from '../flow/flow-table.js';
import { compacted, restored } from '../flow/compact.js';
import { KeptFirstFrames } from '../flow/identity/kept-first-frames.js';
import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { connectionIdsOf } from '../flow/identity/connection-ids.js';
import type { Partition } from '../flow/partition.js';
import { Retention } from '../retention/retention.js';
import type { Analysis, AnalysisOptions, CaptureSummary, FramePlace } from './model.js';
import { HealthyDiscard } from '../retention/healthy-discard.js';
import { GUESSABLE } from '../tcp/hosts.js';
import { timers } from '../tcp/profiles.js';
import type { ConnectionFolder } from '../tcp/connection-folder.js';
import type { Duration, Time } from '../base/time.js';

/** Reasons why packets are left out, and the letters of one. */
const MOST_REASONS = 1 << 12;
const LONGEST_REASON = 256;

/** What is asked of a capture that somebody reads. */
type Read = Pick<Capture, 'clock' | 'files' | 'interfaces' | 'damage' | 'end'> & Partial<Pick<Capture, 'placeOf'>>;

/** What is final, good until it is forgotten. */
export interface Settling {
  readonly analysis: Analysis;
  /** Facts of the latest ones of its connections, for diagnoses that come when they are forgotten. */
  readonly gather: () => Gathering;
  readonly forget: () => void;
}

/** Takes in packets; at any moment tells what became of the connections so far. */
export class Pipeline {
  private readonly segment = new Segment();
  private fragments = new Fragments();
  private readonly separation: Separation | null;
  private table: FlowTable;
  private readonly healthyDiscard: HealthyDiscard | null;
  private retention: Retention | null;
  /** Facts of connections that were forgotten. */
  private gathering: Gathering | null;
  private readonly skipped = new Float64Array(skipReasons.length);
  /** Taken in so far. */
  packets = 0;
  /** Whether reading was stopped before the end; to be set by who reads. */
  partial = false;
  private tcpPackets = 0;
  private bytes = 0;
  private first: Time = NaN;
  private last: Time = NaN;
  /** Packets of the batch in hand whose times `first` and `last` know. */
  private timed = 0;
  private readonly capture: Read;
  private readonly options: AnalysisOptions;
  private readonly partition: Partition | null;

  /** `partition`: the connections that are followed here, where there are more threads than this one. */
  constructor(capture: Read, options: AnalysisOptions, partition: Partition | null = null) {
    this.capture = capture;
    this.options = options;
    this.partition = partition;
    this.separation = separationBy(options);
    const forgets = options.findingsOnly === true && options.onSnapshot === undefined;
    this.healthyDiscard = forgets ? HealthyDiscard.among(partition?.count ?? 1, longestTimeWait(options)) : null;
    this.gathering = forgets ? new Gathering() : null;
    if (forgets) this.gather();
    const keeps = options.keepConnections !== undefined && !forgets;
    this.retention = keeps ? new Retention(options.keepConnections, longestTimeWait(options)) : null;
    this.table = new FlowTable({
      firstFrames: keeps ? new KeptFirstFrames() : forgets || partition !== null ? new FirstFrames() : null,
      openings: partition === null ? null : new FirstFrames(),
      keepDuplicates: options.keepDuplicates === true,
    });
  }

  /** Packets so far. */
  get counts(): { readonly packets: number; readonly tcpPackets: number; readonly bytes: number } {
    const { packets, tcpPackets, bytes } = this;
    return { packets, tcpPackets, bytes };
  }

  /** Connections that were not forgotten. */
  get kept(): number {
    return this.table.connections.kept;
  }

  /** First frame of all connections that were not forgotten; the next frame where there is none. */
  get firstFrame(): number {
    const { connections } = this.table;
    let age = -1;
    // Of the number of a frame a connection knows 32 bits.
    for (let row = 0; row < connections.count; row++)
      if (connections.isKept(row)) age = Math.max(age, (this.packets - connections.firstFrame(row)) >>> 0);
    return this.packets - age;
  }

  /**
   * All that further packets may depend on; what is read and the options are left out. To be called between batches.
   */
  pack(to: Packer): void {
    [this.packets, this.tcpPackets, this.bytes, this.first, this.last].forEach((value) => to.number(value));
    to.number(skipReasons.length);
    this.skipped.forEach((count, reason) => {
      to.text(skipReasons[reason]!);
      to.number(count);
    });
    this.fragments.pack(to);
    compacted(this.table).pack(to);
    to.number(this.healthyDiscard === null ? 0 : 1);
    this.healthyDiscard?.pack(to);
    // The rows by which streams are numbered are others in the table that is written.
    this.gathering?.settle(this.table);
    this.gathering?.pack(to);
    to.number(this.retention === null ? 0 : 1);
    this.retention?.pack(to);
  }

  /** Goes on where another one was, which had the same options; `this` has seen nothing yet. @throws UnpackError */
  unpack(from: Unpacker): void {
    this.packets = from.integer(0, ANY_COUNT);
    this.tcpPackets = from.integer(0, this.packets);
    this.bytes = from.integer(0, ANY_COUNT);
    this.first = from.number();
    this.last = from.number();
    for (let reasons = from.integer(0, MOST_REASONS); reasons > 0; reasons--) {
      const reason = (skipReasons as readonly string[]).indexOf(from.text(LONGEST_REASON));
      const count = from.integer(0, ANY_COUNT);
      if (reason < 0) throw new UnpackError('packets that were left out for a reason that is not known here');
      this.skipped[reason] = count;
    }
    this.fragments = Fragments.unpack(from);
    const { duplicates } = this.table;
    this.table = restored(FlowTable.unpack(from));
    if ((this.table.duplicates === null) !== (duplicates === null))
      throw new UnpackError('packets that were captured twice');
    if (from.integer(0, 1) !== (this.healthyDiscard === null ? 0 : 1))
      throw new UnpackError('connections that were forgotten');
    this.healthyDiscard?.unpack(from);
    if (this.gathering !== null) this.gathering = Gathering.unpack(from);
    if (from.integer(0, 1) === 0) return;
    this.retention ??= new Retention(Infinity, longestTimeWait(this.options));
    this.retention.unpack(from);
  }

  /**
   * Forgets interfaces of files that are over, but for what their connections need; those in `awaited` have packets yet
   * to come. Answers those that are left, by their former numbers: from now on they are numbered from 0 on.
   */
  foldInterfaces(awaited: ReadonlySet<number>): FoldedSources {
    const { connections, coverage } = this.table;
    coverage.describe(this.capture.interfaces);
    const folded = coverage.fold(awaited, connections.interfaces());
    connections.renumberInterfaces(folded.moved);
    return folded;
  }

  /** Interfaces that packets have named so far. */
  get interfaceCount(): number {
    return this.table.coverage.count;
  }

  /**
   * Tells the connections that are final, and forgets them: no packet changes them any more, but one that comes later
   * than the longest TIME-WAIT after their end. What it tells is never told again; `analysis` tells the others.
   */
  settle(): Analysis {
    const { analysis, forget } = this.settling();
    const kept = keptInMemory(analysis);
    forget();
    return kept;
  }

  /**
   * An analysis for who tells its connections at once, without all of them in memory: it is good until `forget` is
   * called.
   */
  settling(): Settling {
    if (this.healthyDiscard !== null) throw new Error('settle tells all connections: leave findingsOnly out');
    this.retention ??= new Retention(Infinity, longestTimeWait(this.options));
    const { table, retention } = this;
    if (!(table.firstFrames instanceof KeptFirstFrames)) {
      table.firstFrames = KeptFirstFrames.of(table.connections, table.firstFrames);
    }
    const part = this.result();
    const guesses = guessesOf(part);
    const ids = connectionIdsOf(table);
    const foldersOf = (some: readonly number[]): ConnectionFolder =>
      folderOf(part, this.options, guesses, { ...ids, rows: () => some });
    const end = this.end();
    const final = retention.finalRows(table, end, foldersOf);
    const folder = foldersOf(final.rows);
    const { analysis, found, folding, rows } = analysisOfRows(this.inputs([part]), this.options, folder, final);
    return {
      analysis,
      gather: () => Gathering.ofStep(table, rows, end),
      forget: () => retention.settle(table, rows, end, folder, found, folding),
    };
  }

  /**
   * With `selected`, places in the batch, only these packets are looked at: the others are segments of connections that
   * are followed elsewhere.
   */
  feed(batch: PacketBatch, selected: Uint16Array | null = null): void {
    this.bytes += bytesOf(batch);
    this.table.coverage.note(batch.time, batch.interface, batch.count);
    this.take(batch, selected);
    this.noteTimes(batch, batch.count);
    this.timed = 0;
    this.packets += batch.count;
    if (selected !== null) this.tcpPackets += batch.count - selected.length;
    this.healthyDiscard?.look(this.table, this.last, Math.min(this.first, this.table.idleCloses.begin));
    this.keep(batch);
  }

  /**
   * The only loop over packets. With nothing behind it: V8 compiles the loop while it runs for the first time, when it
   * has not seen yet what comes behind, and then falls back to the interpreter there, once for each batch.
   */
  private take(batch: PacketBatch, selected: Uint16Array | null): void {
    const { segment, fragments, separation, table, skipped, partition, packets } = this;
    const count = selected === null ? batch.count : selected.length;
    for (let place = 0; place < count; place++) {
      const index = selected === null ? place : selected[place]!;
      const frame = packets + index + 1;
      const outcome = decode(batch, index, segment, fragments, separation);
      if (outcome !== IS_TCP) {
        skipped[outcome]!++;
        this.takeHeader(batch, index, outcome, frame);
        continue;
      }
      this.tcpPackets++;
      if (partition !== null && !partition.holds(segment)) continue;
      const time = batch.time[index]!;
      table.interface = batch.interface[index]!;
      table.add(segment, frame, time === time ? time : this.timeBeside(batch, index), batch.bytes);
    }
  }

  /** A packet that is no segment, but may quote one or have a header like one. */
  private takeHeader(batch: PacketBatch, index: number, outcome: number, frame: FrameNumber): void {
    const { segment, table, partition } = this;
    const error = errorOf(outcome);
    const numbered = isNumbered(outcome);
    if ((error === null && !numbered) || (partition !== null && !partition.holds(segment))) return;
    if (numbered) table.addHeader(segment, frame);
    if (error === null) return;
    const time = batch.time[index]!;
    table.addError(segment, error, frame, time === time ? time : this.timeBeside(batch, index));
  }

  /** A packet without a timestamp (a Simple Packet Block) stands where its neighbours do. */
  private timeBeside(batch: PacketBatch, index: number): Time {
    this.noteTimes(batch, index);
    return this.last === this.last ? this.last : 0;
  }

  /** Looks at the times of the batch's packets before `end` that were not looked at yet. */
  private noteTimes({ time: times }: PacketBatch, end: number): void {
    let { first, last } = this;
    for (let index = this.timed; index < end; index++) {
      const time = times[index]!;
      if (time !== time) continue;
      if (first !== first || time < first) first = time;
      if (last !== last || time > last) last = time;
    }
    this.first = first;
    this.last = last;
    this.timed = end;
  }

  /** What is about to be forgotten is gathered. */
  private gather(): void {
    const names = new HostNames();
    this.healthyDiscard!.leaving = (table, rows) => {
      for (const row of rows) this.gathering!.add(names, table, row, this.last);
    };
  }

  private keep({ count, time }: PacketBatch): void {
    const { table, retention: forgotten } = this;
    if (forgotten === null || count === 0) return;
    const stamp = time[count - 1]!;
    const end = this.end();
    forgotten.look(table, stamp === stamp ? stamp : end, end, () => {
      const connectionIds = connectionIdsOf(table);
      table.coverage.describe(this.capture.interfaces);
      // Nobody asks for them where all that go have closed cleanly.
      let known: Guesses | null = null;
      const guesses = { get: (address: string) => (known ??= guessesOf({ table, forgotten })).get(address) };
      return (rows) => folderOf({ table, forgotten }, this.options, guesses, { ...connectionIds, rows: () => rows });
    });
  }

  /**
   * What is known now. Later packets do not change what is returned, but for connections that were not looked at yet.
   *
   * @param settled connections that were told before, of which its diagnoses tell, too
   */
  analysis(settled?: Settled): Analysis {
    const part = this.result();
    const inputs = this.inputs([part]);
    return buildAnalysis(settled === undefined ? inputs : { ...inputs, settled }, this.options, guessesOf(part));
  }

  /** The connections that were read here. */
  result(): PartitionResult {
    this.table.coverage.describe(this.capture.interfaces);
    return {
      table: this.table, forgotten: this.retention ?? this.healthyDiscard, retention: this.retention,
      gathering: this.gathering,
    };
  }

  /** What was read here and, of other connections, elsewhere. */
  inputs(parts: readonly PartitionResult[]): AnalysisInputs {
    return { clock: this.capture.clock, capture: this.summary(parts), end: this.end(), parts };
  }

  /** Until when the absence of packets says something. */
  end(): Time {
    const last = this.last === this.last ? this.last : 0;
    return Math.max(last, this.capture.end ?? last);
  }

  private summary(parts: readonly PartitionResult[]): CaptureSummary {
    const { capture } = this;
    const duplicates = parts.reduce((sum, { table }) => sum + (table.duplicates?.count ?? 0), 0);
    const gaps = this.table.coverage.gaps();
    const skipped: Record<string, number> = {};
    this.skipped.forEach((count, reason) => {
      if (count > 0) skipped[skipReasons[reason]!] = count;
    });
    return {
      files: capture.files.map(copyOf), interfaces: [...capture.interfaces], packets: this.packets,
      tcpPackets: this.tcpPackets, bytes: this.bytes, first: this.first === this.first ? this.first : null,
      last: this.last === this.last ? this.last : null, end: this.last === this.last ? this.end() : null, skipped,
      damage: [...capture.damage], ...(gaps.length > 0 && { gaps }), ...(duplicates > 0 && { duplicates }),
      ...(capture.files.length > 1 &&
        capture.placeOf !== undefined && { placeOf: (frame: FrameNumber) => placeIn(capture, frame) }),
      ...(this.partial && { partial: true }),
    };
  }
}

/** A frame in its own file. */
function placeIn(capture: Read, frame: FrameNumber): FramePlace | null {
  const place = capture.placeOf?.(frame) ?? null;
  const file = place === null ? undefined : capture.files[place.file];
  return place === null || file === undefined ? null : { file: file.path, frame: place.frame, stream: null };
}

/** On the wire. */
function bytesOf({ original, count }: PacketBatch): number {
  let bytes = 0;
  for (let index = 0; index < count; index++) bytes += original[index]!;
  return bytes;
}

/** The longest TIME-WAIT that a host may have, as far as is known before its segments are. */
function longestTimeWait({ timeWait, profile, profiles }: AnalysisOptions): Duration {
  if (timeWait !== undefined) return timeWait;
  const possible =
    profile === undefined ? [...GUESSABLE, ...(profiles?.values() ?? [])] : [profile, ...(profiles?.values() ?? [])];
  return Math.max(...possible.map((name) => timers[name].timeWait));
}
