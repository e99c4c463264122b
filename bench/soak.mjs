/**
 * A watch for hours in minutes: `lastack -` in a pseudo-terminal, which is fed by bench/generate.mjs through its stdin
 * as fast as it reads, while keys are pressed. Prints once a minute what it has in memory and what its first line says.
 *
 *     node bench/soak.mjs [--minutes 10] [--rate 300] [--spool 200M] [--seed 1] [--keys fts] [--flood]
 *       [-- OPTIONS OF LASTACK]
 *
 * `--rate`: new connections a second of the capture's time. `--flood`: nothing but SYNs that nobody answers
 * (bench/flood.mjs).
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** What is pressed in turn, unless said otherwise, a key every other second: screens, lists, flows, moments. */
const KEYS = 'fG\r\t\u001Bs<h.t\r\rtjf \rt';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '300' },
    spool: { type: 'string', default: '200M' }, seed: { type: 'string', default: '1' },
    keys: { type: 'string', default: KEYS }, flood: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'lastack-soak-'));
const { CI: _ci, CONTINUOUS_INTEGRATION: _too, ...environment } = process.env;
const maker = values.flood
  ? 'flood.mjs /dev/stdout --attempts 1000M'
  : `generate.mjs /dev/stdout --packets 750M --flows 100M --bytes 78G --rate ${values.rate}`;
const feed = `${process.execPath} bench/${maker} --seed ${values.seed}`;
const lastack = `${process.execPath} dist/cli/main.js - --spool ${values.spool} ${positionals.join(' ')}`;
const pty = spawn('sh', ['-c', `${feed} | exec ${lastack}`], {
  name: 'xterm-256color', cols: 120, rows: 36, env: { ...environment, TMPDIR: folder },
});
const screen = new xterm.Terminal({ cols: 120, rows: 36, allowProposedApi: true });
pty.onData((data) => screen.write(data));
const run = { exit: null };
pty.onExit((how) => {
  run.exit = how;
});

const begin = Date.now();
const until = begin + Number(values.minutes) * 60_000;
let pressed = 0;
let highest = 0;
for (let second = 1; Date.now() < until && run.exit === null; second++) {
  await sleep(begin + second * 1000 - Date.now());
  if (second % 2 === 0 && values.keys !== '') pty.write(values.keys[pressed++ % values.keys.length]);
  highest = Math.max(highest, memory());
  if (second % 60 === 0) report(second / 60);
}
pty.write('q');
while (run.exit === null) await sleep(100);
process.stdout.write(`memory at most ${highest} MB; left behind: ${readdirSync(folder).length} files; exit ` +
  `${JSON.stringify(run.exit)}\n`);
rmSync(folder, { recursive: true });

function report(minute) {
  const [header = ''] = rows();
  process.stdout.write(`${String(minute).padStart(3)} min   ${String(memory()).padStart(5)} MB   spool ` +
    `${String(spooled()).padStart(5)} MB   ${header.trim()}\n`);
}

function rows() {
  return Array.from(
    { length: screen.rows },
    (_, row) =>
      screen.buffer.active
        .getLine(screen.buffer.active.baseY + row)
        ?.translateToString()
        .trimEnd() ?? '',
  );
}

/** Resident megabytes of lastack, which the shell in the terminal has become. */
function memory() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (
        !command.includes('dist/cli/main.js -') || command.startsWith('sh ') ||
        !readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)
      )
        continue;
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000);
    } catch {
      // Gone meanwhile.
    }
  }
  return 0;
}

function spooled() {
  const files = readdirSync(folder, { recursive: true })
    .map((name) => statSync(join(folder, String(name))))
    .filter((file) => file.isFile());
  return Math.round(files.reduce((sum, { size }) => sum + size, 0) / 1e6);
}

function sleep(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, milliseconds));
  });
}
