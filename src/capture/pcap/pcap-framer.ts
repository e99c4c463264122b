import { type Duration, SECOND } from '../../base/time.js';
import type { Framer, OpenFile } from '../framer.js';
import type { PacketBatch } from '../packet-batch.js';
import type { Window } from '../window.js';
import type { FileHeader } from './file-header.js';
import {
  atRecord, cutRecord, cutRecordHeader, FRACTION, NEAR, oddFraction, RecordRules, SECONDS, toldFraction,
} from './record.js';
import { findRecords } from './resynchronize.js';
import { NANOSECONDS, unitOf } from './unit.js';

/** In place of a need: damage has been noted, and the way on is to be looked for. */
const DAMAGED = -1;

const NANOSECONDS_TOLD =
  'file header at byte 0: its magic number says microseconds, but its records hold nanoseconds, and are read so';

/** Damage that has been noted but not yet left behind. */
interface Gap {
  readonly position: number;
  /** Index of the damage entry. */
  readonly entry: number;
  /** Whether it is the end of the file, behind which nothing was to be expected. */
  readonly cut: boolean;
}

/** Finds the packets of a classic capture. */
export class PcapFramer implements Framer {
  #header: FileHeader;
  #rules: RecordRules;
  readonly #file: OpenFile;
  /** Seconds of the last packet; NaN before the first. */
  #lastSeconds = NaN;
  #gap: Gap | null = null;
  /** Index of the file's interface; -1 if there are more than can be numbered. */
  readonly #interface: number;
  /** Whether the first records have shown what their fractions of a second are. */
  #isUnitKnown: boolean;

  constructor(header: FileHeader, file: OpenFile, batch: PacketBatch) {
    this.#header = header;
    this.#rules = new RecordRules(header);
    this.#file = file;
    const { linkType, snapLength, digits } = header;
    const index = file.log.addInterface({ file: file.index, linkType, snapLength, resolution: digits, name: '' });
    file.log.clock.refine(digits);
    // The same for every packet of the file, so written once and not once a packet.
    batch.linkType.fill(linkType);
    batch.interface.fill(Math.max(index, 0));
    this.#interface = index;
    this.#isUnitKnown = digits === 9;
  }

  frame(window: Window, batch: PacketBatch): number {
    if (!this.#isUnitKnown && window.available >= this.#header.recordHeaderLength) {
      const need = this.#learnUnit(window);
      if (need > 0) return need;
    }
    for (;;) {
      if (this.#gap !== null) {
        const need = this.#leaveGap(this.#gap, window);
        if (need !== 0) return need;
      }
      const need = this.#frameRecords(window, batch);
      if (need !== DAMAGED) return need;
    }
  }

