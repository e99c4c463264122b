import type { FrameNumber } from '../../base/numbers.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import { MOST_ROWS, withRoom } from '../columns.js';

const FIRST_CAPACITY = 64;
/** Words whose bits are counted at once: their sum is kept. */
const BLOCK = 16;

/**
 * Frames in which a connection began, a bit each.
 *
 * The number of a connection among all of a capture is how many began before it, so it needs no memory of its own once
 * the connection is forgotten.
 */
export class FirstFrames {
  private words = new Uint32Array(FIRST_CAPACITY);
  /** How many began before each block. Empty until asked for. */
  private before = new Uint32Array(0);

  pack(to: Packer): void {
    let used = this.words.length;
    while (used > 0 && this.words[used - 1] === 0) used--;
    to.number(used);
    to.column(this.words, used);
  }

  static unpack(from: Unpacker): FirstFrames {
    const firstFrames = new FirstFrames();
    firstFrames.words = withRoom(from.column(Uint32Array, from.integer(0, MOST_ROWS)), FIRST_CAPACITY);
    return firstFrames;
  }

  add(frame: FrameNumber): void {
    const word = frame >>> 5;
    if (word >= this.words.length) {
      const larger = new Uint32Array(Math.max(this.words.length * 2, word + 1));
      larger.set(this.words);
      this.words = larger;
    }
    this.words[word]! |= 1 << (frame & 31);
    if (this.before.length > 0) this.before = new Uint32Array(0);
  }

  /** Whether a connection began in `frame`. */
  has(frame: FrameNumber): boolean {
    return ((this.words[frame >>> 5] ?? 0) & (1 << (frame & 31))) !== 0;
  }

  /** The connection that began in `frame` is forgotten: its number is not asked for again. */
  forget(_frame: number): void {}

  /** Those of several threads: no frame is in more than one. */
  static union(parts: readonly FirstFrames[]): FirstFrames {
    const union = new FirstFrames();
    union.words = new Uint32Array(Math.max(...parts.map(({ words }) => words.length)));
    for (const { words } of parts) words.forEach((word, at) => (union.words[at]! |= word));
    return union;
  }

  /** How many began before `frame`, which is one of them or comes before the last of them. */
  number(frame: FrameNumber): number {
    if (this.before.length === 0) this.sum();
    const word = frame >>> 5;
    let number = this.before[Math.floor(word / BLOCK)]!;
    for (let at = word - (word % BLOCK); at < word; at++) number += ones(this.words[at]!);
    return number + ones(this.words[word]! & ((1 << (frame & 31)) - 1));
  }

  private sum(): void {
    this.before = new Uint32Array(Math.ceil(this.words.length / BLOCK));
    let sum = 0;
    for (let at = 0; at < this.words.length; at++) {
      if (at % BLOCK === 0) this.before[at / BLOCK] = sum;
      sum += ones(this.words[at]!);
    }
  }
}

/** Bits that are set, counted in pairs, then in fours, then in bytes. */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
