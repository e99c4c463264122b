import { expect, test, vi } from 'vitest';
import type { Analysis, AnalysisOptions } from '../../../src/analysis/model.js';
import { run } from '../../../src/cli/cli.js';
import { fakeHost } from '../../cli/fake-host.js';
import { analysis, connection } from '../analysis-fixture.js';

const analyze = vi.hoisted(() => vi.fn<(paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>>());
vi.mock('../../../src/analysis/analyze.js', () => ({ analyze }));

test.each([
  ['html', true], ['text', undefined],
] as const)('-f %s: a piped capture is kept for a second reading: %s', async (format, spool) => {
  analyze.mockResolvedValue(analysis({ connections: [connection()] }));
  const host = fakeHost();
  await run(['report', '-', '-f', format], host);
  expect(analyze.mock.lastCall?.[1].spool).toBe(spool);
  expect(host.stdout.text.startsWith('<!DOCTYPE html>\n')).toBe(format === 'html');
  expect(host.stdout.text).toContain('The one connection shows nothing wrong.');
});
