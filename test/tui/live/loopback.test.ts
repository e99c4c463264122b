import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TestTerminal } from '../terminal.js';

/** LASTACK_LIVE_SECONDS=60 plays for a minute. */
const SECONDS = Number(process.env['LASTACK_LIVE_SECONDS'] ?? 3);
const RATE = 20_000;
/** What `chatter.mjs` has answered in a second. */
const WORDS = 12_000;
const PORT = 41_877;
/** Megabytes that may come on top while packets of the same connections arrive. */
const GROWTH = 150;

/** Null where it is not there or may not capture. */
const tcpdump = ((): string | null => {
  try {
    const path = execFileSync('sh', ['-c', 'command -v tcpdump']).toString().trim();
    const probe = spawnSync(path, ['-i', 'lo', '-w', '/dev/null', 'port', '1'], { timeout: 700 });
    // Where the right is there, it waits for packets until its time is up.
    return probe.error !== undefined ? path : null;
  } catch {
    return null;
  }
})();

it.skipIf(tcpdump === null)(`reads every packet of ${RATE} a second on loopback for ${SECONDS} s, and answers keys meanwhile`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-live-'));
  install(folder, 'dumpcap', 'exit 1');
  install(folder, 'tcpdump', `exec ${tcpdump} "$@" 2>${folder}/said`);
  const terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'watch', '-i', 'lo', 'tcp', 'port', String(PORT)], {
    columns: 120, rows: 36, environment: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  });
  try {
    await terminal.until('Waiting for packets');
    const traffic = chatter();
    await terminal.until(/120 flows/);
    const before = terminal.memory();
    for (let pressed = 0; pressed < SECONDS; pressed++) {
      terminal.press('f');
      await terminal.until('All flows');
      terminal.press('t');
      await terminal.until('Findings in');
      await new Promise((resolve) => {
        setTimeout(resolve, 700);
      });
    }
    const answered = await traffic;
    expect(answered).toBe(SECONDS * WORDS);
    const after = terminal.memory();
    const shown = await settledCount(terminal);
    terminal.press('q');
    await terminal.exited;
    const [, captured, dropped] = /(\d+) packets? captured[\s\S]*?(\d+) packets? dropped by kernel/.exec(await said(folder)) ?? [];
    expect({ shown, dropped }).toEqual({ shown: Number(captured), dropped: '0' });
    expect(shown).toBeGreaterThan(SECONDS * RATE);
    expect(after - before).toBeLessThan(GROWTH);
  } finally {
    terminal.kill('SIGKILL');
    await terminal.exited;
    rmSync(folder, { recursive: true });
  }
}, (SECONDS + 40) * 1000);

function install(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** Plays the sockets; answers how many words were answered. */
function chatter(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('chatter.mjs', import.meta.url)), String(PORT), String(SECONDS)]);
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    child.once('error', reject).once('close', () => resolve(Number(text)));
  });
}

/** Packets in the header, once they do not grow any more. */
async function settledCount(terminal: TestTerminal): Promise<number> {
  let count = -1;
  for (let same = 0; same < 3; ) {
    await new Promise((resolve) => {
      setTimeout(resolve, 700);
    });
    const now = Number(/live, ([\d,]+) packets/.exec(terminal.text())?.[1]?.replaceAll(',', ''));
    same = now === count ? same + 1 : 0;
    count = now;
  }
  return count;
}

/** What tcpdump says when it ends. */
async function said(folder: string): Promise<string> {
  for (let patience = 0; patience < 50; patience++) {
    const text = readFileSync(join(folder, 'said'), 'utf8');
    if (text.includes('dropped by kernel')) return text;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  return '';
}
