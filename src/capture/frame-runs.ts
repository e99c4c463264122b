import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';

/** Runs that can be unpacked, and files. */
const MOST_RUNS = 2 ** 31 - 1;
const MOST_FILES = 1 << 24;

/** Runs that there is room for at first. */
const FIRST_CAPACITY = 16;

/**
 * In which file each frame of a capture of several files stands, and which one it is there.
 *
 * Frames of one file in a row are a run of twelve bytes: rotated files have one each, taps that were merged one for
 * every few packets.
 */
export class FrameRuns {
  #count = 0;
  /** First frame of each run, ascending. */
  #first = new Uint32Array(FIRST_CAPACITY);
  #file = new Uint32Array(FIRST_CAPACITY);
  /** Number of that frame in its file, from 1 on. */
  #own = new Uint32Array(FIRST_CAPACITY);
  /** Frames of each file so far. */
  #frames: number[] = [];
  #last = 0;

  pack(to: Packer): void {
    to.number(this.#last);
    to.number(this.#frames.length);
    to.column(Float64Array.from(this.#frames, (frames = 0) => frames), this.#frames.length);
    to.number(this.#count);
    for (const column of [this.#first, this.#file, this.#own]) to.column(column, this.#count);
  }

  static unpack(from: Unpacker): FrameRuns {
    const runs = new FrameRuns();
    runs.#last = from.integer(0, ANY_COUNT);
    const files = from.integer(0, MOST_FILES);
    runs.#frames = Array.from(from.column(Float64Array, files).subarray(0, files));
    runs.#count = from.integer(0, MOST_RUNS);
    const column = (): Uint32Array<ArrayBuffer> => withRoom(from.column(Uint32Array, runs.#count));
    [runs.#first, runs.#file, runs.#own] = [column(), column(), column()];
    return runs;
  }

  /** `count` frames from `frame` on are the next ones of a file. */
  add(file: number, frame: number, count: number): void {
    const before = this.#frames[file] ?? 0;
    this.#frames[file] = before + count;
    this.#last = frame + count - 1;
    const run = this.#count;
    if (run > 0 && this.#file[run - 1] === file) return;
    if (run === this.#first.length) this.#grow();
    this.#first[run] = frame;
    this.#file[run] = file;
    this.#own[run] = before + 1;
    this.#count = run + 1;
  }

  /** Index of the file that holds a frame, and its number there; null for a frame that was not read. */
  placeOf(frame: number): { readonly file: number; readonly frame: number } | null {
    if (!(frame >= 1 && frame <= this.#last)) return null;
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#first[middle]! <= frame) low = middle + 1;
      else high = middle;
    }
    const run = low - 1;
    return run < 0 ? null : { file: this.#file[run]!, frame: this.#own[run]! + frame - this.#first[run]! };
  }

  #grow(): void {
    this.#first = twice(this.#first);
    this.#file = twice(this.#file);
    this.#own = twice(this.#own);
  }
}

function withRoom(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const roomy = new Uint32Array(Math.max(FIRST_CAPACITY, column.length));
  roomy.set(column);
  return roomy;
}

function twice(column: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(column.length * 2);
  grown.set(column);
  return grown;
}
