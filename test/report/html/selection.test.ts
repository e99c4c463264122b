import { expect, test } from 'vitest';
import type { CauseOf, Group } from '../../../src/analysis/model.js';
import { detailed, drawn } from '../../../src/report/html/selection.js';
import { analysis, connection, finding } from '../analysis-fixture.js';

/** Groups of these causes, each at a service of its own. */
function groups(...causes: readonly (CauseOf<'half-closed'> | CauseOf<'half-open'>)[]): readonly Group[] {
  const findings = causes.map((cause, flow) =>
    finding({ flow, cause: cause as CauseOf<'half-closed'>, service: { address: '10.0.0.1', port: flow } }),
  );
  return analysis({ connections: causes.map((_, id) => connection({ id })), findings }).groups;
}

const told = (groups: readonly Group[]): string[] => groups.map(({ cause, service }) => `${cause} ${service.port}`);

test('a fault of many services does not hide the others', () => {
  expect(told(detailed(groups('leak', 'leak', 'leak', 'leak', 'leak', 'slow')))).toEqual([
    'leak 0', 'leak 1', 'slow 5',
  ]);
});

test('every kind is drawn once before one is drawn twice, twelve in all', () => {
  expect(told(drawn(groups('leak', 'leak', 'slow', 'slow', 'killed')))).toEqual([
    'leak 0', 'slow 2', 'killed 4', 'leak 1', 'slow 3',
  ]);
  const causes = [
    'leak', 'slow', 'never-accepted', 'killed', 'intentional', 'keepalive-timeout', 'retransmission-timeout',
    'stale-peer',
  ] as const;
  const twice = causes.flatMap((cause) => [cause, cause]);
  expect(told(drawn(groups(...twice)))).toEqual(
    [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7].map((port) => `${twice[port]} ${port}`),
  );
});
