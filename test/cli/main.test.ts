import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const main = path('dist/cli/main.js');
const showcase = path('captures/showcase.pcapng');

beforeAll(() => {
  if (!existsSync(main)) throw new Error('npm run build makes the program that these tests start');
});

function lastack(args: readonly string[], input?: Buffer): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8', input, maxBuffer: 1e9,
  });
  return { status, stdout, stderr };
}

async function ending(child: ChildProcess): Promise<[status: number | null, signal: NodeJS.Signals | null]> {
  const [status, signal] = await once(child, 'close');
  return [status, signal];
}

test('a file through a pipe is the same capture', () => {
  const fromFile = lastack(['report', showcase, '-f', 'ndjson']);
  const fromPipe = lastack(['report', '-', '-f', 'ndjson'], readFileSync(showcase));
  expect(fromFile.stderr).toBe('');
  expect(fromFile.status).toBe(1);
  expect(fromPipe.status).toBe(1);
  expect(fromPipe.stdout.split('\n').slice(1)).toEqual(fromFile.stdout.split('\n').slice(1));
});

test('several threads, which the program starts itself, say what one says', () => {
  const [one, three] = ['1', '3'].map((jobs) => lastack(['report', showcase, '-f', 'ndjson', '--jobs', jobs]).stdout);
  expect(three).toBe(one);
  expect(three).toContain('"type":"group"');
});

test('a flow of a piped capture can be read again', () => {
  const fromPipe = lastack(['flow', '-', '0'], readFileSync(showcase));
  expect(fromPipe).toEqual(lastack(['flow', showcase, '0']));
  expect(fromPipe.status).toBe(0);
});

test('netstat takes many moments', () => {
  const { status, stdout } = lastack([
    'netstat', showcase, '-f', 'ndjson', '--at', '+0.5', '--at', '+1', '--fin-timeout', '6s', '--time-wait', '60s',
  ]);
  expect(status).toBe(0);
  expect(new Set(stdout.trimEnd().split('\n').map((line) => JSON.parse(line).time)).size).toBe(2);
});

