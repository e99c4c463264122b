import { CaptureError } from './capture-error.js';
import type { CaptureOptions } from './model.js';
import type { Framer } from './framer.js';
import type { CaptureLog } from './capture-log.js';
import type { OpenInput } from './open-input.js';
import type { PacketBatch } from './packet-batch.js';

/** Reads the packets of one open input, a batch at a time. */
export class InputReader {
  readonly batch: PacketBatch;
  readonly #input: OpenInput;
  readonly #log: CaptureLog;
  readonly #options: CaptureOptions;
  readonly #onTaken: (bytes: number) => void;
  readonly #again: boolean;
  #taken = 0;
  #framer: Framer | null = null;
  /** Packets handed out, or missing at the beginning. */
  #packets = 0;
  /** The file header. */
  #header: Uint8Array = new Uint8Array(0);

  /**
   * `batch.file` is the input's index among the capture log's files. `onTaken` is called with the bytes that a block
   * took from disk or pipe. `again`: it was read before.
   */
  constructor(
    input: OpenInput, batch: PacketBatch, log: CaptureLog, options: CaptureOptions,
    onTaken: (bytes: number) => void = () => {}, again = false,
  ) {
    this.#input = input;
    this.batch = batch;
    this.#log = log;
    this.#options = options;
    this.#onTaken = onTaken;
    this.#again = again;
  }

  /** Byte offset up to which packets have been looked for. */
  get position(): number {
    return this.#input.window.position;
  }

  /** Puts the next packets into `batch`, which is overwritten. False at the end, which an abort is, too. */
  async next(): Promise<boolean> {
    const { batch } = this;
    const { window } = this.#input;
    const framer = (this.#framer ??= await this.#open());
    for (;;) {
      batch.count = 0;
      batch.bytes = window.bytes;
      batch.view = window.view;
      const need = framer.frame(window, batch);
      if (batch.count > 0) {
        this.#count(framer);
        return true;
      }
      if (need === 0) continue;
      if (window.ended || this.#options.signal?.aborted === true) break;
      await window.fill(need);
      this.#tellTaken();
    }
    this.#noteFaults();
    return false;
  }

  close(): void {
    this.#input.window.source.close();
  }

  #count(framer: Framer): void {
    const { batch } = this;
    const { spool, missing, format } = this.#input;
    batch.missing = this.#packets < missing ? missing : 0;
    this.#packets += batch.missing;
    spool?.mark(
      batch, this.#packets,
      (offset) => framer.preludeOf?.(offset) ?? (format.opensAnywhere === true ? this.#header : null),
    );
    this.#packets += batch.count;
  }

  async #open(): Promise<Framer> {
    const { format, window, path } = this.#input;
    const file = { index: this.batch.file, path, log: this.#log };
    await window.fill(format.headerLength);
    this.#header = window.bytes.slice(window.start, window.start + format.headerLength);
    if (this.#options.reader !== 'pcap-parser')
      return window.available < format.headerLength ? this.#withoutHeader() : format.open(window, file, this.batch);
    const { PcapParserFramer } = await import('./pcap-parser/pcap-parser-framer.js');
    return new PcapParserFramer(file, this.batch);
  }

  /** A file that ends in its header: nothing can be read of it. */
  #withoutHeader(): Framer {
    const { format, window, path } = this.#input;
    this.#log.note(path, 0, `file header at byte 0: ${window.available} of ${format.headerLength} bytes are there`);
    window.start = window.end;
    return { frame: () => 1 };
  }

  #tellTaken(): void {
    const { taken } = this.#input.window.source;
    this.#onTaken(taken - this.#taken);
    this.#taken = taken;
  }

  #noteFaults(): void {
    const { window, path, spool, file } = this.#input;
    const changed = file?.changed() ?? null;
    // Read again, it is not the one of which was told; read first, what was read may be of neither.
    if (changed !== null && this.#again)
      throw new CaptureError(`${path}: was changed while it was read again: ${changed}`);
    for (const fault of [
      window.source.fault, spool?.fault ?? null,
      changed === null ? null : `the file was changed while it was read: ${changed}`,
    ]) {
      if (fault !== null) this.#log.note(path, window.base + window.end, fault);
    }
  }
}
