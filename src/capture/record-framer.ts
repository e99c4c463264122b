import type { Time } from '../base/time.js';
import { type Framer, largestPacket, type OpenFile } from './framer.js';
import type { PacketBatch } from './packet-batch.js';
import type { Window } from './window.js';

/** What a record of a file says: one object, refilled for every record. */
export class FileRecord {
  /** Bytes from this record to the next. */
  length = 0;
  /** Where the packet begins, in bytes from the record. */
  packet = 0;
  captured = 0;
  original = 0;
  /** LINKTYPE_ number; -1 for a record that holds no packet. */
  linkType = 0;
  time: Time = 0;
}

/** A format whose file is a header and then records, one behind the other, each with its length in it. */
export interface RecordLayout {
  /** How a record is called in messages: `snoop record`. */
  readonly name: string;
  /** Bytes of a record in which its lengths are. */
  readonly headerLength: number;
  /** Digits of the timestamps. */
  readonly digits: number;
  /** Byte offset in the file at which the records end; Infinity where they end with the file. */
  readonly end: number;
  /** Reads the lengths of the record at `at`; answers why there can be none, else null. */
  readLengths(view: DataView, at: number, record: FileRecord): string | null;
  /** Reads the rest of a record that is there in whole. */
  readRest(view: DataView, at: number, record: FileRecord): void;
}

/** Link type of packets that nobody can read: no LINKTYPE_ has this number. */
export const UNKNOWN_LINK_TYPE = 0xffff;

/** Records that must follow one another behind damage before they are believed. */
const CHAIN = 3;

/** Bytes that a record may have besides its packet. */
const MOST_AROUND = 1024;

/** Damage that has been noted but not yet left behind: its position and its entry in the capture log. */
interface Gap {
  readonly position: number;
  readonly entry: number;
}

/**
 * Finds the packets of a file of records. For formats that are read now and then: it is plain, where the framers of
 * pcap and pcapng are fast.
 */
export class RecordFramer implements Framer {
  readonly #layout: RecordLayout;
  readonly #file: OpenFile;
  readonly #record = new FileRecord();
  /** The interface of each link type met so far. */
  readonly #interfaces = new Map<number, number>();
  #gap: Gap | null = null;

  constructor(layout: RecordLayout, file: OpenFile) {
    this.#layout = layout;
    this.#file = file;
    file.log.clock.refine(layout.digits);
  }

  frame(window: Window, batch: PacketBatch): number {
    while (batch.count < batch.capacity) {
      if (window.position >= this.#layout.end) {
        window.start = window.end;
        return 1;
      }
      const need = this.#gap === null ? this.#frameOne(window, batch) : this.#leaveGap(this.#gap, window);
      if (need > 0) return need;
    }
    return 0;
  }

  /** Takes one record. Answers 0, or the bytes it needs. */
  #frameOne(window: Window, batch: PacketBatch): number {
    const { headerLength } = this.#layout;
    const record = this.#record;
    const { view, start, available } = window;
    if (available < headerLength) return this.#wait(window, headerLength);
    const fault = this.#faultOf(view, start);
    if (fault !== null) {
      this.#lose(window, fault);
      return 0;
    }
    if (available < record.length) return this.#wait(window, record.length);
    this.#layout.readRest(view, start, record);
    if (record.linkType >= 0) this.#add(window, batch);
    window.start += record.length;
    return 0;
  }

  #add({ start, position }: Window, batch: PacketBatch): void {
    const record = this.#record;
    const index = batch.count;
    batch.offset[index] = start + record.packet;
    batch.captured[index] = record.captured;
    batch.original[index] = record.original;
    batch.time[index] = record.time;
    batch.linkType[index] = record.linkType;
    batch.interface[index] = this.#interfaceOf(record.linkType);
    batch.position[index] = position;
    batch.count = index + 1;
  }

  #interfaceOf(linkType: number): number {
    const known = this.#interfaces.get(linkType);
    if (known !== undefined) return known;
    const added = this.#file.log.addInterface({
      file: this.#file.index, linkType, snapLength: 0, resolution: this.#layout.digits, name: '',
    });
    const index = Math.max(added, 0);
    this.#interfaces.set(linkType, index);
    return index;
  }

  #faultOf(view: DataView, at: number): string | null {
    const record = this.#record;
    const fault = this.#layout.readLengths(view, at, record);
    if (fault !== null) return fault;
    const { captured, length, packet } = record;
    const largest = largestPacket(0);
    if (captured > largest) return `captured length ${captured} is larger than ${largest}`;
    if (length < packet + captured) return `record length ${length} has no room for the captured length ${captured}`;
    return length > packet + captured + MOST_AROUND
      ? `record length ${length} is larger than its packet of ${captured} bytes allows`
      : null;
  }

  #wait(window: Window, need: number): number {
    if (window.ended && window.available > 0) {
      this.#lose(window, `the file ends ${window.available} bytes into its ${need}`);
      window.start = window.end;
      this.#gap = null;
    }
    return need;
  }

  #lose(window: Window, what: string): void {
    const { log, path } = this.#file;
    const { position } = window;
    this.#gap = { position, entry: log.note(path, position, `${this.#layout.name} at byte ${position}: ${what}`) };
    window.start += 1;
  }

  /**
   * Looks for records behind the damage. Answers 0 when it stands before one, else the bytes it needs to go on looking.
   */
  #leaveGap(gap: Gap, window: Window): number {
    const { log } = this.#file;
    for (; window.available > 0; window.start += 1) {
      const need = this.#chainAt(window);
      if (need > 0) return need;
      if (need === 0) {
        this.#gap = null;
        log.amend(gap.entry, `reading goes on ${window.position - gap.position} bytes later`);
        return 0;
      }
    }
    if (window.ended && window.position > gap.position) {
      this.#gap = null;
      log.amend(gap.entry, `no packet is found in the ${window.position - gap.position} bytes from there to the end`);
    }
    return 1;
  }

  /**
   * Whether `CHAIN` records follow one another here, or fewer that end with the records: 0; -1 if not, else the bytes
   * it needs to say so.
   */
  #chainAt({ view, start, end, base, ended }: Window): number {
    let at = start;
    for (let links = 0; links < CHAIN; links += 1) {
      if (links > 0 && ((ended && at === end) || base + at === this.#layout.end)) return 0;
      if (at + this.#layout.headerLength > end) return ended ? -1 : at + this.#layout.headerLength - start;
      if (this.#faultOf(view, at) !== null || this.#record.captured === 0) return -1;
      at += this.#record.length;
    }
    return 0;
  }
}
