import type { Time } from '../base/time.js';

/**
 * Times of packets that are read again. One without a timestamp (a Simple Packet Block) stands where it stood in the
 * analysis: at the latest time so far. To be asked for every packet, in order.
 */
export class PacketTimes {
  private latest = NaN;

  /** `stamp`: the packet's own time, NaN where it has none. */
  of(stamp: Time): Time {
    if (stamp !== stamp) return this.latest === this.latest ? this.latest : 0;
    if (!(stamp <= this.latest)) this.latest = stamp;
    return stamp;
  }
}
