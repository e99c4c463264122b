import type { Clock } from '../time.js';
import { CaptureError } from './capture-error.js';
import type { Capture, CaptureFile, CaptureInterface, CaptureOptions, Damage } from './capture.js';
import type { Framer } from './framer.js';
import { type Input, listInputs } from './inputs.js';
import { Logbook } from './logbook.js';
import { openInput, type OpenInput } from './open-input.js';
import { PacketBatch } from './packet-batch.js';
import type { SpooledSource } from './source/spool.js';

/** Reads inputs one after another. One of them is open at a time. */
export class OpenedCapture implements Capture {
  readonly #options: CaptureOptions;
  readonly #inputs: Input[];
  readonly #logbook = new Logbook();
  readonly #spools: SpooledSource[] = [];
  /** Bytes of all inputs; null where a pipe makes that unknown. */
  readonly #total: number | null;
  #current: OpenInput | null = null;
  #firstFailure: CaptureError | null = null;
  #bytesBefore = 0;
  #packets = 0;
  #read = false;

  private constructor(inputs: Input[], options: CaptureOptions) {
    this.#inputs = inputs;
    this.#options = options;
    this.#total = inputs.reduce<number | null>((total, { size }) => (total === null || size === null ? null : total + size), 0);
  }

  static async open(paths: readonly string[], options: CaptureOptions): Promise<OpenedCapture> {
    if (paths.length === 0) throw new CaptureError('no capture was named');
    const capture = new OpenedCapture(listInputs(paths), options);
    capture.#current = await capture.#openNext();
    if (capture.#current !== null) return capture;
    throw capture.#firstFailure ?? new CaptureError(`${paths[0]}: no capture in this folder`);
  }

  get files(): readonly CaptureFile[] {
    return this.#logbook.files;
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#logbook.interfaces;
  }

  get damage(): readonly Damage[] {
    return this.#logbook.damage;
  }

  get clock(): Clock {
    return this.#logbook.clock;
  }

  close(): void {
    this.#current?.window.source.close();
    this.#current = null;
    for (const spool of this.#spools.splice(0)) spool.remove();
  }

  async *batches(): AsyncGenerator<PacketBatch, void, undefined> {
    if (this.#read) throw new Error('Capture.batches: packets are handed out once; open the capture again to read them again');
    this.#read = true;
    const batch = new PacketBatch();
    while (this.#current !== null) {
      const input = this.#current;
      try {
        yield* this.#batchesOf(input, batch);
      } finally {
        this.#bytesBefore += input.window.source.taken;
        input.window.source.close();
        this.#current = null;
      }
      if (this.#options.signal?.aborted === true) return;
      this.#current = await this.#openNext();
    }
  }

  async *#batchesOf(input: OpenInput, batch: PacketBatch): AsyncGenerator<PacketBatch, void, undefined> {
    const { window, path } = input;
    const { signal } = this.#options;
    batch.file = this.#logbook.files.length - 1;
    const framer = await this.#framerOf(input, batch);
    for (;;) {
      batch.count = 0;
      batch.bytes = window.bytes;
      batch.view = window.view;
      const need = framer.frame(window, batch);
      this.#packets += batch.count;
      if (batch.count > 0) yield batch;
      if (need === 0) continue;
      if (window.ended || signal?.aborted === true) break;
      await window.fill(need);
      this.#tellProgress(window.source.taken);
    }
    const { fault } = window.source;
    if (fault !== null) this.#logbook.note(path, window.base + window.end, fault);
    if (input.spool?.copyFault != null) this.#logbook.note(path, window.base + window.end, input.spool.copyFault);
  }

  async #framerOf(input: OpenInput, batch: PacketBatch): Promise<Framer> {
    const { format, window, path } = input;
    const file = { index: batch.file, path, logbook: this.#logbook };
    await window.fill(format.headerLength);
    if (this.#options.reader !== 'pcap-parser') return format.open(window, file, batch);
    const { PcapParserFramer } = await import('./pcap-parser/pcap-parser-framer.js');
    return new PcapParserFramer(file, batch);
  }

  /** The next input that can be read; null after the last. What cannot be read is noted. */
  async #openNext(): Promise<OpenInput | null> {
    for (let input = this.#inputs.shift(); input !== undefined; input = this.#inputs.shift()) {
      try {
        const opened = await openInput(input, this.#options);
        const { path, format, compression, size, spool } = opened;
        this.#logbook.files.push({ path, format: format.name, compression, size, spool: spool?.path ?? null });
        if (spool !== null) this.#spools.push(spool);
        return opened;
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        if (input.found) continue;
        this.#firstFailure ??= error;
        this.#logbook.note(input.path, 0, error.message.slice(`${input.path}: `.length));
      }
    }
    return null;
  }

  #tellProgress(taken: number): void {
    this.#options.onProgress?.({ bytes: this.#bytesBefore + taken, total: this.#total, packets: this.#packets });
  }
}
