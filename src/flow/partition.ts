import type { TuplePeek } from '../decode/tuple-peek.js';
import type { Segment } from '../decode/segment.js';

/**
 * What the leader has to do beside following connections, as a fraction of what it takes to follow all: it reads for
 * all threads, which takes 0.9 s for 2 GB that take 2.1 s to follow (Node 20.20).
 */
const READING = 0.45;

/** Parts into which all connections are divided. */
const PARTS = 1 << 16;

/**
 * The connections that fall to one of several threads: a tuple always to the same one, whichever direction.
 *
 * Of the ports only the lower counts, which nearly always is the service's: what one client has to do with one service
 * then is in one hand. Not seeded, for all threads must say the same; a capture made to burden one of them takes the
 * time it would take on one thread.
 */
export class Partition {
  readonly index: number;
  /** Threads. */
  readonly count: number;
  /** Parts of `PARTS` that the first thread has, and the threads that each further part is worth. */
  private readonly leaders: number;
  private readonly perPart: number;

  /** `index`: 0 to `count - 1`. The first one leads, and has less to follow. */
  constructor(index: number, count: number) {
    this.index = index;
    this.count = count;
    this.leaders = Math.round((PARTS * Math.max(0, 1 - (count - 1) * READING)) / count);
    this.perPart = (count - 1) / (PARTS - this.leaders);
  }

  holds({
    source0, source1, source2, source3, destination0, destination1, destination2, destination3, sourcePort,
    destinationPort,
  }: Segment): boolean {
    const addresses = source0 ^ source1 ^ source2 ^ source3 ^ destination0 ^ destination1 ^ destination2 ^ destination3;
    return this.of(addresses, sourcePort < destinationPort ? sourcePort : destinationPort) === this.index;
  }

  /** Which thread follows the connection of a packet. */
  ownerOf({ addresses, port }: TuplePeek): number {
    return this.of(addresses, port);
  }

  private of(addresses: number, port: number): number {
    const hash = Math.imul(addresses ^ Math.imul(port, 0x9e3779b1), 0x85ebca77);
    const part = (hash ^ (hash << 13)) >>> 16;
    return part < this.leaders ? 0 : 1 + Math.trunc((part - this.leaders) * this.perPart);
  }
}
