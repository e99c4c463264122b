import { describe, expect, it, test } from 'vitest';

import { ClockPoints, offsetAt, toClientTime, toServerTime } from '../../src/between/clocks.js';
import { MICROSECOND, MILLISECOND, SECOND } from '../../src/base/time.js';
import { randomFrom } from '../captures/random.js';

interface Road {
  /** Nanoseconds; parts of one. */
  readonly offset: number;
  readonly drift: number;
  /** Shortest delays to the server and back, and what is added at random. */
  readonly there: number;
  readonly back: number;
  readonly jitter: number;
  readonly seconds: number;
  readonly segments: number;
}

function measured({ offset, drift, there, back, jitter, seconds, segments }: Road, seed: number) {
  const random = randomFrom(seed);
  const points = new ClockPoints(0, seconds * SECOND);
  const server = (time: number): number => time + offset + drift * time;
  for (let index = 0; index < segments; index++) {
    const time = random(1e9) * seconds;
    const fromClient = random(2) === 0;
    const extra = (random(1e6) / 1e6) * jitter;
    if (fromClient) points.add(true, time, server(time + there + extra));
    else points.add(false, time + back + extra, server(time));
  }
  return { clocks: points.clocks(), server };
}

describe('the truth lies within what is said', () => {
  const random = randomFrom(20_261_129);
  const roads = Array.from({ length: 60 }, (_, seed) => ({
    seed,
    offset: (random(4e9) - 2e9) * 3,
    drift: (random(400) - 200) * 1e-6,
    there: random(4e7),
    back: random(4e7),
    jitter: random(2e7),
    seconds: 1 + random(600),
    segments: 20 + random(400),
  }));
  test.each(roads)('$seed', (road) => {
    const { clocks, server } = measured(road, road.seed);
    for (const { from, within, drift, driftWithin } of clocks.pieces) {
      expect(Math.abs(drift - road.drift)).toBeLessThanOrEqual((driftWithin ?? Infinity) + 1e-9);
      // Where the drift is not known the offset is that of the beginning, wrong by what the clock gains over the piece.
      const unknown = driftWithin === null ? Math.abs(road.drift) * road.seconds * SECOND : 0;
      expect(Math.abs(offsetAt(clocks, from) - (server(from) - from))).toBeLessThanOrEqual(
        within! + unknown + MICROSECOND,
      );
    }
    expect(clocks.pieces).toHaveLength(1);
    expect(clocks.roundTrip).toBeLessThanOrEqual(road.there + road.back + 2 * road.jitter);
  });
});

it('finds 200 ms and 60 µs a second on a short road within a minute', () => {
  const {
    clocks: {
      pieces: [piece],
    },
  } = measured(
    { offset: 200 * MILLISECOND, drift: 60e-6, there: 0.2e6, back: 0.2e6, jitter: 0.1e6, seconds: 60, segments: 500 },
    1,
  );
  expect(piece!.drift).toBeCloseTo(60e-6, 5);
  expect(piece!.driftWithin!).toBeLessThan(15e-6);
  expect(Math.abs(piece!.offset - 200 * MILLISECOND)).toBeLessThan(0.3 * MILLISECOND);
});

it('finds that a clock was set meanwhile', () => {
  const points = new ClockPoints(0, 100 * SECOND);
  for (let second = 0; second < 100; second++) {
    const offset = second < 40 ? 0.1 * SECOND : 3 * SECOND;
    points.add(true, second * SECOND, second * SECOND + offset + MILLISECOND);
    points.add(false, second * SECOND + 3 * MILLISECOND, second * SECOND + offset + MILLISECOND);
  }
  const clocks = points.clocks();
  expect(Math.abs(offsetAt(clocks, 10 * SECOND) - 0.1 * SECOND)).toBeLessThan(2 * MILLISECOND);
  expect(Math.abs(offsetAt(clocks, 90 * SECOND) - 3 * SECOND)).toBeLessThan(2 * MILLISECOND);
});

it('says that one direction alone tells little', () => {
  const points = new ClockPoints(0, 1 * SECOND);
  points.add(true, 0, 5 * MILLISECOND);
  expect(points.clocks()).toMatchObject({
    pieces: [{ offset: 5 * MILLISECOND, within: null, driftWithin: null }],
    roundTrip: null,
  });
});

it('turns a time there and back', () => {
  const { clocks } = measured(
    { offset: -3.6e12, drift: 60e-6, there: 1e6, back: 1e6, jitter: 1e6, seconds: 600, segments: 500 },
    3,
  );
  for (const time of [0, 100 * SECOND, 600 * SECOND])
    expect(toClientTime(clocks, toServerTime(clocks, time))).toBeCloseTo(time, -3);
});
