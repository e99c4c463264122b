import type { FrameNumber, Side } from '../base/numbers.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { formatAddress } from '../decode/address.js';
import { flagLetters } from '../decode/flag-letters.js';
import { Segment } from '../decode/segment.js';
import type { Address, Analysis, Time } from '../analysis/model.js';
import { readAgain } from './reopen.js';
import { SegmentCursor } from './segment-cursor.js';

/** One TCP packet, whoever's it is. */
export interface Packet {
  readonly frame: FrameNumber;
  readonly time: Time;
  readonly source: Address;
  readonly destination: Address;
  /** TCP flags as tcpdump writes them: `S.`, `P.`. */
  readonly flags: string;
  /** Bytes of payload. */
  readonly length: number;
}

/** The packets around a moment, in order of time. */
export interface PacketsAround {
  readonly packets: readonly Packet[];
  /** No packet of the capture comes before, or after, those here. */
  readonly hasBegin: boolean;
  readonly hasEnd: boolean;
  /** Packets at the beginning that the copy of a pipe does not hold any more. */
  readonly missing: number;
  /**
   * Packets of any kind that were read, and those. With `hasEnd`, fewer than the capture's where the copy of a pipe
   * holds no more.
   */
  readonly frames: number;
}

/** Packets kept on each side of the moment. */
const SIDE = 4096;

/**
 * Reads the TCP packets around a moment again from the captures, some thousands on either side.
 *
 * Reads from the beginning, as nothing tells where in a file a moment lies, and stops soon behind it. Packets that a
 * capture holds out of order are found among those read.
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function readPacketsAround(
  analysis: Analysis, time: Time, { signal, side = SIDE }: { signal?: AbortSignal; side?: number } = {},
): Promise<PacketsAround> {
  const recent = new RecentPackets(time, side);
  await readAgain(analysis, (batch) => recent.pass(batch), signal);
  return recent.packetsAround();
}

/** What is remembered of a packet. Filled again and again. */
class Passed {
  frame = 0;
  time: Time = 0;
  readonly segment = new Segment();
}

/** Lets packets go by and remembers the last ones, until enough came after the moment. */
class RecentPackets {
  readonly #moment: Time;
  readonly #side: Side;
  readonly #cursor = new SegmentCursor();
  /**
   * A ring: packet `n` is at place `n % length`. The next place is free: what is looked at there may turn out to be no
   * TCP.
   */
  readonly #passed: readonly Passed[];
  #count = 0;
  #after = 0;

  constructor(moment: Time, side: Side) {
    this.#moment = moment;
    this.#side = side;
    this.#passed = Array.from({ length: 2 * side + 1 }, () => new Passed());
  }

  /** Takes in one batch; true when enough came after the moment. */
  pass(batch: PacketBatch): boolean {
    const cursor = this.#cursor;
    cursor.begin(batch);
    for (;;) {
      const place = this.#passed[this.#count % this.#passed.length]!;
      cursor.segment = place.segment;
      if (!cursor.next()) return false;
      place.frame = cursor.frame;
      place.time = cursor.time;
      this.#count += 1;
      if (cursor.time > this.#moment) this.#after += 1;
      if (this.#after === this.#side) return true;
    }
  }

  packetsAround(): PacketsAround {
    const { length } = this.#passed;
    const first = Math.max(0, this.#count - (length - 1));
    const packets = Array.from({ length: this.#count - first }, (_, index) =>
      told(this.#passed[(first + index) % length]!),
    );
    const { missing, frame } = this.#cursor;
    return {
      packets: packets.toSorted((a, b) => a.time - b.time || a.frame - b.frame), hasBegin: first === 0,
      hasEnd: this.#after < this.#side, missing, frames: frame,
    };
  }
}

function told({
  frame, time,
  segment: {
    family, source0, source1, source2, source3, destination0, destination1, destination2, destination3, sourcePort,
    destinationPort, flags, length,
  },
}: Passed): Packet {
  return {
    frame, time, source: { address: formatAddress(family, source0, source1, source2, source3), port: sourcePort },
    destination: {
      address: formatAddress(family, destination0, destination1, destination2, destination3), port: destinationPort,
    },
    flags: flagLetters(flags), length,
  };
}
