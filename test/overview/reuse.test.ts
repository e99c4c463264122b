import { expect, test } from 'vitest';
import { REUSE_OUTCOMES, type Reuse, overview } from '../../src/overview/overview.js';
import { analysis, at, connection, finding, stateEntry } from '../report/analysis-fixture.js';
import { recording } from './recordings.js';

/** Connections on one five-tuple, opened at these seconds, each in TIME-WAIT from a second later on. */
function again(...seconds: readonly number[]) {
  return seconds.map((second, id) => connection({
    id, start: at(second), previous: id === 0 ? null : id - 1,
    states: { client: [stateEntry('SYN-SENT', second, 1), stateEntry('TIME-WAIT', second + 1, 7)], server: [] },
  }));
}

/** `5-15 s: 7 accepted`, only what is not empty. */
function told({ buckets }: Reuse): string[] {
  return buckets.flatMap((bucket) => REUSE_OUTCOMES.flatMap((outcome) =>
    (bucket[outcome] === 0 ? [] : [`${bucket.from / 1e9}-${bucket.to / 1e9} s: ${bucket[outcome]} ${outcome}`])));
}

test('intervals count from TIME-WAIT to the next SYN, and are told by what came of it', () => {
  const findings = [
    finding({ flow: 1, id: 'time-wait-reuse', cause: 'accepted', severity: 'info' }),
    finding({ flow: 2, id: 'time-wait-reuse', cause: 'collision' }),
  ];
  const { reuse } = overview(analysis({ connections: again(0, 8, 40, 200, 220), findings }));
  expect(told(reuse)).toEqual([
    '5-15 s: 1 accepted', '15-30 s: 1 unknown', '30-60 s: 1 collision', '120-240 s: 1 later',
  ]);
  expect([reuse.total, reuse.early, reuse.timeWaits]).toEqual([4, 3, [at(60)]]);
});

test('the length of TIME-WAIT is that of the host that holds it, unless it was set', () => {
  const windows = { address: '10.77.1.2', profile: 'windows' as const, set: false, because: '' };
  const of = { ...analysis({ connections: again(0, 100) }), hosts: [windows] };
  expect(overview(of).reuse).toMatchObject({ early: 1, timeWaits: [at(120)] });
  expect(overview({ ...of, options: { timeWait: at(30) } }).reuse).toMatchObject({ early: 0, timeWaits: [at(30)] });
});

test('a five-tuple that comes again after a reset was never in TIME-WAIT', () => {
  const connections = again(0, 8).map((each) => ({ ...each, states: { client: [], server: [] } }));
  expect(overview(analysis({ connections })).reuse).toMatchObject({ total: 0, early: 0, timeWaits: [] });
});

test.each([
  ['showcase', ['0.001-0.01 s: 1 collision', '5-15 s: 7 accepted']],
  ['clean-close-by-client', []],
] as const)('%s', async (name, wanted) => {
  expect(told(overview(await recording(name)).reuse)).toEqual(wanted);
});
