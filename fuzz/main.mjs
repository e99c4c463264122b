/**
 * Reads inputs that nobody would send in good faith.
 *
 *   npm run fuzz -- [INPUTS [FIRST_SEED]]     default: 10000 from seed 1
 *
 * Every input belongs to a seed: a capture in a random format, packets of random headers inside of each other, numbers in all of them
 * bent now and then, and the whole damaged. Each is read up to its report. Whatever goes wrong is told with its seed, and the input is
 * written to `fuzz-SEED.capture` in the current folder. Exit status 1 if anything did.
 */
import { writeFileSync } from 'node:fs';
import { trial } from './trial.mjs';

const [inputs = 10_000, firstSeed = 1] = process.argv.slice(2).map(Number);
const MEGABYTE = 2 ** 20;

const kinds = new Map();
const total = { bytes: 0, packets: 0, segments: 0, damage: 0, refused: 0, faults: 0 };
let slowest = { seed: 0, time: 0 };
let memory = 0;
const begin = performance.now();

for (let seed = firstSeed; seed < firstSeed + inputs; seed += 1) {
  const { kind, bytes, packets, segments, damage, refused, time, fault } = await trial(seed);
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  total.bytes += bytes.length;
  total.packets += packets;
  total.segments += segments;
  total.damage += damage;
  total.refused += refused ? 1 : 0;
  if (time > slowest.time) slowest = { seed, time };
  if (seed % 1000 === 0) memory = Math.max(memory, process.memoryUsage.rss());
  if (fault === null) continue;
  total.faults += 1;
  writeFileSync(`fuzz-${seed}.capture`, bytes);
  console.log(`seed ${seed}, ${kind}: ${fault}`);
}

const seconds = (performance.now() - begin) / 1000;
console.log(`${inputs} inputs from seed ${firstSeed} in ${seconds.toFixed(0)} s: ${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
console.log(`${(total.bytes / MEGABYTE).toFixed(0)} MB, ${total.packets} packets, ${total.segments} of them TCP; ${total.damage} damages told, ${total.refused} files refused`);
console.log(`slowest: ${slowest.time.toFixed(0)} ms (seed ${slowest.seed}); memory at most ${(Math.max(memory, process.memoryUsage.rss()) / MEGABYTE).toFixed(0)} MB`);
console.log(total.faults === 0 ? 'no fault' : `${total.faults} FAULTS`);
process.exitCode = total.faults === 0 ? 0 : 1;
