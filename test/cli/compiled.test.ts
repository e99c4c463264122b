import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import type { CompiledIndex } from '../../src/cli/compiled.js';

/** Tells at the end, on stderr, of which files V8 took the compiled code that it was given, and of which not. */
const witness = `
const vm = require('node:vm');
const told = {};
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    const said = options.cachedData === undefined ? 'without' : this.cachedDataRejected ? 'refused' : 'taken';
    (told[said] ??= []).push(options.filename);
  }
};
process.on('exit', () => process.stderr.write(JSON.stringify(told)));
`;

const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
writeFileSync(join(folder, 'witness.cjs'), witness);
for (const path of ['package.json', 'dist/cli', 'dist/program']) cpSync(path, join(folder, path), { recursive: true });
const compiled = readFileSync('dist/program/compiled.bin');
const behind = compiled.indexOf('\n') + 1;
const index: CompiledIndex = JSON.parse(compiled.toString('latin1', 0, behind));

afterAll(() => rmSync(folder, { recursive: true }));

/** Reports a recording by a copy of the program that has this in place of its compiled code. */
function reported(code: Buffer | null): { status: number | null; stdout: string; told: Record<string, string[]> } {
  const path = join(folder, 'dist/program/compiled.bin');
  rmSync(path, { force: true });
  if (code !== null) writeFileSync(path, code);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', join(folder, 'witness.cjs'), join(folder, 'dist/cli/main.cjs'), 'report', 'captures/forgotten-close.pcapng'],
    { encoding: 'utf8' },
  );
  return { status, stdout, told: JSON.parse(stderr) };
}

const withIndex = (changed: CompiledIndex): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(changed)}\n`), compiled.subarray(behind)]);

describe('compiled code', () => {
  const { told, ...whole } = reported(compiled);

  test('V8 takes it for every file that a report needs', () => {
    expect(whole.stdout).toContain('forgotten-close.pcapng');
    expect(Object.keys(told)).toEqual(['taken']);
    const madeOf: Record<string, string[]> = JSON.parse(readFileSync('dist/modules.json', 'utf8'));
    const modules = told['taken']!.flatMap((name) => madeOf[name.replace('lastack/dist/', '')]!);
    for (const name of ['cli/cli', 'capture/capture', 'analysis/pipeline', 'diagnoses/index', 'report/text'])
      expect(modules).toContain(`src/${name}.ts`);
  });

  const names = Object.keys(index.files);
  const damaged = Buffer.from(compiled);
  for (let at = behind; at < damaged.length; at += 64) damaged[at]! ^= 0xff;
  test.each([
    ['is none', null, {}],
    ['is of another V8', withIndex({ ...index, of: 'another' }), {}],
    ['is cut off in its first line', compiled.subarray(0, 100), {}],
    ['is empty', Buffer.alloc(0), {}],
    ['is damaged all over', damaged, { without: told['taken'] }],
    ['says that it lies elsewhere', withIndex({
      ...index, files: Object.fromEntries(names.map((name) => [name, [compiled.length, 10, 100] as const])),
    }), { without: told['taken'] }],
    ['is of other files', withIndex({
      ...index, files: Object.fromEntries(names.map((name, at) => [name, index.files[names.at(at - 1)!]!])),
    }), { refused: told['taken'] }],
  ])('where it %s, the same is told', (_what, code, expected) => {
    expect(reported(code)).toEqual({ ...whole, told: expected });
  });
});
