import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What `npm run new` begins is written into a copy of the project, which must still compile, and whose tests must say
// what is left to do.

const folder = mkdtempSync(join(tmpdir(), 'lastack-new-'));
const project = resolve('.');

function run(script: string, ...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

beforeAll(() => {
  for (const part of [
    'src', 'scripts', 'schema', 'test', 'docs', 'captures', 'package.json', 'tsconfig.json', 'vitest.config.ts',
    'CONTRIBUTING.md',
  ]) {
    cpSync(join(project, part), join(folder, part), { recursive: true });
  }
  for (const part of ['node_modules', 'dist']) symlinkSync(join(project, part), join(folder, part));
});

afterAll(() => rmSync(folder, { recursive: true }));

const beginnings = [
  [
    'detector', 'late-answer',
    ['src/findings/late-answer.ts', 'test/findings/late-answer.test.ts', 'docs/findings/late-answer.md'],
  ],
  ['screen', 'worst-groups', ['src/tui/worst-groups/screen.ts', 'src/tui/worst-groups/source.ts']],
  ['format', 'plain-table', ['src/report/plain-table.ts', 'test/report/plain-table.test.ts']],
  ...(existsSync('src/diagnoses')
    ? [['diagnosis', 'slow-leak', ['src/diagnoses/slow-leak.ts', 'test/diagnoses/slow-leak.test.ts']] as const]
    : []),
] as const;

describe('npm run new', () => {
  it.each(beginnings)('-- %s %s', (kind, name, files) => {
    expect(run('scripts/new.mjs', kind, name)).toMatchObject({
      status: 0, said: expect.stringContaining(`wrote   ${files[0]}`),
    });
    expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
    expect(run('scripts/new.mjs', kind, name)).toMatchObject({
      status: 2, said: expect.stringContaining('there already'),
    });
  });

  it('leaves what compiles', () => {
    expect(run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit')).toEqual({ status: 0, said: '' });
  }, 60_000);

  it('leaves tests that hold for a screen and a format at once, and fail for a detector that finds nothing yet', () => {
    const tests = [
      'test/findings/late-answer.test.ts', 'test/report/plain-table.test.ts', 'test/report/partial.test.ts',
      'test/tui/screens.test.ts', 'test/tui/keys.test.ts',
    ];
    const { said } = run('node_modules/vitest/vitest.mjs', 'run', '--reporter=tap-flat', ...tests);
    expect(said.split('\n').filter((line) => line.startsWith('not ok'))).toEqual([
      expect.stringContaining('what the wire shows where it is so'),
    ]);
  }, 60_000);

  it('refuses what it does not know', () => {
    expect(run('scripts/new.mjs', 'protocol', 'quic')).toMatchObject({
      status: 2, said: expect.stringContaining('usage:'),
    });
    expect(run('scripts/new.mjs', 'detector', '../Up')).toMatchObject({
      status: 2, said: expect.stringContaining('usage:'),
    });
  });
});
