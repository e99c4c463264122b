import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TestTerminal } from '../terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-spool-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Watches what a tcpdump of ours captures, with a folder of its own for what is temporary. */
async function watching(name: string): Promise<{ terminal: TestTerminal; temporary: string }> {
  const home = join(folder, name);
  const temporary = join(home, 'tmp');
  mkdirSync(temporary, { recursive: true });
  writeFileSync(
    join(home, 'tcpdump'),
    `#!/bin/sh\necho $$ > ${home}/pid\n/bin/cat ${resolve('captures/forgotten-close.pcapng')}; exec /bin/sleep 60\n`,
  );
  chmodSync(join(home, 'tcpdump'), 0o755);
  const terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'watch', '-i', 'eth0'], {
    columns: 120, rows: 36, environment: { PATH: home, TMPDIR: temporary },
  });
  await terminal.until(/› error +\d+ {2}leak +\d/);
  return { terminal, temporary };
}

describe('the copy of what is watched', () => {
  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'q', '\u0003'])(
    'is there, for its owner alone, and gone after %j',
    async (end) => {
    const { terminal, temporary } = await watching(encodeURIComponent(end));
    const copies = readdirSync(temporary);
    expect(copies.length).toBe(1);
    expect(statSync(join(temporary, copies[0]!)).mode & 0o777).toBe(0o700);
    if (end.startsWith('SIG')) terminal.kill(end);
    else terminal.press(end);
    await terminal.exited;
    expect(readdirSync(temporary)).toEqual([]);
    // Nor does the program that captures go on.
    const sniffer = Number(readFileSync(join(dirname(temporary), 'pid'), 'utf8'));
    await until(() => !isAlive(sniffer));
  },
  );

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('is gone after %s, too, without a screen', async (signal) => {
    const temporary = join(folder, `report-${signal}`);
    mkdirSync(temporary);
    const child = spawn(process.execPath, ['dist/cli/main.js', 'flow', '-', '0'], {
      env: { ...process.env, TMPDIR: temporary }, stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.write(readFileSync('captures/forgotten-close.pcapng'));
    await until(() => readdirSync(temporary).length === 1);
    child.kill(signal);
    await once(child, 'exit');
    expect(readdirSync(temporary)).toEqual([]);
  });
});
