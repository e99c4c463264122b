import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from '../../src/cli/cli.js';
import { kinds } from '../../src/findings/index.js';
import { type FakeHost, fakeHost } from './fake-host.js';

async function explain(...args: string[]): Promise<FakeHost> {
  const host = fakeHost();
  await run(['explain', ...args], host);
  return host;
}

test('without a name, every finding with its title', async () => {
  const { stdout, exitCode } = await explain();
  expect(exitCode).toBe(0);
  expect(stdout.text).toMatch(/^([a-z-]+ +\S.*\n)+$/);
  expect(stdout.text.split('\n').map((line) => line.split(' ')[0])).toEqual(expect.arrayContaining(kinds.map(({ id }) => id)));
});

test('with a name, its page', async () => {
  const { stdout, exitCode } = await explain('half-closed');
  expect(exitCode).toBe(0);
  expect(stdout.text).toBe(readFileSync(new URL('../../docs/findings/half-closed.md', import.meta.url), 'utf8'));
});

test('a slip of the finger is understood', async () => {
  const { stderr, exitCode } = await explain('half-close');
  expect([exitCode, stderr.text]).toEqual([2, 'lastack: there is no finding half-close. Did you mean half-closed?\n']);
});

test.each(['../../package', '/etc/passwd', ''])('%j is no page', async (name) => {
  const { stderr, stdout, exitCode } = await explain(name);
  expect([exitCode, stdout.text]).toEqual([2, '']);
  expect(stderr.text).toMatch(/^lastack: there is no finding .*\. There are: .*half-closed.*\.\n$/);
});
