import { expect, test } from 'vitest';
import { TestTerminal } from '../tui/terminal.js';

const explain = (word: string, environment: Record<string, string>, rows = 24): TestTerminal =>
  new TestTerminal([process.execPath, 'dist/cli/main.js', 'explain', word], {
    rows, environment: { PAGER: '', LESS: '', ...environment },
  });

test('a page longer than the terminal goes through the pager that is set', async () => {
  const terminal = explain('half-closed', { PAGER: 'cat -n | head -n 3; echo paged' });
  await terminal.until('paged');
  expect(terminal.rows().slice(0, 4)).toEqual([
    '     1  Half-closed connection', '     2', expect.stringMatching(/^     3  One side said FIN/), 'paged',
  ]);
  expect((await terminal.exited).exitCode).toBe(0);
});

test('one that fits is written at once, and so is any without a pager', async () => {
  const fits = explain('certain', { PAGER: 'echo paged' });
  await fits.until('nothing else could have sent these packets');
  await fits.exited;
  expect(fits.output).not.toContain('paged');
  const without = explain('half-closed', { PAGER: 'cat' });
  await without.until('tcp.connection.fin_passive');
  expect((await without.exited).exitCode).toBe(0);
});

// The pseudo-terminal may lose the last output of a program that ends at once: then it is looked at again.
test('a pager that is not there does not take the page away', { retry: 2 }, async () => {
  const terminal = explain('half-closed', { PAGER: 'no-such-pager-here' });
  await terminal.until('tcp.connection.fin_passive');
  expect((await terminal.exited).exitCode).toBe(0);
});
