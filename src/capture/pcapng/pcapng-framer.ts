import type { Framer, OpenFile } from '../framer.js';
import type { PacketBatch } from '../packet-batch.js';
import type { Window } from '../window.js';
import * as block from './block.js';
import { enhancedPacket } from './enhanced-packet.js';
import { interfaceDescription } from './interface-description.js';
import { interfaceStatistics } from './interface-statistics.js';
import { obsoletePacket } from './packet.js';
import { findBlock, NO_BLOCK } from './resynchronize.js';
import { littleEndianSection, sectionHeaderFault } from './section-header.js';
import { Section } from './section.js';
import { simplePacket } from './simple-packet.js';

/** In place of a need: damage has been noted, and the way on is to be looked for. */
const DAMAGED = -1;

/** Blocks up to here are read whole. Longer ones that hold no packet are passed over by their length alone. */
const READ_WHOLE = 1 << 20;

/** Bytes before the first packet of a section from which on none of its packets is read from the middle. */
const LONGEST_PRELUDE = 1 << 20;

/** Damage that has been noted but not yet left behind. */
interface Gap {
  readonly position: number;
  /** Index of the damage entry. */
  readonly entry: number;
  /** Whether it is the end of the file, behind which nothing was to be expected. */
  readonly cut: boolean;
}

/** Finds the packets of a pcapng capture. */
export class PcapngFramer implements Framer {
  readonly #file: OpenFile;
  #section: Section;
  #gap: Gap | null = null;
  /** The blocks without which the packets of this section cannot be read, and where they stand. */
  #heads: { readonly position: number; readonly bytes: Uint8Array }[] = [];
  #headsSize = 0;
  /** The block that is being passed over, and where it ends in the file. */
  #passing = { type: 0, position: 0, end: 0 };

  constructor(file: OpenFile) {
    this.#file = file;
    this.#section = new Section(file, true);
  }

  frame(window: Window, batch: PacketBatch): number {
    for (;;) {
      if (window.start > window.end) return this.#pass(window);
      if (this.#gap !== null) {
        const need = this.#leaveGap(this.#gap, window);
        if (need !== 0) return need;
      }
      const need = this.#frameBlocks(window, batch);
      if (need !== DAMAGED) return need;
    }
  }

  preludeOf(position: number): Uint8Array | null {
    const heads = this.#heads.filter((head) => head.position < position);
    return heads.length === 0 || this.#headsSize > LONGEST_PRELUDE
      ? null
      : Buffer.concat(heads.map(({ bytes }) => bytes));
  }

  #addHead(position: number, bytes: Uint8Array, at: number, length: number): void {
    this.#headsSize += length;
    if (this.#headsSize <= LONGEST_PRELUDE) this.#heads.push({ position, bytes: bytes.slice(at, at + length) });
  }

  #frameBlocks(window: Window, batch: PacketBatch): number {
    const { view, end, base } = window;
    const { capacity } = batch;
    let at = window.start;
    let need = 0;
    let { littleEndian } = this.#section;

    while (batch.count < capacity) {
      if (at + block.SMALLEST_BLOCK > end) {
        need = block.SMALLEST_BLOCK;
        break;
      }
      const type = view.getUint32(at, littleEndian);
      if (type === block.SECTION_HEADER) {
        const order = littleEndianSection(view, at);
        if (order === null) {
          window.start = at;
          return this.#lose(
            window, type, `byte-order magic ${hex(view.getUint32(at + 8))} is neither 1a2b3c4d nor 4d3c2b1a`,
          );
        }
        littleEndian = order;
      }
      const length = view.getUint32(at + block.BLOCK_LENGTH, littleEndian);
      if (length < block.SMALLEST_BLOCK || length % 4 !== 0 || length > block.LARGEST_BLOCK) {
        window.start = at;
        return this.#lose(window, type, block.lengthRefusal(length) ?? '');
      }
      const next = at + length;
      if (next > end) {
        if (length > READ_WHOLE && !block.isPacketBlock(type)) {
          this.#passing = { type, position: base + at, end: base + next };
          window.start = next;
          return this.#pass(window);
        }
        need = length;
        break;
      }
      const trailer = view.getUint32(next - block.BLOCK_LENGTH, littleEndian);
      if (trailer !== length && next + block.SMALLEST_BLOCK > end && !window.ended) {
        // What stands behind it tells whether it is believed, however the bytes come.
        need = length + block.SMALLEST_BLOCK;
        break;
      }
      if (trailer !== length && this.#refusesTrailer(window, type, at, length, trailer, littleEndian)) return DAMAGED;

      const fault = this.#readBlock(window, type, at, length, littleEndian, batch);
      if (fault !== null) this.#note(type, base + at, fault);
      at = next;
    }

