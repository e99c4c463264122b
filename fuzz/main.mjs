/**
 * Reads inputs that nobody would send in good faith.
 *
 *   npm run fuzz -- [INPUTS [FIRST_SEED [THREADS]]]     default: 10000 from seed 1 in one thread
 *
 * Every input belongs to a seed: a capture in a random format, packets of random headers inside of each other, numbers
 * in all of them bent now and then, and the whole damaged. Each is read up to its report. Whatever goes wrong is told
 * with its seed, and the input is written to `fuzz-SEED.capture` in the current folder. Exit status 1 if anything did.
 */
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { PATIENCE, inputOf } from './trial.mjs';

const [inputs = 10_000, firstSeed = 1, threads = 1] = process.argv.slice(2).map(Number);
const MEGABYTE = 2 ** 20;
/**
 * No input has a megabyte, and all of them together may not need more; with several threads, which go through several
 * at a time, each.
 */
const MEMORY = 300 * MEGABYTE;

const total = { inputs: 0, bytes: 0, packets: 0, segments: 0, damage: 0, refused: 0, faults: 0 };
const kinds = {};
let slowest = { seed: 0, time: 0 };
const begin = performance.now();

function fault(seed, kind, what) {
  total.faults += 1;
  console.log(`seed ${seed}, ${kind}: ${what}`);
}

function add(told) {
  for (const key of ['inputs', 'bytes', 'packets', 'segments', 'damage', 'refused']) total[key] += told[key];
  for (const [kind, count] of Object.entries(told.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count;
  if (told.slowest.time > slowest.time) slowest = told.slowest;
  for (const { seed, kind, fault: what } of told.faults) fault(seed, kind, what);
}

/**
 * Reads the inputs of seeds `from` to `to`, not included. What never ends or takes the thread with it is told, and left
 * out.
 */
async function run(from, to) {
  const current = new SharedArrayBuffer(8);
  const seedNow = new Float64Array(current);
  seedNow[0] = from;
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { from, to, current } });
  let before = NaN;
  const watch = setInterval(() => {
    if (seedNow[0] === before) void worker.terminate();
    before = seedNow[0];
  }, PATIENCE * 5);
  let died = 'has no end';
  await new Promise((resolve) => {
    worker.on('message', add);
    worker.on('error', (error) => (died = String(error.stack ?? error)));
    worker.on('exit', resolve);
  });
  clearInterval(watch);
  const [seed] = seedNow;
  if (Number.isNaN(seed)) return;
  const { kind, bytes } = inputOf(seed);
  writeFileSync(`fuzz-${seed}.capture`, bytes);
  fault(seed, kind, died);
  if (seed + 1 < to) await run(seed + 1, to);
}

const share = Math.ceil(inputs / threads);
await Promise.all(
  Array.from({ length: threads }, (_, index) =>
    run(firstSeed + index * share, firstSeed + Math.min(inputs, (index + 1) * share)),
  ),
);

const seconds = (performance.now() - begin) / 1000;
const memory = process.resourceUsage().maxRSS * 1024;
if (memory > MEMORY * threads) fault(firstSeed, 'all', `needed more than ${(MEMORY * threads) / MEGABYTE} MB`);
console.log(`${total.inputs} inputs from seed ${firstSeed} in ${seconds.toFixed(0)} s: ` +
  Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`).join(', '));
console.log(`${(total.bytes / MEGABYTE).toFixed(0)} MB, ${total.packets} packets, ${total.segments} of them TCP; ` +
  `${total.damage} damages told, ${total.refused} files refused`);
console.log(
  `slowest: ${slowest.time.toFixed(0)} ms (seed ${slowest.seed}); memory at most ${(memory / MEGABYTE).toFixed(0)} ` +
    `MB`,
);
console.log(total.faults === 0 ? 'no fault' : `${total.faults} FAULTS`);
process.exitCode = total.faults === 0 ? 0 : 1;
