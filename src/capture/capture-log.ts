import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import type { Clock, Time } from '../base/time.js';
import { FrameRuns } from './frame-runs.js';
import type { CaptureFile, CaptureInterface, Damage, InterfaceStatistics } from './model.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Damage entries kept of one file; a hostile file could ask for one every dozen bytes. */
const DAMAGE_PER_FILE = 100;

/** Files that can be unpacked, and letters of a path, a name or a message. */
const MOST_FILES = 1 << 24;
const LONGEST_TEXT = 1 << 16;

/** Figures of an interface, as they are packed: -1 where one is not known. */
const STATISTICS = [
  'received', 'dropped', 'osDropped', 'accepted', 'delivered', 'droppedBetween',
] as const satisfies readonly (keyof InterfaceStatistics)[];

const COMPRESSIONS: readonly CaptureFile['compression'][] = ['gzip', 'zstd', 'lz4'];

/** Interfaces that `PacketBatch.interface` can number. */
const INTERFACES = 0x10000;

/** The capture's clock while it is being set: by the first packet that has a time, and by every finer one. */
export class CaptureClock implements Clock {
  epoch = 0;
  digits = 0;
  /** Whether a packet has set the epoch. */
  known = false;

  begin(seconds: number): void {
    this.epoch = seconds;
    this.known = true;
  }

  refine(digits: number): void {
    this.digits = Math.max(this.digits, digits);
  }
}

/** What is learned of captures while they are read. */
export class CaptureLog {
  readonly files: Writable<CaptureFile>[] = [];
  readonly interfaces: CaptureInterface[] = [];
  readonly damage: Damage[] = [];
  readonly clock: CaptureClock;
  /** Until when was captured, as far as a file proves it; null if none does. */
  end: Time | null = null;
  /** The file of each frame. */
  private runs = new FrameRuns();
  #damageOf = new Map<string, number>();
  /** Packets of files that were forgotten. */
  #forgotten = 0;

  constructor(clock = new CaptureClock()) {
    this.clock = clock;
  }

