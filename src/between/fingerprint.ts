import type { ConnectionId } from '../base/numbers.js';
import { ACK, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { distance } from '../flow/sequence.js';
import type { Outline } from './outline.js';

/** Lengths that are remembered of each side: more tell nothing new. */
const MOST_LENGTHS = 24;

/** What one end of a connection has shown at one tap, by which it is known again at another. */
export class EndPrint {
  /** Initial sequence number; null where no SYN of this end was seen. */
  initial: number | null = null;
  /** Timestamp of that SYN; null without the option. */
  timestamp: number | null = null;
  maximumSegmentSize = 0;
  /** Least and greatest sequence numbers used, RSTs included; null before the first segment. */
  lowest: number | null = null;
  highest = 0;
  segments = 0;
  /** Payload of the segments that brought something new, in order: the first ones. */
  readonly lengths: number[] = [];
  private next: number | null = null;

  take(segment: Segment): void {
    const { flags, sequence, length } = segment;
    this.segments++;
    if ((flags & SYN) !== 0 && this.initial === null) {
      this.initial = sequence;
      this.timestamp = segment.hasTimestamps === 1 ? segment.timestampValue : null;
      this.maximumSegmentSize = segment.maximumSegmentSize;
    }
    const end = (sequence + length) | 0;
    if (this.lowest === null) {
      this.lowest = sequence;
      this.highest = end;
    }
    if (distance(sequence, this.lowest) < 0) this.lowest = sequence;
    if (distance(end, this.highest) > 0) this.highest = end;
    if (length === 0) return;
    if (this.next !== null && distance(end, this.next) <= 0) return;
    this.next = end;
    if (this.lengths.length < MOST_LENGTHS) this.lengths.push(length);
  }

  /** Whether numbers of another tap's end may be of the same stream of bytes. */
  overlaps(other: EndPrint): boolean {
    if (this.lowest === null || other.lowest === null) return true;
    return distance(other.highest, this.lowest) >= 0 && distance(this.highest, other.lowest) >= 0;
  }
}

/** All connections of a tap, by id. */
export type Fingerprints = readonly Fingerprint[];

/** A connection as one tap saw it. */
export class Fingerprint {
  readonly connection: Outline;
  readonly ends: readonly [EndPrint, EndPrint] = [new EndPrint(), new EndPrint()];

  constructor(connection: Outline) {
    this.connection = connection;
  }

  /** In the analysis of its tap. */
  get id(): ConnectionId {
    return this.connection.id;
  }

  take(segment: Segment, role: number): void {
    // The first of an attempt that collides is answered with numbers of another connection: an ACK before any SYN-ACK
    // is none of the server's own.
    if (
      role === 1 &&
      this.ends[1].segments === 0 &&
      this.ends[0].initial !== null &&
      (segment.flags & (SYN | ACK)) === ACK
    )
      return;
    this.ends[role]!.take(segment);
  }

  get client(): EndPrint {
    return this.ends[0];
  }

  get server(): EndPrint {
    return this.ends[1];
  }
}
