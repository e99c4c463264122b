/**
 * What an analysis takes when its code runs for the first time, and when V8 has compiled it: the same capture again and
 * again in one process, CPU time of all its threads.
 *
 *     node bench/warm.mjs [--packets 1M] [--flows 100k] [--bytes 300M] [--seed 1] [--rate 2000] [--rounds 5]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { parseArgs } from 'node:util';

import { analyze, render } from '../dist/library/index.js';
import { generate } from './generate.mjs';
import { parseQuantity } from './quantities.mjs';

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '1M' }, flows: { type: 'string', default: '100k' },
    bytes: { type: 'string', default: '300M' }, seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '5' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'lastack-warm-'));
try {
  const path = join(folder, 'capture.pcap');
  generate(path, {
    packets: parseQuantity(values.packets), flows: parseQuantity(values.flows),
    bytes: parseQuantity(values.bytes), seed: Number(values.seed), rate: parseQuantity(values.rate),
  });
  console.log('| round | analysis | diagnoses | text | together |\n| --- | --- | --- | --- | --- |');
  for (let round = 1; round <= Number(values.rounds); round++) console.log(`| ${round} | ${await once(path)} |`);
} finally {
  rmSync(folder, { recursive: true });
}

/** CPU of each part of one report, and of all of it. */
async function once(path) {
  const times = [seconds()];
  const analysis = await analyze([path], { jobs: 1 });
  times.push(seconds());
  // Made when they are asked for.
  if (analysis.diagnoses.length === 0) throw new Error('the capture has no diagnoses');
  times.push(seconds());
  for await (const _ of render(analysis, 'text'));
  times.push(seconds());
  const parts = times.slice(1).map((time, part) => time - times[part]);
  return [...parts, times.at(-1) - times[0]].map((time) => `${time.toFixed(2)} s`).join(' | ');
}

function seconds() {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
}
