import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const showcase = 'captures/showcase.pcapng';

function example(
  name: string, args: readonly string[], input?: Buffer,
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`examples/${name}.mjs`, ...args], {
    encoding: 'utf8', input, maxBuffer: 1e8,
  });
  return { status, stdout, stderr };
}

const runs: Readonly<Record<string, () => void | Promise<void>>> = {
  'leaking-services': () => {
    expect(example('leaking-services', [showcase])).toEqual({
      status: 0, stdout: '198.51.100.20 port 8000: 30 not closed, the longest for 88.295614 s\n', stderr: '',
    });
  },
  'ndjson': () => {
    const { status, stdout } = example('ndjson', [showcase, 'cause leak']);
    const records = stdout.trimEnd().split('\n').map((line): { type: string; filter?: string } => JSON.parse(line));
    expect([status, records[0]?.filter, records.filter(({ type }) => type === 'flow').length]).toEqual([
      0, 'cause leak', 30,
    ]);
  },
  'compare': () => {
    const { status, stdout } = example('compare', [showcase, showcase]);
    expect(stdout).toContain('same   198.51.100.20:8000 half-closed (leak): 258.6 -> 258.6 per thousand\n');
    expect(status).toBe(0);
    expect(example('compare', ['captures/clean-close-by-client.pcapng', showcase]).status).toBe(1);
  },
  'follow': async () => {
    const child = spawn(process.execPath, ['examples/follow.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(readFileSync(showcase));
    // The pipe is still open when the first line comes.
    const [line]: Buffer[] = await once(child.stdout, 'data');
    expect(String(line)).toContain('error: close-wait-buildup at 198.51.100.20 port 8000 (among ');
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([0, null]);
  },
  'deadline': () => {
    expect(example('deadline', [showcase, '60000']).stdout).toBe('7290 packets, 527 connections: all of it\n');
  },
  'resets': () => {
    expect(example('resets', [showcase]).stdout).toMatch(/^port 8443: 10 RST\n/);
  },
};

test('every example is run', () => {
  expect(readdirSync('examples').filter((name) => name.endsWith('.mjs'))).toEqual(
    Object.keys(runs)
      .map((name) => `${name}.mjs`)
      .toSorted(),
  );
});

test.each(Object.entries(runs))('%s', async (_name, check) => {
  expect.hasAssertions();
  await check();
});
