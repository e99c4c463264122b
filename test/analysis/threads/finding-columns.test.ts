import { expect, test } from 'vitest';

import { analyze } from '../../../src/analysis/analyze.js';
import { fromColumns, toColumns } from '../../../src/analysis/threads/finding-columns.js';

test('findings come out of their columns as they went in, their fields in the same order', async () => {
  const { findings } = await analyze(['captures/showcase.pcapng']);
  expect(findings.length).toBeGreaterThan(5);
  const back = fromColumns(structuredClone(toColumns(findings)));
  expect(back).toEqual(findings);
  expect(JSON.stringify(back)).toBe(JSON.stringify(findings));
});
