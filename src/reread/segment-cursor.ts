import type { FrameNumber } from '../base/numbers.js';
import type { Time } from '../base/time.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { IS_TCP, decode, errorOf } from '../decode/decode.js';
import { Fragments } from '../decode/fragments.js';
import type { IcmpError } from '../decode/icmp-error.js';
import { Segment } from '../decode/segment.js';
import type { Separation } from '../decode/separation.js';
import { PacketTimes } from './packet-times.js';

/**
 * Goes through the TCP segments of captures that are read again, batch by batch: the only loop that does. Frames and
 * times are those of the analysis.
 */
export class SegmentCursor {
  /** The segment it is at; another one may be put in its place before `next`, to keep this one. */
  segment = new Segment();
  /** Frame of `segment`, counted from 1 over all files; after the last segment, that of the last packet read. */
  frame: FrameNumber = 0;
  time: Time = 0;
  /** What an ICMP error says that quotes the segment, where it is at one; null at a segment that was sent here. */
  error: Readonly<IcmpError> | null = null;
  /** Where in the batch its packet is. */
  index = -1;
  /** Packets that the copy of a pipe does not hold any more. */
  missing = 0;
  private batch: PacketBatch | null = null;
  private readonly times = new PacketTimes();
  private readonly fragments = new Fragments();
  private readonly separation: Separation | null;
  private readonly lastFrame: number;
  private readonly errors: boolean;

  /**
   * `lastFrame`: what comes behind it is not looked at. With `errors` it stops at ICMP errors, too, that quote a
   * segment.
   */
  constructor(separation: Separation | null = null, lastFrame = Infinity, errors = false) {
    this.separation = separation;
    this.lastFrame = lastFrame;
    this.errors = errors;
  }

  /** Goes on to another batch. */
  begin(batch: PacketBatch): void {
    this.batch = batch;
    this.index = -1;
    this.missing += batch.missing;
    this.frame += batch.missing;
  }

  /** Goes on to the next segment; false where the batch has no more. */
  next(): boolean {
    const { batch, separation, fragments, lastFrame } = this;
    if (batch === null) return false;
    while (this.index + 1 < batch.count && this.frame < lastFrame) {
      this.index++;
      this.frame++;
      this.time = this.times.of(batch.time[this.index]!);
      const outcome = decode(batch, this.index, this.segment, fragments, separation);
      this.error = null;
      if (outcome === IS_TCP) return true;
      if (this.errors && (this.error = errorOf(outcome)) !== null) return true;
    }
    return false;
  }

  /** What its batch holds of packets. */
  get bytes(): Uint8Array {
    return this.batch!.bytes;
  }

  /** Whether nothing more is wanted, whatever comes. */
  get isDone(): boolean {
    return this.frame >= this.lastFrame;
  }
}