    window.start = at;
    if (need > 0 && window.ended && at < end) return this.#cut(window, need);
    return need;
  }

  /** Takes from a block what is needed. Answers what is wrong with it, null if nothing. */
  #readBlock(
    window: Window, type: number, at: number, length: number, littleEndian: boolean, batch: PacketBatch,
  ): string | null {
    const { bytes, view, base } = window;
    switch (type) {
      case block.ENHANCED_PACKET:
        return enhancedPacket(this.#section, view, at, length, base + at, batch);
      case block.SIMPLE_PACKET:
        return simplePacket(this.#section, view, at, length, base + at, batch);
      case block.PACKET:
        return obsoletePacket(this.#section, view, at, length, base + at, batch);
      case block.INTERFACE_DESCRIPTION:
        this.#addHead(base + at, bytes, at, length);
        return interfaceDescription(this.#section, bytes, view, at, length);
      case block.INTERFACE_STATISTICS:
        return interfaceStatistics(this.#section, view, at, length);
      case block.SECTION_HEADER:
        this.#section = new Section(this.#file, littleEndian);
        this.#heads = [];
        this.#headsSize = 0;
        this.#addHead(base + at, bytes, at, length);
        return sectionHeaderFault(view, at, length, littleEndian);
      default:
        return null;
    }
  }

  /** The two lengths of a block differ: it is read by the first one if that leads to another block. */
  #refusesTrailer(
    window: Window, type: number, at: number, length: number, trailer: number, littleEndian: boolean,
  ): boolean {
    const { view, end, base } = window;
    const next = at + length;
    const what = `block length ${length} at its begin, ${trailer} at its end`;
    const leadsOn =
      next + block.SMALLEST_BLOCK > end
        ? window.ended && next === end
        : block.isKnownBlock(view.getUint32(next, littleEndian)) &&
          block.lengthRefusal(view.getUint32(next + block.BLOCK_LENGTH, littleEndian)) === null;
    if (leadsOn) {
      this.#note(type, base + at, what);
      return false;
    }
    window.start = at;
    this.#lose(window, type, what);
    return true;
  }

  #cut(window: Window, need: number): number {
    const { view, start, available } = window;
    const { littleEndian } = this.#section;
    const type = available < block.SMALLEST_BLOCK ? -1 : view.getUint32(start, littleEndian);
    if (type >= 0) return this.#lose(window, type, `the file ends ${available} bytes into its ${need}`, true);
    const { log, path } = this.#file;
    log.note(path, window.position, `block at byte ${window.position}: the file ends ${available} bytes into it`);
    window.start = window.end;
    return DAMAGED;
  }

  #lose(window: Window, type: number, what: string, cut = false): number {
    const { position } = window;
    this.#gap = { position, entry: this.#note(type, position, what), cut };
    window.start += 1;
    return DAMAGED;
  }

  #note(type: number, position: number, what: string): number {
    const { log, path } = this.#file;
    return log.note(path, position, block.atBlock(type, position, what));
  }

  /** Waits until a long block has been passed over. */
  #pass(window: Window): number {
    const { type, position, end } = this.#passing;
    if (window.ended) {
      const there = window.base + window.end - position;
      this.#note(type, position, `the file ends ${there} bytes into its ${end - position}`);
      window.start = window.end;
    }
    return 1;
  }

  /**
   * Looks for a block behind the damage. Answers 0 when it stands before one, else the bytes it needs to go on looking.
   */
  #leaveGap(gap: Gap, window: Window): number {
    const need = findBlock(window, this.#section.littleEndian);
    if (need > 0) return need;
    this.#gap = null;
    const { log } = this.#file;
    const passed = window.position - gap.position;
    if (need !== NO_BLOCK) {
      log.amend(gap.entry, `reading goes on ${passed} bytes later`);
      return 0;
    }
    if (!gap.cut) log.amend(gap.entry, `no block is found in the ${passed} bytes from there to the end`);
    return 1;
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
