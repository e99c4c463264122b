import type { Segment } from '../decode/segment.js';

/**
 * The connections that fall to one of several threads: a tuple always to the same one, whichever direction.
 *
 * Of the ports only the lower counts, which nearly always is the service's: what one client has to do with one service then is in one
 * hand. Not seeded, for all threads must say the same; a capture made to burden one of them takes the time it would take on one thread.
 */
export class Share {
  private readonly index: number;
  /** Threads. */
  readonly count: number;

  /** `index`: 0 to `count - 1`. */
  constructor(index: number, count: number) {
    this.index = index;
    this.count = count;
  }

  holds(segment: Segment): boolean {
    const { sourcePort, destinationPort } = segment;
    let hash = segment.source3 ^ segment.destination3;
    if (segment.family === 6) hash ^= segment.source0 ^ segment.source1 ^ segment.source2 ^ segment.destination0 ^ segment.destination1 ^ segment.destination2;
    hash = Math.imul(hash ^ Math.imul(sourcePort < destinationPort ? sourcePort : destinationPort, 0x9e3779b1), 0x85ebca77);
    // The upper half as a fraction of the whole: a remainder would take a division for every packet.
    return Math.imul((hash ^ (hash << 13)) >>> 16, this.count) >>> 16 === this.index;
  }
}
