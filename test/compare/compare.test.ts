import { expect, test } from 'vitest';
import { newAgainst } from '../../src/compare/baseline.js';
import { compare } from '../../src/compare/compare.js';
import { Tally, tallyOf } from '../../src/compare/tally.js';
import type { Group, Severity } from '../../src/analysis/model.js';
import { analysis, connection, finding, server } from '../report/analysis-fixture.js';

const web = { address: '10.0.0.1', port: 80 };
const database = { address: '2001:db8::1', port: 5432 };

type Row = readonly [service: typeof web, finding: string, cause: string | null, flows: number, severity?: Severity];

/** Services with their connections, then findings. */
function tally(traffic: readonly (readonly [typeof web, number])[], rows: readonly Row[] = []): Tally {
  const made = new Tally();
  for (const [service, flows] of traffic) for (let flow = 0; flow < flows; flow++) made.addFlow(service);
  for (const [service, id, cause, flows, severity = 'error'] of rows)
    made.addGroup(id, cause, severity, service, flows);
  return made;
}

const outcomes = (before: Tally, after: Tally): string[] =>
  compare(before, after).flatMap(({ service, changes }) =>
    changes.map((change) => `${service} ${change.finding} ${change.outcome}`),
  );

test('an analysis is counted by service, finding and cause', () => {
  const { services, flows } = tallyOf(
    analysis({
      connections: [connection(), connection({ id: 1, server: web })],
      findings: [finding(), finding({ flow: 1, service: web, cause: 'slow' })],
    }),
  );
  expect(flows).toBe(2);
  expect(
    [...services.values()].map(({ service, flows: number, findings }) => [service, number, [...findings.values()]]),
  ).toEqual([
    ['10.77.2.2:10007', 1, [{ finding: 'half-closed', cause: 'leak', severity: 'error', flows: 1 }]],
    ['10.0.0.1:80', 1, [{ finding: 'half-closed', cause: 'slow', severity: 'error', flows: 1 }]],
  ]);
});

test('rates decide, not counts: ten times the traffic with twice the leaks is better', () => {
  const [before, after] = [
    tally([[web, 100]], [[web, 'half-closed', 'leak', 50]]), tally([[web, 1_000]], [[web, 'half-closed', 'leak', 100]]),
  ];
  expect(compare(before, after)).toEqual([{
    service: '10.0.0.1:80', before: 100, after: 1_000,
    changes: [{
      finding: 'half-closed', cause: 'leak', severity: 'error', outcome: 'better',
      before: { flows: 50, perThousand: 500 }, after: { flows: 100, perThousand: 100 },
    }],
  }]);
  expect(outcomes(after, before)).toEqual(['10.0.0.1:80 half-closed worse']);
});

/** Of a thousand connections. */
const refused = (flows: number): Tally => tally([[web, 1_000]], [[web, 'refused', null, flows]]);

test('what chance explains is the same', () => {
  expect(outcomes(refused(3), refused(5))).toEqual(['10.0.0.1:80 refused same']);
  expect(outcomes(refused(3), refused(20))).toEqual(['10.0.0.1:80 refused worse']);
  expect(outcomes(refused(1_000), refused(1_000))).toEqual(['10.0.0.1:80 refused same']);
});

test('new, gone, and not to be said: what got worse comes first', () => {
  const before = tally(
    [
      [web, 10], [database, 10],
    ],
    [
      [web, 'refused', null, 2, 'warning'], [database, 'half-closed', 'leak', 3],
    ],
  );
  const after = tally([[web, 10]], [[web, 'half-closed', 'leak', 1], [web, 'half-open', 'stale-peer', 1, 'warning']]);
  expect(outcomes(before, after)).toEqual([
    '10.0.0.1:80 half-closed new', '10.0.0.1:80 half-open new', '10.0.0.1:80 refused gone',
    '[2001:db8::1]:5432 half-closed unseen',
  ]);
});

test('services without findings are not told', () => {
  expect(compare(tally([[web, 10]]), tally([[web, 10], [database, 1]]))).toEqual([]);
});

test('two severities of one finding count together, as the worse one', () => {
  const both = tally(
    [[web, 10]],
    [
      [web, 'half-closed', 'leak', 2, 'warning'], [web, 'half-closed', 'leak', 3, 'error'],
    ],
  );
  expect(both.services.get('10.0.0.1:80')?.findings.get('half-closed/leak')).toEqual({
    finding: 'half-closed', cause: 'leak', severity: 'error', flows: 5,
  });
});

test('a baseline knows findings by service and cause; strictly, by their number too', () => {
  const baseline = tally([[server, 10]], [[server, 'half-closed', 'leak', 3, 'warning']]);
  const [group] = analysis({ findings: [finding({ severity: 'warning' })] }).groups;
  const like = (differences: Partial<Group>): Group => ({ ...group!, ...differences }) as Group;
  const [isNew, isNewStrictly] = [newAgainst(baseline, false), newAgainst(baseline, true)];
  for (const known of [like({}), like({ flows: 3 }), like({ severity: 'info' })])
    expect([isNew(known), isNewStrictly(known)]).toEqual([false, false]);
  for (const fresh of [
    like({ cause: 'slow' }), like({ cause: null }), like({ finding: 'refused' }), like({ service: web }),
    like({ severity: 'error' }),
  ]) {
    expect([isNew(fresh), isNewStrictly(fresh)]).toEqual([true, true]);
  }
  expect([isNew(like({ flows: 4 })), isNewStrictly(like({ flows: 4 }))]).toEqual([false, true]);
});
