import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
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
  expect(stdout.text.split('\n').map((line) => line.split(' ')[0])).toEqual(
    expect.arrayContaining(kinds.map(({ id }) => id)),
  );
});

test('with a name, its page', async () => {
  const { stdout, exitCode } = await explain('half-closed');
  expect(exitCode).toBe(0);
  expect(stdout.text).toBe(readFileSync(new URL('../../docs/findings/half-closed.md', import.meta.url), 'utf8'));
});

test('a slip of the finger is understood', async () => {
  const { stderr, exitCode } = await explain('half-close');
  expect([exitCode, stderr.text]).toEqual([
    2, 'lastack: there is no half-close to explain. Did you mean half-closed?\n',
  ]);
});

test.each(['../../package', '/etc/passwd', ''])('%j is no page', async (name) => {
  const { stderr, stdout, exitCode } = await explain(name);
  expect([exitCode, stdout.text]).toEqual([2, '']);
  expect(stderr.text).toMatch(/^lastack: there is no .* to explain\. lastack explain lists the pages; causes, .*\.\n$/);
});

test('a cause is explained, too', async () => {
  const { stdout, exitCode } = await explain('never-accepted');
  expect(exitCode).toBe(0);
  expect(stdout.text).toMatch(/^# `never-accepted`, a cause of half-closed\n/);
});

test('at a terminal the page is drawn: no marks of Markdown, lines that fit, columns for tables', async () => {
  const host = fakeHost({ terminal: true });
  await run(['explain', 'half-closed'], host);
  const lines = host.stdout.text.split('\n');
  expect(lines[0]).toBe('\x1b[1mHalf-closed connection\x1b[22m');
  expect(host.stdout.text).not.toMatch(/^#|\*\*|^\|/m);
  expect(host.stdout.text).toMatch(/^intentional {5}the closer went on acknowledging .* {2}info$/m);
  expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).toBeLessThanOrEqual(100);
});

test('and without colour where that is asked for', async () => {
  const host = fakeHost({ terminal: true });
  await run(['explain', 'leak', '--no-color'], host);
  expect(host.stdout.text).toMatch(/^Leak of sockets\n/);
  expect(host.stdout.text).not.toContain('\x1b');
});
