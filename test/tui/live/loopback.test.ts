import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestTerminal } from '../terminal.js';

/** `npm run test:live` plays for a minute. */
const SECONDS = Number(process.env['LASTACK_LIVE_SECONDS'] ?? 3);
const RATE = 20_000;
/**
 * Connections that `passers.mjs` opens and closes in a second, and how many of them are kept; bytes of the copy on
 * disk.
 */
const PASSING = 500;
const KEPT = 1000;
const SPOOL = 1_000_000;
/** What `chatter.mjs` has answered in a second. */
const WORDS = 12_000;
const PORT = 41_877;
const CONNECTIONS = 120;
/** Megabytes that may come on top while packets of the same connections arrive. */
const GROWTH = 150;

/** Why nothing can be captured here; null where it can. */
const missing = ((): string | null => {
  try {
    execFileSync('sh', ['-c', 'command -v tcpdump']);
  } catch {
    return 'tcpdump is not installed';
  }
  const probe = spawnSync('tcpdump', ['-i', 'lo', '-w', '/dev/null', 'port', '1'], { timeout: 700 });
  // Where the right is there, it waits for packets until its time is up.
  return probe.error === undefined ? `tcpdump may not capture on lo: ${probe.stderr.toString().trim()}` : null;
})();

const LASTACK = [process.execPath, 'dist/cli/main.js'];
let folder: string;
let terminal: TestTerminal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastack-live-'));
});

afterEach(async () => {
  terminal.kill('SIGKILL');
  await terminal.exited;
  rmSync(folder, { recursive: true });
});

describe.skipIf(missing !== null)(`${RATE} packets a second on loopback for ${SECONDS} ` +
  `s${missing === null ? '' : `, which cannot be tried: ${missing}`}`, () => {
  it('are read to the last one by lastack watch, which answers keys meanwhile', async () => {
    const tcpdump = execFileSync('sh', ['-c', 'command -v tcpdump']).toString().trim();
    install('dumpcap', 'exit 1');
    install('tcpdump', `exec ${tcpdump} "$@" 2>${folder}/said`);
    terminal = new TestTerminal([...LASTACK, 'watch', '-i', 'lo', 'tcp', 'port', String(PORT)], {
      columns: 120, rows: 36, environment: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });
    await terminal.until('Waiting for packets');
    const played = await play();
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    judge('lastack watch', played, await said());
  }, (SECONDS + 40) * 1000);

  it('are read to the last one from a pipe, while keys come from the terminal', async () => {
    const pipe = `tcpdump -i lo -U -n -B 16384 -w - tcp port ${PORT} 2>${folder}/said & echo $! >${folder}/pid; wait`;
    terminal = new TestTerminal(['sh', '-c', `{ ${pipe}; } | ${LASTACK.join(' ')} -`], { columns: 80, rows: 24 });
    await terminal.until('Waiting for packets');
    const played = await play();
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGINT');
    // At the end of the pipe the capture is a capture like any other.
    await terminal.until((screen) => !screen.includes('live, ') && screen.includes('Findings in'));
    expect(packetsIn(terminal.text(), /([\d,]+) packets/)).toBe(played.shown);
    terminal.press('q');
    await terminal.exited;
    judge('tcpdump -w - | lastack -', played, await said());
  }, (SECONDS + 40) * 1000);
});

describe.skipIf(missing !== null)(`${PASSING} connections a second on loopback for ${SECONDS} ` +
  `s${missing === null ? '' : `, which cannot be tried: ${missing}`}`, () => {
  it('are all counted by lastack watch, which keeps a number of them and the newest of their packets', async () => {
    const tcpdump = execFileSync('sh', ['-c', 'command -v tcpdump']).toString().trim();
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    install('dumpcap', 'exit 1');
    install('tcpdump', `exec ${tcpdump} "$@" 2>${folder}/said`);
    terminal = new TestTerminal(
      [
        ...LASTACK, 'watch', '-i', 'lo', '--keep-connections', String(KEPT), '--time-wait', '500ms', '--spool',
        String(SPOOL), 'tcp', 'port', String(PORT),
      ],
      {
        columns: 160, rows: 36, environment: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, TMPDIR: temporary },
      },
    );
    await terminal.until('Waiting for packets');
    const made = await traffic('passers.mjs', PORT, SECONDS, PASSING);
    const shown = await settledCount();
    const header = await terminal.until(/ ([\d,]+) flows, ([\d,]+) no longer kept/);
    const memory = memoryOf();
    const copied = readdirSync(temporary, { recursive: true })
      .map((name) => statSync(join(temporary, String(name))))
      .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    const [flows, forgotten] = [packetsIn(header, / ([\d,]+) flows, /), packetsIn(header, / ([\d,]+) no longer kept/)];
    // The newest one is there packet by packet; the first one is kept no more.
    terminal.press('fG\r');
    await terminal.until(/SYN-SENT +─+ S 0 ─+▶/);
    terminal.press('q');
    await terminal.exited;
    const { captured, dropped } = await said();
    process.stdout.write(
      `lastack watch: ${made} connections in ${SECONDS} s, ${captured} packets captured and ${dropped} dropped; ` +
        `the screen tells of ${flows} flows, ${forgotten} no longer kept; ` +
        `${Math.round(copied / 1000)} kB on disk, ${memory} MB of memory\n`,
    );
    expect({ flows, shown, dropped }).toEqual({ flows: made, shown: captured, dropped: 0 });
    // A block of packets may have come since it was looked at.
    expect(flows - forgotten).toBeLessThan(KEPT * 1.5);
    expect(copied).toBeLessThan(SPOOL + 2 ** 20);
    expect(readdirSync(temporary)).toEqual([]);
  }, (SECONDS + 40) * 1000);
});

