import { EventEmitter } from 'node:events';
import parser, { type GlobalHeader, type PacketHeader } from 'pcap-parser';

import { type Duration, MICROSECOND, SECOND } from '../../base/time.js';
import { type Framer, largestPacket, type OpenFile } from '../framer.js';
import type { PacketBatch } from '../packet-batch.js';
import { atRecord, cutRecord, cutRecordHeader, oddFraction, toldFraction } from '../pcap/record.js';
import type { Window } from '../window.js';

const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;

const MICROSECONDS_OF_A_SECOND = SECOND / MICROSECOND;

/** Most bytes given to the parser at once. */
const CHUNK = 1 << 16;

/**
 * A stream that says nothing by itself: what it holds is put in by hand, so that packets come no faster than they are
 * taken.
 */
class Feed extends EventEmitter {
  pause(): void {}
  resume(): void {}
}

/** Reads classic captures by the npm package pcap-parser: a second opinion on our own reader. */
export class PcapParserFramer implements Framer {
  readonly #file: OpenFile;
  readonly #batch: PacketBatch;
  /**
   * Bytes given to the parser at once: their packets fit into one batch, were all of them headers without data, and one
   * begun before.
   */
  readonly #chunk: number;
  readonly #feed = new Feed();
  /** Packets of the batch, copied: the parser keeps each in a buffer of its own. */
  #bytes = new Uint8Array(CHUNK * 2);
  #used = 0;
  /** Bytes given to the parser, and of these the ones in whole records. */
  #given = 0;
  #position = 0;
  #largest = 0;
  #header: PacketHeader | null = null;
  /** True when nothing more may be given to the parser. */
  #stopped = false;

  constructor(file: OpenFile, batch: PacketBatch) {
    this.#file = file;
    this.#batch = batch;
    this.#chunk = Math.min(CHUNK, (batch.capacity - 1) * RECORD_HEADER_LENGTH);
    parser
      .parse(this.#feed)
      .on('globalHeader', (header) => this.#begin(header))
      .on('packetHeader', (header) => this.#announce(header))
      .on('packetData', (data) => this.#add(data))
      .on('error', (error) => this.#stop(error.message));
  }

  frame(window: Window, batch: PacketBatch): number {
    this.#used = 0;
    // The parser begins with the file header, which it was not asked to judge.
    while (window.available > 0 && batch.count === 0 && !this.#stopped) {
      const chunk = Buffer.from(
        window.bytes.slice(window.start, Math.min(window.end, window.start + this.#chunk)).buffer,
      );
      window.start += chunk.length;
      this.#given += chunk.length;
      this.#feed.emit('data', chunk);
    }
    batch.bytes = this.#bytes;
    batch.view = new DataView(this.#bytes.buffer);
    if (this.#stopped) {
      window.start = window.end;
      window.ended = true;
    }
    if (batch.count > 0) return 0;
    if (window.ended && !this.#stopped) this.#end();
    return 1;
  }

  #begin({ linkLayerType, snapshotLength }: GlobalHeader): void {
    const linkType = linkLayerType & 0xffff;
    const { log, index } = this.#file;
    this.#largest = largestPacket(linkType);
    this.#position = FILE_HEADER_LENGTH;
    log.clock.refine(6);
    this.#batch.linkType.fill(linkType);
    this.#batch.interface.fill(
      Math.max(0, log.addInterface({ file: index, linkType, snapLength: snapshotLength, resolution: 6, name: '' })),
    );
  }

  #announce(header: PacketHeader): void {
    this.#header = header;
    // The parser would wait, and gather bytes, for whatever length it is told.
    if (header.capturedLength > this.#largest)
      this.#stop(`captured length ${header.capturedLength} is larger than ${this.#largest}`);
  }

  #add(data: Buffer): void {
    const header = this.#header;
    const { clock } = this.#file.log;
    const batch = this.#batch;
    if (header === null || this.#stopped) return;
    if (!clock.known) clock.begin(header.timestampSeconds);
    this.#reserve(data.length);
    this.#bytes.set(data, this.#used);

    const index = batch.count;
    batch.offset[index] = this.#used;
    batch.captured[index] = header.capturedLength;
    batch.original[index] = header.originalLength;
    batch.time[index] = (header.timestampSeconds - clock.epoch) * SECOND + this.#fraction(header.timestampMicroseconds);
    batch.position[index] = this.#position;
    batch.count = index + 1;

    this.#used += data.length;
    this.#position += RECORD_HEADER_LENGTH + data.length;
    this.#header = null;
  }

  #fraction(microseconds: number): Duration {
    if (microseconds < MICROSECONDS_OF_A_SECOND) return microseconds * MICROSECOND;
    const { log, path } = this.#file;
    log.note(path, this.#position, atRecord(this.#position, toldFraction(microseconds, MICROSECONDS_OF_A_SECOND)));
    return oddFraction(microseconds, MICROSECONDS_OF_A_SECOND);
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    const grown = new Uint8Array((this.#used + length) * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  #end(): void {
    const there = this.#given - this.#position;
    const position = this.#position;
    const { log, path } = this.#file;
    this.#stopped = true;
    if (this.#header !== null)
      log.note(path, position, cutRecord(position, there, RECORD_HEADER_LENGTH + this.#header.capturedLength));
    else if (position === 0)
      log.note(path, 0, `file header at byte 0: ${there} of ${FILE_HEADER_LENGTH} bytes are there`);
    else if (there > 0) log.note(path, position, cutRecordHeader(position, there, RECORD_HEADER_LENGTH));
  }

  #stop(what: string): void {
    this.#stopped = true;
    const { log, path } = this.#file;
    log.note(path, this.#position, `${atRecord(this.#position, what)}; pcap-parser cannot read on`);
  }
}
