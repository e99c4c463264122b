import { Pipeline, type Settling } from '../analysis/pipeline.js';
import { openFurther } from '../capture/capture.js';
import { FramePlaces } from '../capture/frame-places.js';
import { HeldPackets } from '../capture/held-packets.js';
import { CaptureLog } from '../capture/capture-log.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { checkOptions, lastingOf } from '../analysis/continued.js';
import type { Analysis, AnalysisOptions, CaptureInterface, Damage } from '../analysis/model.js';
import { BytePacker } from '../packing/byte-packer.js';
import { ByteUnpacker } from '../packing/byte-unpacker.js';
import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import { open, seal } from '../packing/sealed.js';
import { StateError } from '../base/state-error.js';
import type { Duration, Time } from '../base/time.js';
import type { CollectedFile } from './file-identity.js';
import type { SettledFacts } from './settled-facts.js';

/** Of what `state` writes. */
const VERSION = 1;

/** Files that are known to have been collected: a timer may name all that lie in a folder again and again. */
const REMEMBERED = 1 << 14;

const LONGEST_TEXT = 1 << 16;

/** Packets of one file, counted. */
export interface Counts {
  readonly packets: number;
  readonly tcpPackets: number;
  readonly bytes: number;
}

/** What a step has read. */
export interface StepReading extends Counts {
  /** Of the packets that were taken in: null where there were none. */
  readonly first: Time | null;
  readonly last: Time | null;
  readonly damage: readonly Damage[];
  /** What is missing or out of order between this file and those before it, in words. */
  readonly holes: readonly string[];
}

export interface ChainOptions extends AnalysisOptions {
  readonly source: string;
  /** How much earlier than the last packet of a file those of the next one may be, to be still taken in by time. */
  readonly overlap: Duration;
}

/** The analysis of one source, whose files come one after the other: the state of `lastack collect`. */
export class Chain {
  readonly source: string;
  /** Files that were collected so far. */
  steps = 0;
  /** Whether all was told: nothing may be collected behind it. */
  isFinal = false;
  places = new FramePlaces();
  private readonly options: ChainOptions;
  private log = new CaptureLog();
  private pipeline: Pipeline;
  private held: HeldPackets;
  private files: CollectedFile[] = [];
  /** By number of the interface: its file in `places`. */
  private readonly fileOf: number[] = [];
  /** Of the packets that were taken in. */
  private latest: Time = -Infinity;

  private constructor(options: ChainOptions) {
    this.options = options;
    this.source = options.source;
    this.pipeline = new Pipeline(this.log, options);
    this.held = new HeldPackets(options.overlap);
  }

  /**
   * @param state what another chain's `state` has written, of the same source and options; null for a new one.
   * @throws StateError
   */
  static resume(state: Uint8Array | null, options: ChainOptions): Chain {
    const chain = new Chain(options);
    if (state === null) return chain;
    try {
      chain.unpack(new ByteUnpacker(open(state, VERSION)));
    } catch (error) {
      if (error instanceof UnpackError)
        throw new StateError(`the state of ${options.source} cannot be read: ${error.message}`, { cause: error });
      throw error;
    }
    return chain;
  }

  /** @param sum where it is not known, name and size decide. */
  has(name: string, size: number, sum?: string): boolean {
    return this.files.some((file) => file.name === name && file.size === size && (sum ?? file.sum) === file.sum);
  }

  /** Of the state: it counts files, and the end. */
  get revision(): number {
    return this.steps + (this.isFinal ? 1 : 0);
  }

  /** Connections that were seen and not told yet. */
  get open(): number {
    return this.pipeline.kept;
  }

  /** Takes in the next file. @throws CaptureError where it is none */
  async read(path: string, file: CollectedFile): Promise<StepReading> {
    const taken = new Taken(this.pipeline);
    const damaged = this.log.damage.length;
    const capture = await openFurther([path], this.log, this.options);
    const place = this.places.begin(file.name);
    const holes = [...this.missingBefore(file)];
    let early = 0;
    const { overlap } = this.options;
    for await (const batch of overlap > 0 || this.held.count > 0
      ? this.held.pass(capture.batches())
      : capture.batches()) {
      this.noteInterfaces(place);
      taken.note(batch);
      for (let at = 0; at < batch.count; at++) {
        const time = batch.time[at]!;
        if (time < this.latest - overlap) early++;
        if (time > this.latest) this.latest = time;
      }
      this.take(batch, place);
    }
    // All packets may have been held back.
    this.noteInterfaces(place);
    if (early > 0) holes.push(`${early} packets are earlier than those before them by more than the overlap`);
    if (this.held.overflowed) holes.push('more packets came within the overlap than can be held back');
    this.held.overflowed = false;
    this.files.push(file);
    this.files.splice(0, this.files.length - REMEMBERED);
    this.steps++;
    const damage = this.log.damage.slice(damaged).map((entry) => ({ ...entry, file: file.name }));
    return { ...taken.told(), damage, holes };
  }

  /** What is final; it is told once, until `forget` is called. */
  settling(): Settling {
    return this.pipeline.settling();
  }

  /** All that was not told, and diagnoses of all that there was: the source has ended. */
  finish(settled: SettledFacts): { readonly reading: StepReading; readonly analysis: Analysis } {
    const taken = new Taken(this.pipeline);
    for (const batch of this.held.release()) {
      taken.note(batch);
      this.take(batch, -1);
    }
    this.isFinal = true;
    return { reading: { ...taken.told(), damage: [], holes: [] }, analysis: this.pipeline.analysis(settled) };
  }

