import { expect, test } from 'vitest';
import type { Group } from '../../../src/analysis/model.js';
import { detailed, drawn } from '../../../src/report/html/selection.js';
import { analysis, connection, finding } from '../analysis-fixture.js';

/** Groups of these causes, each at a service of its own. */
function groups(...causes: readonly string[]): readonly Group[] {
  const findings = causes.map((cause, flow) => finding({ flow, cause, service: { address: '10.0.0.1', port: flow } }));
  return analysis({ connections: causes.map((_, id) => connection({ id })), findings }).groups;
}

const told = (groups: readonly Group[]): string[] => groups.map(({ cause, service }) => `${cause} ${service.port}`);

test('a fault of many services does not hide the others', () => {
  expect(told(detailed(groups('leak', 'leak', 'leak', 'leak', 'leak', 'slow')))).toEqual(['leak 0', 'leak 1', 'slow 5']);
});

test('every kind is drawn once before one is drawn twice, twelve in all', () => {
  expect(told(drawn(groups('leak', 'leak', 'slow', 'slow', 'killed')))).toEqual(['leak 0', 'slow 2', 'killed 4', 'leak 1', 'slow 3']);
  const kinds = Array.from({ length: 8 }, (_, kind) => [`kind ${kind}`, `kind ${kind}`]).flat();
  expect(told(drawn(groups(...kinds)))).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7].map((port) => `kind ${Math.floor(port / 2)} ${port}`));
});
