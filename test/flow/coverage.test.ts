import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { SECOND } from '../../src/base/time.js';
import { Coverage } from '../../src/flow/coverage.js';
import type { SourceKind } from '../../src/flow/coverage.js';
import { BytePacker } from '../../src/packing/byte-packer.js';
import { ByteUnpacker } from '../../src/packing/byte-unpacker.js';

function note(coverage: Coverage, named: number, times: readonly number[]): void {
  coverage.note(Float64Array.from(times), new Uint16Array(times.length).fill(named), times.length);
}

const kind = (file: number, name = 'eth0'): SourceKind => ({ file, linkType: 1, name });

function packedAndBack(coverage: Coverage): Coverage {
  const to = new BytePacker();
  coverage.pack(to);
  const from = new ByteUnpacker(to.bytes());
  const back = Coverage.unpack(from);
  from.finish();
  return back;
}

/**
 * What a file captured: how long after the one before it begins, the pauses between its packets, and which a connection
 * bridges.
 */
const file = fc.record({
  after: fc.integer({ min: 0, max: 8000 }),
  pauses: fc.array(fc.tuple(fc.integer({ min: 1, max: 8000 }), fc.boolean()), { maxLength: 4 }),
  /** Since how long before it begins a connection has been silent that goes on with it. */
  silent: fc.option(fc.integer({ min: 0, max: 20_000 })),
  isAwaited: fc.boolean(),
  isOther: fc.boolean(),
});

test('sources that are folded file by file say of every silence what all of them say together', () => {
  fc.assert(fc.property(fc.array(file, { minLength: 1, maxLength: 8 }), (captured) => {
    const [whole, kinds] = [new Coverage(), [] as SourceKind[]];
    let folded = new Coverage();
    let known: SourceKind[] = [];
    // The number of each source among the folded ones.
    let numbers = new Map<number, number>();
    let now = 0;
    captured.forEach(({ after, pauses, silent, isAwaited, isOther }, at) => {
      const times = [(now += after * SECOND + 1), ...pauses.map(([pause]) => (now += pause * SECOND))];
      kinds.push(kind(at, isOther ? 'eth1' : 'eth0'));
      known.push(kind(0, isOther ? 'eth1' : 'eth0'));
      const own = known.length - 1;
      numbers.set(at, own);
      for (const [coverage, named] of [[whole, at], [folded, own]] as const) {
        note(coverage, named, times);
        if (silent !== null) coverage.bridge(named, times[0]! - silent * SECOND, times[0]!);
        pauses.forEach(([, isBridged], pause) => isBridged && coverage.bridge(named, times[pause]!, times[pause + 1]!));
      }
      whole.describe(kinds);
      folded.describe(known);
      const { left, moved } = folded.fold(new Set(isAwaited ? [own] : []), new Set(numbers.values()));
      known = left.map((number) => known[number]!);
      numbers = new Map([...numbers].map(([source, number]) => [source, moved.get(number)!]));
      folded = packedAndBack(folded);
      folded.describe(known);
      for (const [source, number] of numbers) {
        expect(folded.gapsOf(number).map(({ from, to }) => [from, to])).toEqual(
          whole.gapsOf(source).map(({ from, to }) => [from, to]),
        );
        for (const time of [0, ...times]) expect(folded.endBehind(number, time)).toBe(whole.endBehind(source, time));
      }
    });
  }), { numRuns: 300 });
});

test('a chain of a thousand files leaves one source, or two while packets of the last one are awaited', () => {
  const coverage = new Coverage();
  let known: SourceKind[] = [];
  for (let at = 0; at < 1000; at++) {
    known.push(kind(0));
    note(coverage, known.length - 1, [at * 60 * SECOND + 1, at * 60 * SECOND + 59]);
    coverage.describe(known);
    const { left } = coverage.fold(new Set(at % 2 === 0 ? [known.length - 1] : []), new Set());
    known = left.map((number) => known[number]!);
    expect(known.length).toBeLessThanOrEqual(2);
  }
  coverage.describe(known);
  expect(coverage.gaps()).toEqual([]);
  expect(coverage.count).toBe(1);
});

test('an interface without a packet has no gaps, nor has it any influence on those of others', () => {
  const coverage = new Coverage();
  coverage.describe([kind(0), { ...kind(0), name: 'eth1' }]);
  note(coverage, 1, [1, 4 * 3600 * SECOND]);
  expect(coverage.gaps()).toEqual([{ interface: 1, from: 1, to: 4 * 3600 * SECOND }]);
  expect(coverage.endBehind(0, 5)).toBe(Infinity);
});
