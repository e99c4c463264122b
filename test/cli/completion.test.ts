import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commands, run } from '../../src/cli/cli.js';
import { commandLines } from '../../src/cli/command-line.js';
import { SHELLS } from '../../src/cli/completion.js';
import { shells } from '../../src/cli/completion/shells.js';
import { vocabulary } from '../../src/cli/completion/vocabulary.js';
import { fakeHost } from './fake-host.js';

const table = commandLines(commands(fakeHost()));

test('a shell on the command line is one that is written for', () => {
  expect(SHELLS).toEqual(Object.keys(shells));
});

test.each(SHELLS)('%s: every command and every option is in the script', async (shell) => {
  const host = fakeHost();
  await run(['completion', shell], host);
  expect([host.exitCode, host.stderr.text, host.stdout.text]).toEqual([0, '', shells[shell](table, vocabulary)]);
  for (const { name, options } of table) {
    expect(host.stdout.text).toContain(name);
    for (const { long } of options)
      expect(host.stdout.text).toContain(shell === 'fish' ? ` -l ${long.slice(2)}` : long);
  }
});

test('an unknown shell', async () => {
  const host = fakeHost();
  await run(['completion', 'tcsh'], host);
  expect([host.exitCode, host.stderr.text]).toEqual([
    2, "lastack: shell 'tcsh' is invalid. Allowed choices are bash, zsh, fish.\n",
  ]);
});

describe('in bash', () => {
  const script = `${shells.bash(table, vocabulary)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lastack; printf '%s\\n' "\${COMPREPLY[@]}"`;
  /** What is offered where the last word is being typed. */
  const offered = (...words: string[]): string[] =>
    execFileSync('bash', ['-c', script, 'bash', 'lastack', ...words], { encoding: 'utf8' })
      .split('\n')
      .filter((word) => word !== '');

  test.each([
    [['re'], ['report']],
    [['explain', 'half'], ['half-closed', 'half-open']],
    [['completion', ''], ['bash', 'zsh', 'fish']],
    [['report', '--fo'], ['--format']],
    [['report', '-f', 'm'], ['markdown']],
    [['report', '--format', '=', 'm'], ['markdown']], // Readline makes three words of --format=m.
    [['netstat', 'x.pcap', '--format', ''], ['text', 'ndjson', 'json', 'csv']],
    [['extract', 'x.pcap', '--cause', 'ki'], ['killed']],
    [['x.pcap', '--th'], ['--theme']],
    [['report', 'x'], []], // Files are left to readline.
    [['report', '-o', 'x'], []],
  ])('%j: %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

const installed = (['zsh', 'fish'] as const).filter((shell) => spawnSync(shell, ['--version']).error === undefined);

test.each(installed)('%s understands its script', (shell) => {
  const { status, stderr } = spawnSync(shell, ['-n'], { input: shells[shell](table, vocabulary), encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('descriptions cannot break out of their quotes', () => {
  const [root] = table;
  if (root === undefined) throw new Error('there is no command');
  const hostile = "it's [odd]: \\ 'quoted'";
  const odd = [{ ...root, name: 'odd', summary: hostile, options: [{ ...root.options[0]!, description: hostile }] }];
  expect(shells.zsh(odd, vocabulary)).toContain(String.raw`[it'\''s \[odd\]\: \\ '\''quoted'\'']`);
  expect(shells.fish(odd, vocabulary)).toContain(String.raw`-d 'it\'s [odd]: \\ \'quoted\''`);
});
