import type { Time } from '../../base/time.js';
import { largestPacket } from '../framer.js';
import type { CaptureClock } from '../capture-log.js';
import { beginClock, type Resolution, ticksAt, timeOf } from './timestamp.js';

const WORD = 2 ** 32;

/** An interface of a section, with what its packets need to be read. */
export class Interface {
  /** Index into the capture's interfaces. */
  readonly index: number;
  readonly linkType: number;
  /** 0 means no limit. */
  readonly snapLength: number;
  readonly largest: number;
  /** Timed packets read of it so far. */
  packets = 0;
  /** What its packets say was lost between them (epb_dropcount). */
  dropped = 0;
  readonly #resolution: Resolution;
  readonly #offset: bigint;
  /** The capture's epoch in ticks of this interface, as two words; NaN until the epoch is known. */
  #epochHigh = NaN;
  #epochLow = NaN;

  /** `offset`: seconds to be added to every timestamp (if_tsoffset). */
  constructor(index: number, linkType: number, snapLength: number, resolution: Resolution, offset: bigint) {
    this.index = index;
    this.linkType = linkType;
    this.snapLength = snapLength;
    this.largest = largestPacket(linkType);
    this.#resolution = resolution;
    this.#offset = offset;
  }

  /**
   * Time of a timestamp's two words. Near the epoch the difference of the high words is small, so the sum is a whole
   * number below 2^53 and exact, where the timestamp itself (1.8e18 for nanoseconds) would not be.
   */
  time(high: number, low: number, clock: CaptureClock): Time {
    const { nanosecondsPerTick } = this.#resolution;
    if (nanosecondsPerTick === 0) return timeOf(high, low, this.#resolution, this.#offset, clock);
    if (Number.isNaN(this.#epochHigh)) this.#setEpoch(high, low, clock);
    return ((high - this.#epochHigh) * WORD + (low - this.#epochLow)) * nanosecondsPerTick;
  }

  #setEpoch(high: number, low: number, clock: CaptureClock): void {
    if (!clock.known) beginClock(high, low, this.#resolution, this.#offset, clock);
    const ticks = ticksAt(clock.epoch, this.#resolution, this.#offset);
    this.#epochHigh = Number(ticks >> 32n);
    this.#epochLow = Number(ticks & 0xffff_ffffn);
  }
}