  /** Forgets all but which files there were: the source has ended, and all was told. */
  forget(): void {
    this.log = new CaptureLog();
    this.pipeline = new Pipeline(this.log, this.options);
    this.held = new HeldPackets(this.options.overlap);
    this.places = new FramePlaces();
    this.fileOf.length = 0;
  }

  /** What is known, for `resume`. Files and frames of which nothing will be asked are forgotten before. */
  state(): Uint8Array {
    this.trim();
    const packer = new BytePacker();
    packer.text(this.source);
    packer.text(lastingOf(this.options));
    [this.steps, this.isFinal ? 1 : 0, this.latest, this.files.length].forEach((value) => packer.number(value));
    for (const { name, size, sum } of this.files) {
      packer.text(name);
      packer.number(size);
      packer.text(sum);
    }
    this.places.pack(packer);
    packer.number(this.fileOf.length);
    packer.column(Int32Array.from(this.fileOf), this.fileOf.length);
    this.log.pack(packer);
    this.held.pack(packer);
    this.pipeline.pack(packer);
    return seal(packer.bytes(), VERSION);
  }

  private unpack(from: ByteUnpacker): void {
    const source = from.text(LONGEST_TEXT);
    if (source !== this.source) throw new UnpackError(`it is that of ${source}`);
    checkOptions(from.text(LONGEST_TEXT), lastingOf(this.options));
    this.steps = from.integer(0, ANY_COUNT);
    this.isFinal = from.integer(0, 1) === 1;
    this.latest = from.number();
    for (let files = from.integer(0, REMEMBERED); files > 0; files--) {
      this.files.push({
        name: from.text(LONGEST_TEXT),
        size: from.integer(0, ANY_COUNT),
        sum: from.text(LONGEST_TEXT),
      });
    }
    this.places = FramePlaces.unpack(from);
    const interfaces = from.integer(0, ANY_COUNT);
    this.fileOf.push(...from.column(Int32Array, interfaces).subarray(0, interfaces));
    if (this.fileOf.some((file) => !this.places.hasFile(file)))
      throw new UnpackError('an interface of a file that is not there');
    this.log = CaptureLog.unpack(from);
    this.held = HeldPackets.unpack(from, this.options.overlap);
    this.pipeline = new Pipeline(this.log, this.options);
    this.pipeline.unpack(from);
    from.finish();
    const known = Math.min(this.log.interfaces.length, interfaces);
    if (this.pipeline.interfaceCount > known || [...this.held.interfaces()].some((number) => number >= known))
      throw new UnpackError('packets of an interface that is not there');
  }

  /** Interfaces that were met since are those of this file. */
  private noteInterfaces(place: number): void {
    while (this.fileOf.length < this.log.interfaces.length) this.fileOf.push(place);
  }

  /** `place`: the file of packets whose interface does not tell it. */
  private take(batch: PacketBatch, place: number): void {
    const { interface: numbers, count } = batch;
    if (batch.file >= 0) this.places.addAll(place, batch);
    else for (let at = 0; at < count; at++) this.places.add(this.fileOf[numbers[at]!] ?? place);
    this.pipeline.feed(batch);
  }

  /** Names that count up tell of a file that is missing: `trace_00003`, then `trace_00005`. */
  private *missingBefore({ name }: CollectedFile): IterableIterator<string> {
    const [before, own] = [numberIn(this.files.at(-1)?.name), numberIn(name)];
    if (before === null || own === null || before.around !== own.around || own.number <= before.number + 1) return;
    const missing = own.number - before.number - 1;
    yield `${missing === 1 ? '1 file is' : `${missing} files are`} missing between ${this.files.at(-1)!.name} and ${name}`;
  }

  /** Forgets files, interfaces and damage that nothing refers to any more. */
  private trim(): void {
    const { left, moved } = this.pipeline.foldInterfaces(this.held.interfaces());
    const files = left.map((number) => this.fileOf[number]!);
    const places = this.places.forget(this.pipeline.firstFrame, files);
    const interfaces: CaptureInterface[] = left.map((number) => ({ ...this.log.interfaces[number]!, file: 0 }));
    this.held.renumber(moved);
    this.fileOf.splice(0, this.fileOf.length, ...files.map((file) => places.get(file)!));
    this.log.forget(interfaces);
  }
}

/** What a step takes in. */
class Taken {
  private readonly pipeline: Pipeline;
  private readonly before: Counts;
  private first: Time = NaN;
  private last: Time = NaN;

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
    this.before = pipeline.counts;
  }

  note({ time: times, count }: PacketBatch): void {
    let { first, last } = this;
    for (let at = 0; at < count; at++) {
      const time = times[at]!;
      if (!(time >= first)) first = time === time ? time : first;
      if (!(time <= last)) last = time === time ? time : last;
    }
    this.first = first;
    this.last = last;
  }

  told(): Omit<StepReading, 'damage' | 'holes'> {
    const { first, last, before } = this;
    const { packets, tcpPackets, bytes } = this.pipeline.counts;
    return {
      packets: packets - before.packets, tcpPackets: tcpPackets - before.tcpPackets, bytes: bytes - before.bytes,
      first: first === first ? first : null, last: last === last ? last : null,
    };
  }
}

/**
 * The number in a name that changes from file to file: the last one of at most nine digits, and what stands around
 * it.
 */
function numberIn(name: string | undefined): { readonly number: number; readonly around: string } | null {
  const found = name === undefined ? null : /^(.*?)(\d{1,9})(\D*)$/.exec(name);
  return found === null ? null : { number: Number(found[2]), around: `${found[1]}*${found[3]}` };
}
