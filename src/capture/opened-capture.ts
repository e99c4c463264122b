import type { Clock, Time } from '../base/time.js';
import { CaptureError, NoCapture } from './capture-error.js';
import type { Capture, CaptureFile, CaptureInterface, CaptureOptions, Damage } from './model.js';
import { InputReader } from './input-reader.js';
import { type Input, kindByName, listInputs, rememberState, writtenBefore } from './inputs.js';
import { CaptureClock, CaptureLog } from './capture-log.js';
import { Merge, type Merging, MOST_OPEN } from './merge.js';
import { openInput } from './open-input.js';
import { inOrder, type Placed } from './order.js';
import { PacketBatch } from './packet-batch.js';
import type { Spool } from './source/spool.js';
import { BLOCK } from './window.js';

/** Bytes of a block for every packet that a batch of it can name: about the smallest that Ethernet carries. */
const BYTES_A_PACKET = 64;

/** Two packets' worth: of one the next could not be told, and a reader that fills batches ahead needs room for it. */
const SMALLEST_BLOCK = 2 * BYTES_A_PACKET;

/**
 * A file that is read among others has this share of the memory of one that is read alone: its packets are copied
 * anyhow.
 */
const SMALL_BLOCK = 1 << 17;
const SMALL_BATCH = SMALL_BLOCK / BYTES_A_PACKET;

/** Reads inputs in the order of their first packets; those that overlap, at the same time. */
export class OpenedCapture implements Capture, Merging {
  readonly #options: CaptureOptions;
  readonly #log: CaptureLog;
  readonly #groups: Placed[][] = [];
  readonly #spools: Spool[] = [];
  /** Bytes of all inputs; null where a pipe makes that unknown. */
  readonly #total: number | null;
  /** For every file that is read alone: one after another. */
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #batch: PacketBatch;
  /** The first input: opened at once, so that it is told at once if nothing can be read. */
  #first: InputReader | null = null;
  #merge: Merge | null = null;
  #firstFailure: CaptureError | null = null;
  /** Whether these were read before. */
  readonly #again: boolean;
  #bytes = 0;
  #packets = 0;
  #read = false;

  private constructor(inputs: readonly Input[], log: CaptureLog, options: CaptureOptions, again: boolean) {
    this.#options = options;
    this.#again = again;
    this.#memory = new Uint8Array(Math.max(SMALLEST_BLOCK, options.block ?? BLOCK));
    this.#batch = new PacketBatch(Math.floor(this.#memory.length / BYTES_A_PACKET));
    this.#log = log;
    this.#packets = log.packets;
    this.#total = inputs.reduce<number | null>(
      (total, { size }) => (total === null || size === null ? null : total + size), 0,
    );
  }

  static async open(paths: readonly string[], options: CaptureOptions, log: CaptureLog): Promise<OpenedCapture> {
    if (paths.length === 0) throw new CaptureError('no capture was named');
    const capture = await OpenedCapture.#begin(listInputs(paths), log, options, false);
    if (capture.#first !== null) return capture;
    throw capture.#firstFailure ?? new CaptureError(`${paths[0]}: no capture in this folder`);
  }

  static async reopen(files: readonly CaptureFile[], epoch: number, options: CaptureOptions): Promise<OpenedCapture> {
    const clock = new CaptureClock();
    clock.begin(epoch);
    const capture = await OpenedCapture.#begin(files.map(writtenBefore), new CaptureLog(clock), options, true);
    if (capture.#first !== null) return capture;
    throw capture.#firstFailure ?? new CaptureError('no capture was read');
  }

  static async #begin(
    inputs: readonly Input[], log: CaptureLog, options: CaptureOptions, again: boolean,
  ): Promise<OpenedCapture> {
    const capture = new OpenedCapture(inputs, log, options, again);
    capture.#groups.push(
      ...(await inOrder(inputs, log.clock, options, (input, error) => capture.#refuse(input, error))),
    );
    for (const group of capture.#groups) {
      while (capture.#first === null && group.length > 0) {
        capture.#first = await capture.#open(group[0]!, false);
        if (capture.#first === null) group.shift();
      }
    }
    return capture;
  }

  get files(): readonly CaptureFile[] {
    return this.#log.files;
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#log.interfaces;
  }

  get damage(): readonly Damage[] {
    return this.#log.damage;
  }

  get clock(): Clock {
    return this.#log.clock;
  }

  get size(): number | null {
    return this.#total;
  }

  placeOf(frame: number): { readonly file: number; readonly frame: number } | null {
    return this.#log.placeOf(frame);
  }

  get end(): Time | null {
    return this.#log.end;
  }

  close(): void {
    this.#first?.close();
    this.#first = null;
    this.#merge?.close();
    for (const spool of this.#spools.splice(0)) spool.remove();
  }

  async *batches(): AsyncGenerator<PacketBatch, void, undefined> {
    if (this.#read)
      throw new Error('Capture.batches: packets are handed out once; open the capture again to read them again');
    this.#read = true;
    for (const group of this.#groups) {
      this.#merge = new Merge(group, this);
      try {
        yield* this.#merge.batches();
      } finally {
        this.#merge.close();
      }
    }
  }

  async open(input: Placed, among: boolean): Promise<InputReader | null> {
    const first = this.#first;
    this.#first = null;
    if (this.#options.signal?.aborted === true && first === null) return null;
    return first ?? this.#open(input, among);
  }

  postpone({ path }: Placed): void {
    this.#log.note(
      path, 0,
      `it begins while ${MOST_OPEN} other files are being read, and its first packets stand behind later ones of ` +
        `theirs`,
    );
  }

  number(file: number, count: number): void {
    this.#log.number(file, this.#packets + 1, count);
    this.#packets += count;
  }

  /** Opens an input for reading; null if it cannot be read, which is noted. */
  async #open(input: Placed, among: boolean): Promise<InputReader | null> {
    try {
      const opened = await openInput(input, this.#options, among ? new Uint8Array(SMALL_BLOCK) : this.#memory);
      const { path, format, compression, size, spool } = opened;
      const batch = among ? new PacketBatch(SMALL_BATCH) : this.#batch;
      const file = { path, format: format.name, compression, size, spool: spool?.path ?? null, frames: null };
      batch.file =
        this.#log.files.push(
          spool === null ? file : Object.defineProperty(file, 'spoolLost', { enumerable: true, get: () => spool.lost }),
        ) - 1;
      if (spool !== null) this.#spools.push(spool);
      if (opened.file !== null) rememberState(file, opened.file.stats);
      return new InputReader(opened, batch, this.#log, this.#options, (more) => this.#tellProgress(more), this.#again);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#refuse(input, error);
      return null;
    }
  }

  #refuse(input: Input, error: CaptureError): void {
    // What is read once more must be all that was read before: of others than these packets nothing was told.
    if (this.#again) throw error;
    if (input.found && !looksLikeCapture(input, error)) return;
    this.#firstFailure ??= error;
    this.#log.note(input.path, 0, error.message.slice(`${input.path}: `.length));
  }

  #tellProgress(more: number): void {
    this.#bytes += more;
    this.#options.onProgress?.({ bytes: this.#bytes, total: this.#total, packets: this.#packets });
  }
}

/** Whether somebody who named the folder would miss a file in it that cannot be read. */
function looksLikeCapture({ path }: Input, error: CaptureError): boolean {
  const kind = kindByName(path);
  return error instanceof NoCapture ? kind === 'capture' : kind !== 'other';
}
