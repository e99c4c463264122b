import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { lowerBound } from '../base/lower-bound.js';
import type { PacketBatch } from './packet-batch.js';

/** Where a packet stands: its file, and which one it is there, from 1 on. */
export interface FramePlace {
  readonly file: string;
  readonly frame: number;
}

/** Frames after which their numbers begin again. */
const FRAMES = 2 ** 32;

/** Files that can be unpacked, and letters of a name. */
const MOST_FILES = 1 << 24;
const LONGEST_NAME = 1 << 12;

/** Frames from `first` on are those of a file from its frame `own` on, until the next run begins. */
interface Run {
  readonly first: number;
  readonly file: number;
  readonly own: number;
}

/** In which file each frame of a chain of files stands, and which one it is there. */
export class FramePlaces {
  private names: string[] = [];
  /** Frames of each file so far. */
  private counts: number[] = [];
  private runs: Run[] = [];
  private next = 1;

  /** The file that has this name from now on, whatever had it before; answers its number. */
  begin(name: string): number {
    this.counts.push(0);
    return this.names.push(name) - 1;
  }

  /** The next packet is of this file. */
  add(file: number): void {
    const last = this.runs.at(-1);
    const own = ++this.counts[file]!;
    if (last?.file !== file) this.runs.push({ first: this.next, file, own });
    this.next++;
  }

  /** The next packets are all of this file. */
  addAll(file: number, { count }: PacketBatch): void {
    if (count === 0) return;
    this.add(file);
    this.counts[file]! += count - 1;
    this.next += count - 1;
  }

  hasFile(file: number): boolean {
    return this.names[file] !== undefined;
  }

  /** Null where it is not known any more. */
  placeOf(frame: number): FramePlace | null {
    const counted = this.counted(frame);
    const run = this.runs[lowerBound(this.runs.length, (at) => this.runs[at]!.first <= counted) - 1];
    return run === undefined ? null : { file: this.names[run.file]!, frame: run.own + counted - run.first };
  }

  /** Connections know 32 bits of a frame's number: of those with the same ones it is the last. */
  private counted(frame: number): number {
    const last = this.next - 1;
    return last - ((((last - frame) % FRAMES) + FRAMES) % FRAMES);
  }

  /**
   * Forgets where frames before `frame` stand, but not the files in `needed`; answers the new number of each file
   * that is left.
   */
  forget(frame: number, needed: Iterable<number>): Map<number, number> {
    const from = Math.max(lowerBound(this.runs.length, (at) => this.runs[at]!.first <= frame) - 1, 0);
    const runs = this.runs.slice(from);
    const files = [...new Set([...runs.map(({ file }) => file), ...needed])].sort((a, b) => a - b);
    const moved = new Map(files.map((file, at) => [file, at]));
    this.names = files.map((file) => this.names[file]!);
    this.counts = files.map((file) => this.counts[file]!);
    this.runs = runs.map(({ first, file, own }) => ({ first, file: moved.get(file)!, own }));
    return moved;
  }

  pack(to: Packer): void {
    to.number(this.next);
    to.number(this.names.length);
    this.names.forEach((name, file) => {
      to.text(name);
      to.number(this.counts[file]!);
    });
    to.number(this.runs.length);
    for (const field of ['first', 'file', 'own'] as const)
      to.column(
        Float64Array.from(this.runs, (run) => run[field]),
        this.runs.length,
      );
  }

  static unpack(from: Unpacker): FramePlaces {
    const places = new FramePlaces();
    places.next = from.integer(1, ANY_COUNT);
    for (let files = from.integer(0, MOST_FILES); files > 0; files--) {
      places.names.push(from.text(LONGEST_NAME));
      places.counts.push(from.integer(0, ANY_COUNT));
    }
    const count = from.integer(0, MOST_FILES);
    const [first, file, own] = [
      from.column(Float64Array, count),
      from.column(Float64Array, count),
      from.column(Float64Array, count),
    ];
    for (let run = 0; run < count; run++) {
      if (places.names[file[run]!] === undefined) throw new UnpackError('frames of a file that is not there');
      places.runs.push({ first: first[run]!, file: file[run]!, own: own[run]! });
    }
    return places;
  }
}
