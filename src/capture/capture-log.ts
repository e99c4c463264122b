import type { Clock, Time } from '../base/time.js';
import { FrameRuns } from './frame-runs.js';
import type { CaptureFile, CaptureInterface, Damage, InterfaceStatistics } from './model.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Damage entries kept of one file; a hostile file could ask for one every dozen bytes. */
const DAMAGE_PER_FILE = 100;

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
  /** Which file each frame is of. */
  readonly runs = new FrameRuns();
  #damageOf = new Map<string, number>();

  constructor(clock = new CaptureClock()) {
    this.clock = clock;
  }

  /** Interface `index` captured until `time`. */
  endAt(time: Time, index: number): void {
    this.end = Math.max(this.end ?? -Infinity, time);
    const known = this.interfaces[index];
    if (known !== undefined) this.interfaces[index] = { ...known, end: Math.max(known.end ?? -Infinity, time) };
  }

  /** What the file says of the packets that interface `index` saw and lost; figures that were told before are replaced. */
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
    const told = { file, offset: this.damage[last]?.offset ?? offset, what: `damage in ${count - DAMAGE_PER_FILE + 1} places from here on, no longer told one by one` };
    this.damage[last] = told;
    return -1;
  }

  /** Adds to an entry what has shown since. */
  amend(index: number, more: string): void {
    const entry = this.damage[index];
    if (entry !== undefined) this.damage[index] = { ...entry, what: `${entry.what}; ${more}` };
  }
}
