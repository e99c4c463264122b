import { describe, expect, it } from 'vitest';

import { Segment } from '../../src/decode/segment.js';
import { Partition } from '../../src/flow/partition.js';

const THREADS = 3;
const shares = Array.from({ length: THREADS }, (_, index) => new Partition(index, THREADS));

/** Connections of many clients to a few services, over IPv4 or IPv6, as segments of the client. */
function* attempts(family: number): Generator<Segment> {
  for (let client = 1; client <= 50; client += 1) {
    for (let port = 0; port < 40; port += 1) {
      const segment = Object.assign(new Segment(), {
        family, source3: 0x0a000000 + client, destination3: 0xc0a80001, sourcePort: 40_000 + port,
        destinationPort: 8000 + (port % 4),
      });
      yield family === 4
        ? segment
        : Object.assign(segment, { source0: 0x20010db8, destination0: 0x20010db8, source2: client * 7 });
    }
  }
}

/** A segment of this one's tuple, from the other end. */
function answer(segment: Segment): Segment {
  return Object.assign(new Segment(), segment, {
    source0: segment.destination0, source1: segment.destination1, source2: segment.destination2,
    source3: segment.destination3, sourcePort: segment.destinationPort, destination0: segment.source0,
    destination1: segment.source1, destination2: segment.source2, destination3: segment.source3,
    destinationPort: segment.sourcePort,
  });
}

/** Who follows the connection of a segment. */
const holders = (segment: Segment): number[] =>
  shares.flatMap((partition, index) => (partition.holds(segment) ? [index] : []));

describe.each([4, 6])('connections over IPv%s, shared by three threads', (family) => {
  it('every one falls to one of them, in both directions the same', () => {
    for (const segment of attempts(family)) {
      expect(holders(segment)).toHaveLength(1);
      expect(holders(answer(segment))).toEqual(holders(segment));
    }
  });

  it('none of them is idle', () => {
    expect(new Set([...attempts(family)].flatMap(holders)).size).toBe(THREADS);
  });

  it('all of a client to a service fall to the same one', () => {
    const [first, ...others] = [...attempts(family)].filter(
      (segment) => segment.source3 === 0x0a000007 && segment.destinationPort === 8001,
    );
    expect(new Set(others.flatMap(holders))).toEqual(new Set(holders(first!)));
  });
});
