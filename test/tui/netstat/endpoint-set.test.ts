import { array, assert, boolean, nat, property, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { EndpointSet } from '../../../src/tui/netstat/endpoint-set.js';

const CAPACITY = 3000;

it('is the sorted set of its members, whatever came and went', () => {
  assert(property(array(tuple(boolean(), nat(CAPACITY - 1)), { maxLength: 400 }), (changes) => {
    const set = new EndpointSet(CAPACITY);
    const plain = new Set<number>();
    for (const [comes, endpoint] of changes) {
      if (comes) {
        set.add(endpoint);
        plain.add(endpoint);
      } else {
        set.delete(endpoint);
        plain.delete(endpoint);
      }
    }
    const members = [...plain].toSorted((a, b) => a - b);
    expect(set.size).toBe(members.length);
    expect(members.map((_, position) => set.at(position))).toEqual(members);
    expect(members.map((endpoint) => set.positionOf(endpoint))).toEqual([...members.keys()]);
    const strangers = [0, 31, 32, 511, 512, CAPACITY - 1, CAPACITY + 9999].filter((endpoint) => !plain.has(endpoint));
    expect(strangers.map((endpoint) => set.positionOf(endpoint))).toEqual(strangers.map(() => -1));
  }));
});

it('is not changed with its copy', () => {
  const set = new EndpointSet(100);
  set.add(7);
  const copy = set.copy();
  copy.add(99);
  copy.delete(7);
  expect([set.size, set.at(0), copy.size, copy.at(0)]).toEqual([1, 7, 1, 99]);
});

it('has room for nobody', () => {
  expect(new EndpointSet(0).size).toBe(0);
});
