import { array, assert, boolean, nat, oneof, property, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { TimeOrder } from '../../../src/tui/netstat/time-order.js';

function ordered(times: Float64Array, first: number, last: number): TimeOrder {
  const order = new TimeOrder(times, first, last);
  while (!order.advance());
  return order;
}

/** Nanoseconds, many of them equal; one outlier presses all others into one stretch. */
const times = tuple(array(oneof(nat(20), nat(1_000_000)), { minLength: 1, maxLength: 200 }), boolean())
  .map(([some, hasOutlier]) => Float64Array.from(hasOutlier ? [...some, 3e17] : some));

it('finds the next time and the one before, as looking at all does', () => {
  assert(property(times, nat(1_000_100), (all, time) => {
    const order = ordered(all, Math.min(...all), Math.max(...all));
    const sorted = [...all].toSorted((a, b) => a - b);
    expect(order.nearest(time, 1)).toBe(sorted.find((each) => each > time) ?? time);
    expect(order.nearest(time, -1)).toBe(sorted.findLast((each) => each < time) ?? time);
  }));
});

it('names every row between two moments', () => {
  assert(property(times, nat(1_000_100), nat(1_000_100), (all, a, b) => {
    const [after, until] = [Math.min(a, b), Math.max(a, b)];
    const order = ordered(all, Math.min(...all), Math.max(...all));
    const found = Array.from(order.around(after, until)).filter((row) => all[row]! > after && all[row]! <= until);
    expect(found.toSorted((x, y) => x - y)).toEqual(
      [...all.keys()].filter((row) => all[row]! > after && all[row]! <= until),
    );
  }));
});

it('takes in more rows than one call does', () => {
  const many = Float64Array.from({ length: 200_000 }, (_, row) => (row * 7919) % 200_000);
  const order = ordered(many, 0, 199_999);
  expect(order.nearest(123_456, 1)).toBe(123_457);
  expect(order.around(-1, 200_000)).toHaveLength(200_000);
});

it('has no rows where nothing was entered', () => {
  expect(ordered(new Float64Array(0), 0, 0).nearest(5, 1)).toBe(5);
});
