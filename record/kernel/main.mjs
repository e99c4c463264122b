/**
 * Records a fresh random minute of real sockets together with the kernel's own account of them, and holds lastack
 * against it: `npm run test:kernel`, options in options.mjs. Exit status: 0 all well or skipped; 1 a cause told as
 * certain that the kernel contradicts, a figure far too low, or no figures at all; 2 the command was wrong; 3 this
 * machine could not record.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingForKernel } from './needs.mjs';
import { USAGE, parseOptions } from './options.mjs';
import { record } from './recording.mjs';
import { farTooLow, roundsTable, score, spreadTable } from './score.mjs';

/** Losses of the rounds, in percent, over and over. */
const LOSSES = [0, 1, 2, 3, 4, 5];

async function round(options, folder) {
  const apart = await record(folder, options).catch((error) => {
    throw new Error('this machine could not record it', { cause: error });
  });
  const { words, figures } = score(folder, options.show);
  console.log(`seed ${options.seed}, loss ${options.loss} %, delay ${options.delay} ms, tap ${options.tap}, late ` +
    `${options.late} s; clocks ${Math.round(apart * 1e6)} µs apart`);
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
  console.error(`test:kernel: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
  process.exit(error.cause ? 3 : 1);
}
if (rounds.length > 1) console.log(`${roundsTable(rounds)}\n\n${spreadTable(rounds.map(({ figures }) => figures))}`);
const faults = rounds.flatMap(({ seed, figures }) => farTooLow(figures).map((fault) => `seed ${seed}: ${fault}`));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
