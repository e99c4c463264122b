import { expect, test } from 'vitest';
import { overview } from '../../src/overview/overview.js';
import { analysis, at, connection, stateEntry } from '../report/analysis-fixture.js';
import { recording } from './recordings.js';

/** A server that enters CLOSE-WAIT at second 10, and what it does next. */
function stay(id: number, next: readonly ['LAST-ACK' | 'CLOSED', seconds: number] | null) {
  const server = [stateEntry('CLOSE-WAIT', 10, 7), ...(next === null ? [] : [stateEntry(next[0], next[1], 8)])];
  return connection({ id, observedUntil: at(99), states: { client: [], server } });
}

test('stays are told apart by how they ended and sorted into spans that people think in', () => {
  const connections = [
    stay(0, ['LAST-ACK', 10.5]), stay(1, ['LAST-ACK', 11]), stay(2, ['LAST-ACK', 15]), stay(3, ['CLOSED', 70]),
    stay(4, null), stay(5, ['CLOSED', 200]),
  ];
  const { ages } = overview(analysis({ connections, capture: { last: at(99) } }));
  expect({ total: ages.total, brief: ages.brief, long: ages.long }).toEqual({ total: 6, brief: 1, long: 5 });
  const told = ages.buckets.map(({ from, to, closed, killed, lasting, total }) => [
    from / 1e9, to / 1e9, closed, killed, lasting, total,
  ]);
  expect(told).toEqual([
    [1, 5, 1, 0, 0, 1], [5, 15, 1, 0, 0, 1], [15, 30, 0, 0, 0, 0], [30, 60, 0, 0, 0, 0], [60, 120, 0, 1, 2, 3],
    [120, 240, 0, 0, 0, 0], [240, 600, 0, 0, 0, 0], [600, 3600, 0, 0, 0, 0], [3600, Infinity, 0, 0, 0, 0],
  ]);
});

test('in the showcase 56 sockets are never closed, and everyone else closes at once but for one that means it', async () => {
  const { ages } = overview(await recording('showcase'));
  const sum = (pick: (bucket: (typeof ages.buckets)[number]) => number): number =>
    ages.buckets.reduce((sum, bucket) => sum + pick(bucket), 0);
  expect([sum(({ lasting }) => lasting), sum(({ closed }) => closed), sum(({ killed }) => killed)]).toEqual([56, 1, 0]);
});

test('a clock that was set back makes no negative age', () => {
  expect(overview(analysis({ connections: [stay(0, ['LAST-ACK', 3])] })).ages).toMatchObject({
    total: 1, brief: 1, long: 0,
  });
});
