/**
 * Records a fresh random minute of real sockets together with the kernel's own account of them, and holds lastack against it:
 * `npm run test:kernel`, options in options.mjs. Exit status: 0 all well or skipped, 1 a cause told as certain that the kernel
 * contradicts, 2 the command was wrong or the recording failed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingForKernel } from './needs.mjs';
import { USAGE, parseOptions } from './options.mjs';
import { record } from './recording.mjs';
import { roundsTable, score, spreadTable } from './score.mjs';

/** Losses of the rounds, in percent, over and over. */
const LOSSES = [0, 1, 2, 3, 4, 5];

async function round(options, folder) {
  const apart = await record(folder, options);
  const { words, figures } = score(folder, options.show);
  console.log(`seed ${options.seed}, loss ${options.loss} %, tap ${options.tap}, late ${options.late} s; clocks ${Math.round(apart * 1e6)} µs apart`);
  console.log(words);
  return { ...options, figures };
}

let options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error.message}\n${USAGE}`);
  process.exit(2);
}
const missing = missingForKernel();
if (missing.length > 0) {
  console.log(`skipped: ${missing.join('; ')}`);
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
const scratch = mkdtempSync(join(tmpdir(), 'lastack-kernel-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const first = options.seed ?? Math.floor(Math.random() * 2 ** 31);
const rounds = [];
try {
  for (let i = 0; i < options.rounds; i++) {
    const seed = first + i;
    const many = options.rounds > 1;
    const folder = many ? join(options.keep ?? scratch, `seed-${seed}`) : options.keep ?? scratch;
    rounds.push(await round({ ...options, seed, loss: many ? LOSSES[i % LOSSES.length] : options.loss }, folder));
  }
} catch (error) {
  console.error(`test:kernel: ${error.message}`);
  process.exit(2);
}
if (rounds.length > 1) console.log(`${roundsTable(rounds)}\n\n${spreadTable(rounds.map(({ figures }) => figures))}`);
const contradicted = rounds.filter(({ figures }) => figures.contradicted > 0);
for (const { seed, figures } of contradicted) console.error(`seed ${seed}: ${figures.contradicted} told as certain, and wrong`);
process.exitCode = contradicted.length === 0 ? 0 : 1;
