import { FirstFrames } from './first-frames.js';

/**
 * First frames of those connections alone that are kept: a map, where a bit for each frame would grow with hours of packets.
 *
 * Nothing is asked of frames in which no connection began, or one that was forgotten.
 */
export class KeptFirstFrames extends FirstFrames {
  private readonly numbers = new Map<number, number>();
  private count = 0;

  override add(frame: number): void {
    // As a connection has it: 32 bits of it.
    this.numbers.set(frame >>> 0, this.count++);
  }

  override forget(frame: number): void {
    this.numbers.delete(frame);
  }

  override number(frame: number): number {
    return this.numbers.get(frame)!;
  }
}
