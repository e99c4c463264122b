/**
 * lastack beside its peers, stage by stage, and against the size of the capture; writes docs/performance.md.
 *
 *     npm run bench                          600,000 packets, 40,000 connections, 200 MB: a minute
 *     npm run bench -- --full                6 million packets, 400,000 connections, 2 GB; growth to a million
 *     npm run bench -- --packets 1M --flows 1k --bytes 1G --sizes 10k,1M --rounds 5 --dir /data --seed 7 --keep
 *
 * Captures are made in --dir (default: the system's temporary folder) and removed again, unless --keep. Peers that are
 * not installed are left out: Debian has them in wireshark-common, tshark, tcptrace and argus-server. Memory is
 * measured by GNU time (/usr/bin/time).
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compressed } from './compressed.mjs';
import { CONTENDERS, race } from './contenders.mjs';
import { flood } from './flood.mjs';
import { generate } from './generate.mjs';
import { measure } from './measure.mjs';
import { page } from './page.mjs';
import { median, parseQuantity, quantity } from './quantities.mjs';

/** Packets and bytes of a connection in the captures that only differ in size. */
const PACKETS_A_FLOW = 15;
const BYTES_A_FLOW = 5000;

/** Captures of other shapes than the first: fewer short connections, long ones at full MTU, and next to nothing. */
const SHAPES = {
  full: [
    { name: '100,000 connections', packets: '1M', flows: '100k', bytes: '300M' },
    { name: '2,000 long connections', packets: '2M', flows: '2k', bytes: '1.9G' },
    { name: '1 MB', packets: '4k', flows: '250', bytes: '1M' },
  ],
  usual: [
    { name: '10,000 connections', packets: '100k', flows: '10k', bytes: '30M' },
    { name: '200 long connections', packets: '200k', flows: '200', bytes: '190M' },
    { name: '1 MB', packets: '4k', flows: '250', bytes: '1M' },
  ],
};

const BY_HAND = '## File after file';
const PAGE = new URL('../docs/performance.md', import.meta.url);

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false }, packets: { type: 'string' }, flows: { type: 'string' },
    bytes: { type: 'string' }, attempts: { type: 'string' }, sizes: { type: 'string' }, compressed: { type: 'string' },
    rounds: { type: 'string', default: '3' }, seed: { type: 'string', default: '1' },
    dir: { type: 'string', default: tmpdir() }, keep: { type: 'boolean', default: false },
  },
});

const usual = values.full
  ? { packets: '6M', flows: '400k', bytes: '2G', sizes: '10k,100k,1M', attempts: '10M', compressed: '404M' }
  : { packets: '600k', flows: '40k', bytes: '200M', sizes: '10k,100k', attempts: '2M', compressed: '40M' };
const size = (name) => parseQuantity(values[name] ?? usual[name]);
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const tell = (said) => console.error(`bench: ${said}`);

const folder = mkdtempSync(join(values.dir, 'lastack-bench-'));
try {
  const file = join(folder, 'race.pcap');
  tell(`writing ${file}`);
  const made = generate(file, { packets: size('packets'), flows: size('flows'), bytes: size('bytes'), seed });
  const places = race(file, rounds, tell);
  tell('stage by stage');
  const stages = JSON.parse(measure([process.execPath, new URL('stages.mjs', import.meta.url).pathname, file]).output);
  if (!values.keep) rmSync(file);

  const shapes = [{ name: `${quantity(made.flows)} short connections`, race: places }, ...shapesRaced()];
  const start = grow(1).wall;
  const growth = (values.sizes ?? usual.sizes)
    .split(',')
    .map(parseQuantity)
    .map(grow)
    .map((cost) => ({ ...cost, wall: cost.wall - start }));
  const flooded = drown(size('attempts'));
  const unpacked = compressed({
    folder, bytes: size('compressed'), seed, rounds, report: commandOf('lastack report'), tell,
  });
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const text = page({ command, made, race: places, shapes, stages, growth, flooded, unpacked });
  writeFileSync(PAGE, text + writtenByHand());
  console.log(text);
} finally {
  if (!values.keep) rmSync(folder, { recursive: true });
}

/** What others and lastack take for captures of other shapes. */
function shapesRaced() {
  return SHAPES[values.full ? 'full' : 'usual'].map(({ name, packets, flows, bytes }) => {
    const path = join(folder, 'shape.pcap');
    tell(name);
    generate(path, { packets: parseQuantity(packets), flows: parseQuantity(flows), bytes: parseQuantity(bytes), seed });
    const places = race(path, rounds, tell, false);
    rmSync(path);
    return { name, race: places };
  });
}

/** What stands in the page beside what is measured here: from this heading on. */
function writtenByHand() {
  const known = readFileSync(PAGE, 'utf8');
  const at = known.indexOf(`\n${BY_HAND}\n`);
  return at < 0 ? '' : known.slice(at);
}

/** What a capture of so many connections costs. */
function grow(flows) {
  const path = join(folder, `${flows}.pcap`);
  tell(`${quantity(flows)} connections`);
  const { packets } = generate(path, { packets: flows * PACKETS_A_FLOW, flows, bytes: flows * BYTES_A_FLOW, seed });
  const costs = Array.from({ length: rounds }, () => measure(commandOf('lastack report')(path)));
  const fewer = Array.from({ length: rounds }, () =>
    measure(commandOf('lastack report -f ndjson --findings-only')(path)),
  );
  const bytes = statSync(path).size;
  if (!values.keep) rmSync(path);
  return {
    flows, packets, size: bytes, wall: median(costs.map(({ wall }) => wall)), peak: peakOf(costs),
    findingsOnly: peakOf(fewer),
  };
}

function peakOf(costs) {
  return median(costs.map(({ peak }) => peak));
}

/** What a flood of so many attempts costs. */
function drown(attempts) {
  const path = join(folder, 'flood.pcap');
  tell(`a flood of ${quantity(attempts)} attempts`);
  flood(path, { attempts, seed });
  const { wall, cpu, peak } = measure(commandOf('lastack report -f ndjson --findings-only')(path));
  if (!values.keep) rmSync(path);
  return { attempts, wall, cpu, peak };
}

function commandOf(wanted) {
  return CONTENDERS.find(({ name }) => name === wanted).command;
}