test.each([
  [['report', path('captures/no-such.pcap')], /^lastack: .*no-such\.pcap.*\n$/],
  [['report', main], /^lastack: .*main\.js.*\n$/],
])('what cannot be read is one line and status 2', (args, message) => {
  const { status, stdout, stderr } = lastack(args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

test('a reader that closes its end is no error', async () => {
  const child = spawn(process.execPath, [main, 'report', showcase, '-f', 'ndjson', '--fail-on', 'never'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  expect(await ending(child)).toEqual([0, null]);
  expect(stderr).toBe('');
});

test('a full disk is told', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [main, 'report', showcase], {
    stdio: ['ignore', full, 'pipe'], encoding: 'utf8',
  });
  closeSync(full);
  expect(status).toBe(2);
  expect(stderr).toBe(
    'lastack: the disk is full (ENOSPC): not all of the output is written; make room, or write elsewhere\n',
  );
});

/** Until a command that was started listens: nothing on its outputs would say so. Some starts of it are long enough. */
async function listening(): Promise<void> {
  const begin = performance.now();
  spawnSync(process.execPath, [main, 'explain', 'leak']);
  await new Promise((resolve) => setTimeout(resolve, Math.max(1_000, 5 * (performance.now() - begin))));
}

test('Ctrl-C while a pipe is silent ends with 130', async () => {
  const child = spawn(process.execPath, [main, 'report', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.write(readFileSync(showcase).subarray(0, 400));
  await listening();
  child.kill('SIGINT');
  expect(await ending(child)).toEqual([130, null]);
});

/** Bytes of the showcase that end where a packet does. */
const WHOLE_BLOCKS = 199_964;

/** Reads the beginning of a capture, is interrupted, and must come to its end by itself. */
async function interrupted(...args: readonly string[]): Promise<{ ending: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const end = ending(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // All but what fits into the pipe has been read then.
  await new Promise<void>((resolve) => {
    child.stdin.write(readFileSync(showcase).subarray(0, WHOLE_BLOCKS), () => resolve());
  });
  await listening(); // Until it has read the rest, too, and waits for more.
  child.kill('SIGINT');
  return { ending: await end, stdout, stderr };
}

describe('Ctrl-C while a pipe goes on', () => {
  test('what had been read is reported, as a part', async () => {
    const { ending: status, stdout, stderr } = await interrupted('report', '-', '-f', 'ndjson');
    const records = stdout.trimEnd().split('\n').map((line): { type: string; partial?: boolean } => JSON.parse(line));
    const flows = records.filter(({ type }) => type === 'flow').length;
    expect([status, records[0]?.partial, stderr]).toEqual([
      [130, null], true, 'lastack: interrupted; the report tells of what had been read\n',
    ]);
    expect(flows).toBeGreaterThan(50);
    expect(flows).toBeLessThan(527);
  });

  test('so it is in a file, and without a command', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
    try {
      expect(await interrupted('-', '-o', join(folder, 'report.txt'), '-q')).toEqual({
        ending: [130, null], stdout: '', stderr: '',
      });
      expect(readFileSync(join(folder, 'report.txt'), 'utf8')).toContain(
        'partial      reading was interrupted: the rest is not in this report\n',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('HTML draws the ladders of what was read', async () => {
    const { ending: status, stdout } = await interrupted('report', '-', '-f', 'html');
    expect(status).toEqual([130, null]);
    expect(stdout).toContain('reading was interrupted');
    expect(stdout).toMatch(/<svg[^]*<\/html>\s*$/);
  });

  test('of sockets there is nothing that could be half told', async () => {
    expect(await interrupted('netstat', '-')).toEqual({ ending: [130, null], stdout: '', stderr: '' });
  });
});

/** Runs a command in a pipe, and answers what it loaded. */
function loadedBy(...args: readonly string[]): { stdout: string; scripts: string[]; modules: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
  try {
    // Coverage lists every script that was loaded.
    const { stdout } = spawnSync(process.execPath, [main, ...args], {
      encoding: 'utf8', env: { ...process.env, NODE_V8_COVERAGE: folder },
    });
    const scripts = readdirSync(folder).flatMap((name): string[] => {
      const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      return result.map(({ url }) => url);
    });
    // The build says which modules are in which file.
    const madeOf: Record<string, string[]> = JSON.parse(readFileSync('dist/modules.json', 'utf8'));
    const modules = scripts.flatMap((url) => madeOf[/\/dist\/(.*)$/.exec(url)?.[1] ?? ''] ?? []);
    expect(modules.filter((name) => name.startsWith('src/cli/')).length).toBeGreaterThan(5);
    return { stdout, scripts, modules };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('help is there at once: it loads neither the analysis nor the screen', () => {
  const { stdout, scripts, modules } = loadedBy('--help');
  expect(stdout.slice(0, 9)).toBe('Examples:');
  expect(modules.filter((name) => /^src\/(capture|decode|flow|tcp|findings|tui|analysis)\//.test(name))).toEqual([]);
  expect(modules.filter((name) => /^node_modules\/(ink|react|yoga-layout)\//.test(name))).toEqual([]);
  expect(scripts.filter((url) => url.includes('/node_modules/'))).toEqual([]);
});

test('in a pipe both ends load no screen, and the report of a capture nothing of both ends', () => {
  const [client, server] = ['client', 'server'].map((tap) => `captures/between/one-way.${tap}.pcapng`);
  const both = loadedBy('between', client!, server!);
  expect(both.stdout).toContain('road-cut');
  expect(both.modules.filter((name) => /^src\/tui\/|^node_modules\/(ink|react)/.test(name))).toEqual([]);
  const { modules } = loadedBy('report', client!);
  expect(modules.filter((name) => /^src\/(tui|between|report\/between)\//.test(name))).toEqual([]);
});