  /** Answers how many bytes it needs for that, 0 when it is known. */
  #learnUnit(window: Window): number {
    const unit = unitOf(window, this.#header, this.#rules);
    if (unit > 0) return unit;
    this.#isUnitKnown = true;
    if (unit !== NANOSECONDS) return 0;
    this.#header = { ...this.#header, digits: 9 };
    this.#rules = new RecordRules(this.#header);
    const { log, path } = this.#file;
    const known = log.interfaces[this.#interface];
    if (known !== undefined) log.interfaces[this.#interface] = { ...known, resolution: 9 };
    log.clock.refine(9);
    log.note(path, 0, NANOSECONDS_TOLD);
    return 0;
  }

  #frameRecords(window: Window, batch: PacketBatch): number {
    const { littleEndian, recordHeaderLength } = this.#header;
    const { fractions, largest, capturedAt, originalAt, isOrderOpen } = this.#rules;
    const { clock } = this.#file.log;
    const { view, end, base } = window;
    const { capacity, offset, captured, original, time, position } = batch;
    const fractionLength = SECOND / fractions;
    const snapLength = this.#header.snapLength === 0 ? largest : Math.min(this.#header.snapLength, largest);
    let { epoch } = clock;
    let count = batch.count;
    let at = window.start;
    let seconds = this.#lastSeconds;
    let need = 0;

    while (count < capacity) {
      if (at + recordHeaderLength > end) {
        need = recordHeaderLength;
        break;
      }
      let size = view.getUint32(at + capturedAt, littleEndian);
      let wireSize = view.getUint32(at + originalAt, littleEndian);
      if (size > wireSize && isOrderOpen) {
        const larger = size;
        size = wireSize;
        wireSize = larger;
      }
      const fraction = view.getUint32(at + FRACTION, littleEndian);
      const second = view.getUint32(at + SECONDS, littleEndian);
      if (
        size > wireSize || size > snapLength || fraction >= fractions || second === 0 ||
        Math.abs(second - seconds) > NEAR
      ) {
        need = this.#judge(window, at, seconds);
        if (need !== 0) break;
      }
      const next = at + recordHeaderLength + size;
      if (next > end) {
        need = recordHeaderLength + size;
        break;
      }
      seconds = second;
      if (!clock.known) {
        clock.begin(seconds);
        epoch = seconds;
      }
      position[count] = base + at;
      const behindSecond = fraction < fractions ? fraction * fractionLength : this.#takeOdd(base + at, fraction);
      time[count] = (seconds - epoch) * SECOND + behindSecond;
      offset[count] = at + recordHeaderLength;
      captured[count] = size;
      original[count] = wireSize;
      count += 1;
      at = next;
    }

    batch.count = count;
    window.start = at;
    this.#lastSeconds = seconds;
    if (need === DAMAGED) this.#refuse(window);
    if (need > 0 && window.ended && at < end) {
      this.#cut(window, need);
      return DAMAGED;
    }
    return need;
  }

  /** The time behind the second of a record whose fraction is none, which is told. */
  #takeOdd(position: number, fraction: number): Duration {
    const { fractions } = this.#rules;
    this.#file.log.note(this.#file.path, position, atRecord(position, toldFraction(fraction, fractions)));
    return oddFraction(fraction, fractions);
  }

  /**
   * A doubtful record is believed if another follows it. Answers 0 (yes), `DAMAGED` (no), or the bytes it needs to say
   * so.
   */
  #judge(window: Window, at: number, lastSeconds: number): number {
    const { view, end } = window;
    if (this.#rules.refusal(view, at) !== null) return DAMAGED;
    const { littleEndian, recordHeaderLength } = this.#header;
    const isOdd = view.getUint32(at + FRACTION, littleEndian) >= SECOND;
    if (isOdd && Math.abs(view.getUint32(at + SECONDS, littleEndian) - lastSeconds) > NEAR) return DAMAGED;
    const next = at + recordHeaderLength + this.#rules.captured(view, at);
    if (next + recordHeaderLength > end) return window.ended ? 0 : next + recordHeaderLength - at;
    return this.#rules.refusal(view, next) === null ? 0 : DAMAGED;
  }

  #refuse(window: Window): void {
    const { view, start, position } = window;
    const why = this.#rules.refusal(view, start) ?? `${this.#rules.doubt(view, start)}, and no record follows it`;
    this.#lose(window, atRecord(position, why), false);
  }

  #cut(window: Window, need: number): void {
    const { position, available } = window;
    const { recordHeaderLength } = this.#header;
    const what =
      available < recordHeaderLength
        ? cutRecordHeader(position, available, recordHeaderLength)
        : cutRecord(position, available, need);
    this.#lose(window, what, true);
  }

  #lose(window: Window, what: string, cut: boolean): void {
    const { log, path } = this.#file;
    this.#gap = { position: window.position, entry: log.note(path, window.position, what), cut };
    window.start += 1;
  }

  /**
   * Looks for records behind the damage. Answers 0 when it stands before one, else the bytes it needs to go on looking.
   */
  #leaveGap(gap: Gap, window: Window): number {
    const need = findRecords(window, this.#header, this.#rules, this.#lastSeconds);
    if (need > 0) return need;
    this.#gap = null;
    const { log } = this.#file;
    const passed = window.position - gap.position;
    if (need === 0) {
      log.amend(gap.entry, `reading goes on ${passed} bytes later`);
      return 0;
    }
    if (!gap.cut) log.amend(gap.entry, `no packet is found in the ${passed} bytes from there to the end`);
    return 1;
  }
}
