/**
 * Where the time goes: one thread, stage by stage, as JSON on stdout.
 *
 *     node bench/stages.mjs FILE [ROUNDS]
 *
 * Each stage is timed with all that come before it in the same loop, as in the program itself; the differences are the
 * stages. CPU time of all threads of the process, the best of all rounds but the first, in which the compiler warms up:
 * on a busy machine both say more than the clock on the wall.
 */
import { Pipeline } from '../dist/analysis/pipeline.js';
import { openCapture } from '../dist/capture/capture.js';
import { decode } from '../dist/decode/decode.js';
import { Segment } from '../dist/decode/segment.js';
import { chunks } from '../dist/report/chunks.js';
import { ndjson } from '../dist/report/ndjson.js';

const [file, rounds = '5'] = process.argv.slice(2);

/** Milliseconds of CPU time since the process began. */
function now() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function readThrough(take) {
  const capture = await openCapture([file]);
  const begin = now();
  for await (const batch of capture.batches()) take(batch);
  return now() - begin;
}

function timed(work) {
  const begin = now();
  const result = work();
  return { result, time: now() - begin };
}

async function oneRound() {
  let packets = 0;
  const framed = await readThrough((batch) => {
    packets += batch.count;
  });

  const segment = new Segment();
  const decoded = await readThrough((batch) => {
    for (let index = 0; index < batch.count; index += 1) decode(batch, index, segment);
  });

  const capture = await openCapture([file]);
  const pipeline = new Pipeline(capture, {});
  const begin = now();
  for await (const batch of capture.batches()) pipeline.feed(batch);
  const fed = now() - begin;

  const { result: analysis, time: found } = timed(() => pipeline.analysis());
  const { time: folded } = timed(() => {
    for (const connection of analysis.connections()) if (connection.id < 0) throw new Error('never');
  });
  const { time: reported } = timed(() => {
    for (const chunk of chunks(ndjson(analysis))) if (chunk.length === 0) throw new Error('never');
  });
  return { packets, framed, decoded, fed, found, folded, reported };
}

await oneRound();
const all = [];
for (let round = 0; round < Number(rounds); round += 1) all.push(await oneRound());
const perPacket = (name) => (Math.min(...all.map((round) => round[name])) * 1e6) / all[0].packets;
console.log(
  JSON.stringify({
    framing: perPacket('framed'), decode: perPacket('decoded') - perPacket('framed'),
    flow: perPacket('fed') - perPacket('decoded'), findings: perPacket('found'), folding: perPacket('folded'),
    report: perPacket('reported') - perPacket('folded'),
  }),
);
