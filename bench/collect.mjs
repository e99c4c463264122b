/**
 * What `lastack collect` costs, file after file, beside one run over all of them; prints a table in Markdown.
 *
 *     node bench/collect.mjs [--packets 400k] [--flows 8k] [--bytes 300M] [--files 3] [--rate 20] [--rounds 3]
 *                            [--rows ndjson] [--findings-only] [--seed 1] [--dir FOLDER] [--keep]
 *
 * One capture is made and cut into files of as many packets each, as a rotation does. Each step is a process of its
 * own, as from a timer; the last one, without a file, tells what is open. CPU time is of all threads, system included;
 * runs are made in turn, so that what else the machine does falls on both.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { generate } from './generate.mjs';
import { measure } from './measure.mjs';
import { cut } from './pcap-cut.mjs';
import { median, parseQuantity, quantity } from './quantities.mjs';

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '400k' }, flows: { type: 'string', default: '8k' },
    bytes: { type: 'string', default: '300M' }, files: { type: 'string', default: '3' },
    rate: { type: 'string', default: '20' }, rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: 'ndjson' }, 'findings-only': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' }, dir: { type: 'string', default: tmpdir() },
    keep: { type: 'boolean', default: false },
  },
});

const LASTACK = new URL('../dist/cli/main.cjs', import.meta.url).pathname;
const folder = mkdtempSync(join(values.dir, 'lastack-collect-'));
try {
  const whole = join(folder, 'whole.pcap');
  const made = generate(whole, {
    packets: parseQuantity(values.packets), flows: parseQuantity(values.flows), bytes: parseQuantity(values.bytes),
    seed: Number(values.seed), rate: parseQuantity(values.rate),
  });
  const files = cut(whole, folder, Number(values.files), made.packets);
  rmSync(whole);
  const all = [];
  const apart = [];
  const chains = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    all.push(measure(oneRun(files)).cpu);
    apart.push([]);
    chains.push([]);
    const collect = collecting(join(folder, `run${round}`));
    for (const file of files) {
      apart.at(-1).push(measure(oneRun([file])).cpu);
      chains.at(-1).push(measure([...collect, file]).cpu);
    }
    chains.at(-1).push(measure([...collect, '--final']).cpu);
  }
  console.log(page(made, files, { all: median(all), apart, chains }));
} finally {
  if (!values.keep) rmSync(folder, { recursive: true });
}

function fewer() {
  return values['findings-only'] ? ['--findings-only'] : [];
}

/** NDJSON into a file, as rows are. */
function oneRun(files) {
  const out = join(folder, 'all.ndjson');
  return [process.execPath, LASTACK, 'report', ...files, '-j', '1', '-f', 'ndjson', '-o', out, '--quiet',
    '--fail-on', 'never', '--allow-unknown', ...fewer()];
}

/** The command of a step, without its file. */
function collecting(own) {
  return [process.execPath, LASTACK, 'collect', '--source', 'tap', '--state', join(own, 'state'),
    '--to', join(own, 'rows'), '--rows', values.rows, '--quiet', ...fewer()];
}

function middle(rounds, step) {
  return median(rounds.map((costs) => costs[step]));
}

function sum(costs) {
  return costs.reduce((total, cpu) => total + cpu, 0);
}

function row(what, cpu, one) {
  return `| ${what} | ${cpu.toFixed(2)} s | ${one.toFixed(2)} s | ${(cpu / one).toFixed(2)} |`;
}

function page({ packets, flows, bytes }, files, { all, apart, chains }) {
  return [
    `${files.length} files of ${quantity(bytes / files.length)} bytes, ${quantity(packets)} packets, ` +
      `${quantity(flows)} connections; rows: ${values.rows}${values['findings-only'] ? ', --findings-only' : ''}; ` +
      `load average ${loadavg()[0].toFixed(1)}`,
    '', '| | `collect` | `report -f ndjson` | times |', '| --- | --- | --- | --- |',
    ...files.map((_, step) => row(`file ${step + 1}`, middle(chains, step), middle(apart, step))),
    `| the end | ${middle(chains, files.length).toFixed(2)} s | | |`,
    row('all files, a process each', median(chains.map((costs) => sum(costs.slice(0, -1)))), median(apart.map(sum))),
    row('all of it, beside one run over all files', median(chains.map(sum)), all),
  ].join('\n');
}