interface Played {
  readonly answered: number;
  /** Packets that the screen tells of in the end. */
  readonly shown: number;
  /** Megabytes of lastack when all connections are open, and when all words are said. */
  readonly memory: { readonly before: number; readonly after: number };
  /** Screens that came after a key, and milliseconds of the slowest. */
  readonly screens: { readonly count: number; readonly slowest: number };
}

/** Plays the sockets, goes from screen to screen meanwhile, and waits until no more packets come. */
async function play(): Promise<Played> {
  const played = traffic('chatter.mjs', PORT, SECONDS);
  await terminal.until(new RegExp(`${CONNECTIONS} flows`));
  const before = memoryOf();
  const waits: number[] = [];
  const end = Date.now() + SECONDS * 1000;
  while (Date.now() < end) {
    for (const [key, wanted] of [
      ['f', 'All flows'], ['s', /sockets at .* \(the newest\)/], ['t', 'Findings in'],
    ] as const) {
      const begin = performance.now();
      terminal.press(key);
      await terminal.until(wanted);
      waits.push(performance.now() - begin);
      await pause(300);
    }
  }
  const answered = await played;
  return {
    answered, memory: { before, after: memoryOf() }, shown: await settledCount(),
    screens: { count: waits.length, slowest: Math.max(...waits) },
  };
}

function judge(
  way: string, { answered, shown, memory, screens }: Played,
  { captured, dropped }: { captured: number; dropped: number },
): void {
  process.stdout.write(
    `${way}: ${SECONDS} s, tcpdump captured ${captured} packets (${Math.round(captured / SECONDS)} a second) and ` +
      `dropped ${dropped}, the screen tells of ${shown}; ` +
      `${screens.count} screens, the slowest after ${Math.round(screens.slowest)} ms; memory ${memory.before} MB, ` +
      `then ${memory.after} MB\n`,
  );
  expect(answered).toBe(SECONDS * WORDS);
  expect({ shown, dropped }).toEqual({ shown: captured, dropped: 0 });
  expect(shown).toBeGreaterThan(SECONDS * RATE);
  expect(screens.count).toBeGreaterThan(SECONDS / 2);
  expect(memory.after - memory.before).toBeLessThan(GROWTH);
}

function install(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** Plays the sockets of a script beside this one; answers the number that it prints. */
function traffic(script: string, ...numbers: number[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...numbers.map(String)]);
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    child.once('error', reject).once('close', () => resolve(Number(text)));
  });
}

/** Megabytes of the program that has the screen, which may be a child of the shell in the terminal. */
function memoryOf(): number {
  const pids = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(terminal.pid), '--pid', String(terminal.pid)])
    .toString()
    .split('\n')
    .filter((line) => line.includes('dist/cli/main.js') && !line.includes('sh -c'))
    .map((line) => Number.parseInt(line, 10));
  expect(pids).toHaveLength(1);
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pids[0]}/status`, 'utf8'))?.[1]) / 1000);
}

/** Packets in the header, once they do not grow any more. */
async function settledCount(): Promise<number> {
  let count = -1;
  for (let same = 0; same < 3; ) {
    await pause(700);
    const now = packetsIn(terminal.text(), /live, ([\d,]+) packets/);
    same = now === count ? same + 1 : 0;
    count = now;
  }
  return count;
}

function packetsIn(screen: string, wanted: RegExp): number {
  return Number(wanted.exec(screen)?.[1]?.replaceAll(',', ''));
}

/** What tcpdump says when it ends. */
async function said(): Promise<{ captured: number; dropped: number }> {
  for (let patience = 0; patience < 50; patience++) {
    const [, captured, dropped] =
      /(\d+) packets? captured[\s\S]*?(\d+) packets? dropped by kernel/.exec(
        readFileSync(join(folder, 'said'), 'utf8'),
      ) ?? [];
    if (dropped !== undefined) return { captured: Number(captured), dropped: Number(dropped) };
    await pause(100);
  }
  return { captured: Number.NaN, dropped: Number.NaN };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