  pack(to: Packer): void {
    const { epoch, digits, known } = this.clock;
    [epoch, digits, known ? 1 : 0, this.end ?? NaN, this.#forgotten, this.files.length].forEach((value) =>
      to.number(value),
    );
    for (const { path, format, compression, size, frames } of this.files) {
      to.text(path);
      to.text(format);
      to.text(compression ?? '');
      [size ?? -1, frames?.first ?? 0, frames?.last ?? 0, frames?.count ?? 0].forEach((value) => to.number(value));
    }
    this.runs.pack(to);
    to.number(this.interfaces.length);
    for (const { file, linkType, snapLength, resolution, name, end, statistics } of this.interfaces) {
      [file, linkType, snapLength, resolution, end ?? NaN].forEach((value) => to.number(value));
      to.text(name);
      packStatistics(to, statistics);
    }
    to.number(this.damage.length);
    for (const { file, offset, what } of this.damage) {
      to.text(file);
      to.number(offset);
      to.text(what);
    }
    to.number(this.#damageOf.size);
    for (const [file, count] of this.#damageOf) {
      to.text(file);
      to.number(count);
    }
  }

  static unpack(from: Unpacker): CaptureLog {
    const clock = new CaptureClock();
    clock.epoch = from.integer(-ANY_COUNT, ANY_COUNT);
    clock.digits = from.integer(0, 9);
    clock.known = from.integer(0, 1) === 1;
    const log = new CaptureLog(clock);
    const end = from.number();
    log.end = Number.isFinite(end) ? end : null;
    log.#forgotten = from.integer(0, ANY_COUNT);
    for (let files = from.integer(0, MOST_FILES); files > 0; files--) {
      const [path, format, compressed] = [from.text(LONGEST_TEXT), from.text(LONGEST_TEXT), from.text(LONGEST_TEXT)];
      const compression = COMPRESSIONS.find((name) => name === compressed) ?? null;
      const size = from.integer(-1, ANY_COUNT);
      const [first, last, count] = [from.integer(0, ANY_COUNT), from.integer(0, ANY_COUNT), from.integer(0, ANY_COUNT)];
      log.files.push({
        path,
        format,
        compression,
        size: size < 0 ? null : size,
        spool: null,
        frames: count === 0 ? null : { first, last, count },
      });
    }
    log.runs = FrameRuns.unpack(from);
    for (let interfaces = from.integer(0, INTERFACES); interfaces > 0; interfaces--) {
      const [file, linkType, snapLength, resolution] = [
        from.integer(0, MOST_FILES),
        from.integer(0, ANY_COUNT),
        from.integer(0, ANY_COUNT),
        from.integer(0, 255),
      ];
      const end = from.number();
      const name = from.text(LONGEST_TEXT);
      const statistics = unpackStatistics(from);
      log.interfaces.push({
        file, linkType, snapLength, resolution, name, ...(Number.isFinite(end) && { end }),
        ...(statistics && { statistics }),
      });
    }
    for (let entries = from.integer(0, MOST_FILES * DAMAGE_PER_FILE); entries > 0; entries--) {
      log.damage.push({
        file: from.text(LONGEST_TEXT),
        offset: from.integer(0, ANY_COUNT),
        what: from.text(LONGEST_TEXT),
      });
    }
    for (let files = from.integer(0, MOST_FILES); files > 0; files--)
      log.#damageOf.set(from.text(LONGEST_TEXT), from.integer(0, ANY_COUNT));
    return log;
  }

  /** Packets that were handed out so far. */
  get packets(): number {
    return this.files.reduce((last, { frames }) => Math.max(last, frames?.last ?? 0), this.#forgotten);
  }

  /** Forgets files and damage, and all interfaces but these, which are numbered anew. Frames count on. */
  forget(interfaces: readonly CaptureInterface[]): void {
    this.#forgotten = this.packets;
    this.files.length = 0;
    this.runs = new FrameRuns();
    this.damage.length = 0;
    this.#damageOf.clear();
    this.interfaces.splice(0, this.interfaces.length, ...interfaces);
  }

  /** Index in `files` of the file that holds a frame, and its number there; null where that is not known (any more). */
  placeOf(frame: number): { readonly file: number; readonly frame: number } | null {
    return this.runs.placeOf(frame);
  }

  /** Interface `index` captured until `time`. */
  endAt(time: Time, index: number): void {
    this.end = Math.max(this.end ?? -Infinity, time);
    const known = this.interfaces[index];
    if (known !== undefined) this.interfaces[index] = { ...known, end: Math.max(known.end ?? -Infinity, time) };
  }

  /**
   * What the file says of the packets that interface `index` saw and lost; figures that were told before are replaced.
   */
  count(index: number, statistics: InterfaceStatistics): void {
    const known = this.interfaces[index];
    if (known !== undefined) this.interfaces[index] = { ...known, statistics: { ...known.statistics, ...statistics } };
  }

  /** `count` packets of a file are handed out, numbered from `frame` on. */
  number(file: number, frame: number, count: number): void {
    const named = this.files[file]!;
    const { first = frame, count: before = 0 } = named.frames ?? {};
    this.runs.add(file, frame, count);
    named.frames = { first, last: frame + count - 1, count: before + count };
  }

  /** Index of the new interface; -1 if there are more than can be numbered. */
  addInterface(added: CaptureInterface): number {
    if (this.interfaces.length === INTERFACES) return -1;
    return this.interfaces.push(added) - 1;
  }

  /** Notes damage; answers its index for `amend`, or -1 if the file has too much of it to be told in full. */
  note(file: string, offset: number, what: string): number {
    const count = (this.#damageOf.get(file) ?? 0) + 1;
    this.#damageOf.set(file, count);
    if (count <= DAMAGE_PER_FILE) return this.damage.push({ file, offset, what }) - 1;
    const last = this.damage.findLastIndex((entry) => entry.file === file);
    const told = {
      file, offset: this.damage[last]?.offset ?? offset,
      what: `damage in ${count - DAMAGE_PER_FILE + 1} places from here on, no longer told one by one`,
    };
    this.damage[last] = told;
    return -1;
  }

  /** Adds to an entry what has shown since. */
  amend(index: number, more: string): void {
    const entry = this.damage[index];
    if (entry !== undefined) this.damage[index] = { ...entry, what: `${entry.what}; ${more}` };
  }
}

function packStatistics(to: Packer, statistics: InterfaceStatistics | undefined): void {
  to.number(statistics === undefined ? 0 : 1);
  if (statistics !== undefined) for (const name of STATISTICS) to.number(statistics[name] ?? -1);
}

function unpackStatistics(from: Unpacker): InterfaceStatistics | null {
  if (from.integer(0, 1) === 0) return null;
  const statistics: Writable<InterfaceStatistics> = {};
  for (const name of STATISTICS) {
    const count = from.number();
    if (count >= 0) statistics[name] = count;
  }
  return statistics;
}
