/**
 * How fast the screen is on a capture of many flows, in a pseudo-terminal:
 *
 *     node bench/tui.mjs [--flows 400k] [--keys 10k]
 *
 * Prints when the first screen is there, how long a key takes until its screen is written (p50, p95, in milliseconds),
 * how long the program itself worked for a key on average, and what it has in memory before and after so many keys. Run
 * it on a quiet machine: where others run too, only the work is its own.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';

import { generate } from './generate.mjs';
import { parseQuantity } from './quantities.mjs';

/** Where a frame ends (DEC mode 2026). */
const END = '\u001B[?2026l';
/** Between two keys, so that none waits for the frame of another: longer than a frame of 30 a second. */
const PAUSE = 45;
const SAMPLES = 120;
/** Milliseconds after which a screen will not come any more. */
const PATIENCE = 60_000;
const SIZES = [[80, 24], [200, 60]];
const DOWN = '\u001B[B';
const PAGE_DOWN = '\u001B[6~';

/** What is pressed on each screen; `open` leads there from the first one. */
const SCREENS = [
  { name: 'triage', open: '', keys: ['j', 'k'] },
  { name: 'flows, line by line', open: 'f', keys: [DOWN] },
  { name: 'flows, page by page', open: 'f', keys: [PAGE_DOWN] },
  { name: 'sockets, second by second', open: 's0', keys: ['l'] },
  { name: 'sockets, change by change', open: 's0', keys: ['.'] },
  { name: 'sockets, packet by packet', open: 's0>', keys: ['>'] },
];

async function main() {
  const { values } = parseArgs({
    options: { flows: { type: 'string', default: '400k' }, keys: { type: 'string', default: '10k' } },
  });
  const flows = parseQuantity(values.flows);
  const folder = mkdtempSync(join(tmpdir(), 'lastack-bench-'));
  try {
    const file = join(folder, 'flows.pcap');
    const made = generate(file, { packets: flows * 7.5, flows, bytes: flows * 780 });
    process.stdout.write(
      `${made.flows.toLocaleString('en-US')} flows, ${made.packets.toLocaleString('en-US')} packets\n\n`,
    );
    for (const [columns, rows] of SIZES) await bench(file, columns, rows, parseQuantity(values.keys));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bench(file, columns, rows, count) {
  const program = new Program(file, columns, rows);
  const first = await program.until((text) => text.includes('lastack'));
  const progress = await program.until((text) => /reading \d+ %/.test(text));
  const findings = await program.until((text) => text.includes('Findings in') && text.includes('SERVICE'));
  process.stdout.write(
    `${columns}x${rows}   first screen ${first.toFixed(0)} ms, progress ${progress.toFixed(0)} ms, first findings ` +
      `${findings.toFixed(0)} ms\n`,
  );
  await program.rest();

  for (const { name, open, keys } of SCREENS) {
    program.press('t');
    await program.rest();
    for (const key of open) {
      program.press(key);
      await program.rest();
    }
    const times = [];
    const workBefore = program.work();
    for (let sample = 0; sample < SAMPLES; sample++) times.push(await program.time(keys[sample % keys.length]));
    const sorted = times.filter((time) => time !== null).toSorted((a, b) => a - b);
    const at = (share) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(1);
    const work = (program.work() - workBefore) / SAMPLES;
    process.stdout.write(`  ${name.padEnd(27)} p50 ${at(0.5).padStart(6)} ms   p95 ${at(0.95).padStart(6)} ms   work ` +
      `${work.toFixed(1).padStart(5)} ms\n`);
  }

  program.press('tf');
  await program.rest();
  const before = program.memory();
  for (let pressed = 0; pressed < count; pressed += 50) {
    program.press((pressed / 50) % 2 === 0 ? DOWN.repeat(50) : PAGE_DOWN.repeat(50));
    await sleep(25);
  }
  await program.rest();
  process.stdout.write(
    `  memory                      ${before} MB, after ${count.toLocaleString('en-US')} keys ${program.memory()} ` +
      `MB\n\n`,
  );
  await program.quit();
}

/** lastack in a pseudo-terminal. */
class Program {
  #pty;
  #begin = performance.now();
  #output = '';
  #writtenAt = 0;
  #ended;

  constructor(file, columns, rows) {
    const { CI: _ci, CONTINUOUS_INTEGRATION: _too, ...env } = process.env;
    this.#pty = spawn(process.execPath, ['dist/cli/main.js', file], {
      name: 'xterm-256color', cols: columns, rows, env,
    });
    this.#ended = new Promise((resolve) => this.#pty.onExit(resolve));
    this.#pty.onData((data) => {
      this.#output += data;
      this.#writtenAt = performance.now();
    });
  }

  press(keys) {
    this.#pty.write(keys);
  }

  /** Milliseconds from the start until the output is as wanted. */
  async until(isThere) {
    while (!isThere(this.#output)) {
      if (performance.now() - this.#begin > PATIENCE) throw new Error(`the screen never came as ${String(isThere)}`);
      await sleep(1);
    }
    return performance.now() - this.#begin;
  }

  /** Milliseconds from a key to the end of its frame; null for a key that changes nothing. */
  async time(key) {
    this.#output = '';
    const pressed = performance.now();
    this.press(key);
    while (!this.#output.includes(END) && performance.now() - pressed < 1000) await sleep(0);
    const time = this.#output.includes(END) ? this.#writtenAt - pressed : null;
    await sleep(PAUSE);
    return time;
  }

  /** Until it neither writes nor works any more: all connections have been looked at. */
  async rest() {
    this.#output = '';
    for (let idle = 0; idle < 4; ) {
      const before = this.#ticks();
      await sleep(150);
      idle = this.#output === '' && this.#ticks() - before <= 1 ? idle + 1 : 0;
      this.#output = '';
    }
  }

  /** Hundredths of a second that the process has worked. */
  #ticks() {
    const fields = readFileSync(`/proc/${this.#pty.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }

  /** Milliseconds that its main thread has had a processor, as the scheduler counts them. */
  work() {
    return Number(readFileSync(`/proc/${this.#pty.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  }

  /** Resident megabytes. */
  memory() {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#pty.pid}/status`, 'utf8'))?.[1]) / 1000);
  }

  async quit() {
    this.press('q');
    await this.#ended;
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => {
    if (milliseconds === 0) setImmediate(resolve);
    else setTimeout(resolve, milliseconds);
  });
}

await main();
