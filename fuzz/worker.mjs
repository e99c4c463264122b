import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { trial } from './trial.mjs';

/** Inputs between two messages: rare enough to cost nothing. */
const BATCH = 1000;

/** `current`: the seed that is being read, for who watches. */
const { from, to, current } = workerData;
const seedNow = new Float64Array(current);

function nothingYet() {
  return {
    inputs: 0, bytes: 0, packets: 0, segments: 0, damage: 0, refused: 0, kinds: {}, slowest: { seed: 0, time: 0 },
    faults: [],
  };
}

let told = nothingYet();
for (let seed = from; seed < to; seed += 1) {
  seedNow[0] = seed;
  const { kind, bytes, packets, segments, damage, refused, time, fault } = await trial(seed);
  told.inputs += 1;
  told.kinds[kind] = (told.kinds[kind] ?? 0) + 1;
  told.bytes += bytes.length;
  told.packets += packets;
  told.segments += segments;
  told.damage += damage;
  told.refused += refused ? 1 : 0;
  if (time > told.slowest.time) told.slowest = { seed, time };
  if (fault !== null) {
    writeFileSync(`fuzz-${seed}.capture`, bytes);
    told.faults.push({ seed, kind, fault });
  }
  if (told.inputs < BATCH && seed < to - 1) continue;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort.postMessage(told);
  told = nothingYet();
}
seedNow[0] = NaN;
