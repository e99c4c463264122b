import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/cli.js';
import { commandLines } from '../../src/cli/command-line.js';
import { fakeHost } from '../cli/fake-host.js';

test('what is made of the commands is as npm run docs makes it', () => {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], { encoding: 'utf8' });
  expect([stdout, status]).toEqual(['', 0]);
});

test('the man page has every command and every option', () => {
  const page = readFileSync('docs/lastack.1', 'utf8').replaceAll(String.raw`\-`, '-');
  for (const { name, options } of commandLines(commands(fakeHost()))) {
    expect(page).toContain(`.B lastack ${name}`.trimEnd());
    for (const { flags } of options) expect(page).toContain(`.B ${flags}\n`);
  }
});

test.skipIf(spawnSync('groff', ['--version']).error !== undefined)('groff has nothing to complain of', () => {
  expect(spawnSync('groff', ['-man', '-ww', '-Tutf8', 'docs/lastack.1'], { encoding: 'utf8' }).stderr).toBe('');
});
