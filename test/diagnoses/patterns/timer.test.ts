import { expect, test } from 'vitest';

import { SECOND } from '../../../src/base/time.js';
import { timerOf } from '../../../src/diagnoses/patterns/timer.js';

const measured = (...seconds: readonly number[]): { value: number; of: number }[] =>
  seconds.map((value, of) => ({ value: value * SECOND, of }));

test('three within two percent are a timer; its value is the shortest', () => {
  const timer = timerOf(measured(5.003, 5.024, 5.01))!;
  expect([timer.value / SECOND, timer.spread / SECOND, timer.members.length, timer.coarse]).toEqual([
    5.003, expect.closeTo(0.021), 3, false,
  ]);
  expect(timer.chance).toBeLessThan(1e-5);
});

test('two are none, and neither are values that lie anywhere', () => {
  expect(timerOf(measured(5, 5.01))).toBeNull();
  expect(timerOf(measured(1.2, 2.9, 3.1, 4.4, 6.8, 9.1, 7.7))).toBeNull();
  expect(timerOf([])).toBeNull();
});

test('a band among as many others near it is none: they would lie so by chance', () => {
  expect(timerOf(measured(5, 5.01, 5.02, 3, 3.4, 3.9, 4.3, 6, 6.7, 7.4, 8.3))).toBeNull();
});

test('a clock of whole seconds is told only where it is allowed', () => {
  const values = measured(5.08, 5.2, 5.4, 5.5, 5.7, 5.8, 5.9, 6);
  expect(timerOf(values)).toMatchObject({ coarse: true, value: 5.08 * SECOND });
  expect(timerOf(values, false)).toBeNull();
});

test('what is too short for a network to tell is no timer', () => {
  expect(timerOf(measured(0.05, 0.05, 0.05, 0.05))).toBeNull();
});

test('thousands of values', () => {
  const timer = timerOf(measured(...Array.from({ length: 5000 }, (_, index) => 60 + (index % 100) / 1000)))!;
  expect(timer.members.length).toBe(5000);
  expect(timer.chance).toBe(0);
});
