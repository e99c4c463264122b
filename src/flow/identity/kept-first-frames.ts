import type { FrameNumber } from '../../base/numbers.js';
import { ANY_COUNT, UnpackError } from '../../packing/packer.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import { FirstFrames } from './first-frames.js';
import { MOST_ROWS } from '../columns.js';
import type { Connections } from '../connections.js';

/**
 * First frames of those connections alone that are kept: a map, where a bit for each frame would grow with hours of
 * packets.
 *
 * Nothing is asked of frames in which no connection began, or one that was forgotten.
 */
export class KeptFirstFrames extends FirstFrames {
  private readonly numbers = new Map<number, number>();
  private count = 0;

  override pack(to: Packer): void {
    const { size } = this.numbers;
    to.number(this.count);
    to.number(size);
    to.column(Uint32Array.from(this.numbers.keys()), size);
    to.column(Float64Array.from(this.numbers.values()), size);
  }

  static override unpack(from: Unpacker): KeptFirstFrames {
    const firstFrames = new KeptFirstFrames();
    firstFrames.count = from.integer(0, ANY_COUNT);
    const size = from.integer(0, MOST_ROWS);
    const frames = from.column(Uint32Array, size);
    const numbers = from.column(Float64Array, size);
    for (let place = 0; place < size; place++) {
      if (!(numbers[place]! >= 0 && numbers[place]! < firstFrames.count))
        throw new UnpackError('a connection without a number');
      firstFrames.numbers.set(frames[place]!, numbers[place]!);
    }
    return firstFrames;
  }

  override add(frame: FrameNumber): void {
    // As a connection has it: 32 bits of it.
    this.numbers.set(frame >>> 0, this.count++);
  }

  /** Of the connections that a table holds, which are all that there were or have their numbers from `others`. */
  static of(connections: Connections, others: FirstFrames | null): KeptFirstFrames {
    const kept = new KeptFirstFrames();
    for (let row = 0; row < connections.count; row++) {
      if (!connections.isKept(row)) continue;
      const frame = connections.firstFrame(row);
      const number = others === null ? row : others.number(frame);
      kept.numbers.set(frame, number);
      kept.count = number + 1;
    }
    return kept;
  }

  override has(frame: FrameNumber): boolean {
    return this.numbers.has(frame);
  }

  override forget(frame: FrameNumber): void {
    this.numbers.delete(frame);
  }

  override number(frame: FrameNumber): number {
    return this.numbers.get(frame)!;
  }
}
