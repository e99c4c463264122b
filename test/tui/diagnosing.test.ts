import { expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/model.js';
import { Diagnosing } from '../../src/tui/diagnosing.js';
import { analysisOf } from './fixture.js';

test('while packets come in, diagnoses take a twentieth of the time at most; at the end they are those of the whole', () => {
  let [now, made] = [0, 0];
  const snapshot = (): Analysis => {
    const analysis = analysisOf(3);
    Object.defineProperty(analysis, 'diagnoses', {
      enumerable: true,
      get() {
        made++;
        now += 100;
        return [];
      },
    });
    return analysis;
  };
  const diagnosing = new Diagnosing(() => now);
  for (; now < 10_000; now += 1000)
    expect(diagnosing.of(snapshot(), true)).toMatchObject({ diagnoses: [], connectionCount: 3 });
  expect(made).toBeLessThanOrEqual(5);
  const before = made;
  const shown = diagnosing.of(snapshot(), false);
  expect(made).toBe(before + 1);
  expect({ ...shown }.diagnoses).toEqual([]);
  expect(made).toBe(before + 1);
});
