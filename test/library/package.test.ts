import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, test } from 'vitest';

const manifest: { exports: Record<string, unknown> } = JSON.parse(readFileSync('package.json', 'utf8'));

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: '.', strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, { ...manifest }, { color: false }))).toEqual([]);
});

test('the library loads no terminal code, and says and hears nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
  try {
    const program =
      "await import('lastack'); process.stdout.write(JSON.stringify(process.eventNames().filter((name) => " +
      '/^SIG|^uncaught|^unhandled/.test(String(name)))))';
    // Coverage lists every script that was loaded.
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8', env: { ...process.env, NODE_V8_COVERAGE: folder },
    });
    const scripts = readdirSync(folder).flatMap((name): string[] => {
      const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      return result.map(({ url }) => url);
    });
    expect([status, stdout, stderr]).toEqual([0, '[]', '']);
    // The build says which modules are in which file.
    const madeOf: Record<string, string[]> = JSON.parse(readFileSync('dist/modules.json', 'utf8'));
    const modules = scripts.flatMap((url) => madeOf[/\/dist\/(.*)$/.exec(url)?.[1] ?? ''] ?? []);
    expect(modules.length).toBeGreaterThan(50);
    expect(
      modules.filter((name) => /^src\/(cli|tui)\/|^node_modules\/(ink|react|commander|@commander-js)\//.test(name)),
    ).toEqual([]);
    expect(scripts.filter((url) => url.includes('/node_modules/'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
