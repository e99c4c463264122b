import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Diagnosis } from '../../src/analysis/model.js';
import { render } from '../../src/report/render.js';

interface Recording {
  readonly set: string;
  readonly name: string;
  readonly capture: string;
}
interface Told {
  readonly diagnosis: Diagnosis | null;
  readonly lines: string;
}
const told: {
  readonly shared: string;
  readonly storied: () => readonly Recording[];
  readonly toldFirst: (library: object, capture: string) => Promise<Told>;
  readonly lacks: (told: Told) => readonly string[];
  readonly tableOf: (
    library: object, recordings: readonly Recording[], named: (one: Recording) => string,
  ) => Promise<string>;
} = await import(new URL('../../scripts/world/told-first.mjs', import.meta.url).href);

const library = { analyze, render };

describe.skipIf(!existsSync(told.shared))('recordings whose fault is known', () => {
  const recordings = told.storied();

  test('are there', () => {
    expect(recordings.filter(({ set }) => set === 'software').length).toBeGreaterThan(30);
  });

  test.each(recordings.filter(({ set }) => set === 'software').map((one) => [one.name, one] as const))(
    '%s: the first three lines say who, the number, and what to change',
    async (_name, { capture }) => {
      const first = await told.toldFirst(library, capture);
      expect([first.lines, told.lacks(first)]).toEqual([first.lines, []]);
    },
  );

  test('stand in docs/diagnoses/README.md as they are told: node scripts/world/told-first.mjs writes it', async () => {
    const table = await told.tableOf(library, recordings, ({ name }) => name);
    expect(readFileSync(new URL('../../docs/diagnoses/README.md', import.meta.url), 'utf8')).toContain(`\n${table}\n`);
  });
});

test('who is missing in the first lines, or the number, or what to change, is noticed', () => {
  const diagnosis = { severity: 'error', by: { role: 'server', address: '10.0.0.2' }, service: null } as Diagnosis;
  expect(told.lacks({ diagnosis: null, lines: '' })).toEqual(['a diagnosis']);
  expect(told.lacks({ diagnosis, lines: 'error  something is wrong' })).toEqual([
    'who', 'the number', 'what to change',
  ]);
  expect(told.lacks({ diagnosis, lines: 'error  10.0.0.2 closes after 5.00 s (3 of 3) > Raise it' })).toEqual([]);
});
