import { describe, expect, it } from 'vitest';

import { LivingHistories, NO_RECORD } from '../../../src/flow/history/living-histories.js';
import { PackedHistories } from '../../../src/flow/history/packed-histories.js';
import { TellingSegment } from '../../../src/flow/history/telling-segment.js';
import { randomFrom } from '../../captures/random.js';

/** A history of random values, extremes among them, in the order of its frames. */
function history(random: (below: number) => number, count: number): TellingSegment[] {
  const any = (...values: readonly number[]): number => values[random(values.length)]!;
  const word = (): number => any(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), random(2 ** 32) | 0);
  let frame = any(1, 4e9);
  let time = any(0, -1, 1.5e9, 2 ** 52);
  return Array.from({ length: count }, () => {
    frame += any(1, 127, 128, 1e6);
    time += any(0, 1, 999, 1e3, 1e6, 1e9, 3600e9, -1e6, 0.5);
    const talker = random(2);
    return Object.assign(new TellingSegment(), {
      frame, time, talker, flags: any(0x10, 0x18, 2, 0x1ff), marks: talker | any(0, 16, 80, 254), sequence: word(),
      acknowledgment: word(), length: any(0, 1, 1448, 65535), window: any(0, 501, 65535), ipId: any(0, 1, 2, 65535),
      ttl: any(0, 64, 255), trafficClass: any(0, 255), timestampValue: word(), timestampEcho: word(),
      sackHighest: word(), repeats: any(0, 0, 1, 65535), note: any(0, 0, 0, 1) === 0 ? '' : 'x'.repeat(random(243)),
    });
  });
}

/** Packs what a living history of these segments would hold; answers its place. */
function packedAs(packed: PackedHistories, segments: readonly TellingSegment[]): number {
  const living = new LivingHistories();
  const rows = segments.map((segment) => {
    const row = living.append(NO_RECORD);
    living.put(row, segment);
    return row;
  });
  return packed.add(living, rows, rows.length);
}

function unpacked(packed: PackedHistories, place: number): TellingSegment[] {
  const rows: TellingSegment[] = [];
  const count = packed.load(place, rows);
  return rows.slice(0, count);
}

/** Every third one. */
const isWanted = (_: unknown, index: number): boolean => index % 3 === 0;

describe('a packed history', () => {
  it('says all that its rows said', () => {
    const random = randomFrom(1);
    const packed = new PackedHistories();
    for (let round = 0; round < 2000; round++) {
      const rows = history(random, random(20));
      expect(unpacked(packed, packedAs(packed, rows))).toEqual(rows);
    }
  });

  it('has its place beside thousands of others, in many pages', () => {
    const random = randomFrom(2);
    const packed = new PackedHistories();
    const all = Array.from({ length: 4000 }, () => history(random, 1 + random(30)));
    const places = all.map((rows) => packedAs(packed, rows));
    expect(packed.kept).toBeGreaterThan(2 ** 21);
    for (const [index, place] of places.entries()) expect(unpacked(packed, place)).toEqual(all[index]);
  });

  it('takes some fifteen bytes for a row of a connection that goes its way', () => {
    const packed = new PackedHistories();
    const rows = Array.from({ length: 12 }, (_, index) =>
      Object.assign(new TellingSegment(), {
        frame: 1000 + index * 3, time: index * 2e6, talker: index % 2, marks: 80 + (index % 2),
        flags: index < 2 ? 2 : 0x18, sequence: 1000 * index, length: 100, window: 501, ttl: 64,
        timestampValue: 50_000 + index * 2, timestampEcho: 50_000 + index * 2 - 1, sackHighest: 0,
      }),
    );
    packedAs(packed, rows);
    expect(packed.kept).toBeLessThan(12 * 20);
  });

  it('is moved together with those that are wanted yet', () => {
    const random = randomFrom(3);
    const packed = new PackedHistories();
    const all = Array.from({ length: 300 }, () => history(random, 1 + random(30)));
    const places = all.map((rows) => packedAs(packed, rows));
    for (const place of places.filter((_, index) => !isWanted(_, index))) packed.release(place);
    const others = new PackedHistories();
    const moved = places.filter(isWanted).map((place) => packed.moveTo(others, place));
    expect(moved.map((place) => unpacked(others, place))).toEqual(all.filter(isWanted));
    expect([others.kept, others.released]).toEqual([packed.kept, 0]);
  });
});
