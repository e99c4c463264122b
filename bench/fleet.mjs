/**
 * What two workers of `lastack-fleet` do beside one; prints a table in Markdown. Needs redis-server.
 *
 *     node bench/fleet.mjs [--sources 20] [--files 2] [--packets 20k] [--flows 1k] [--bytes 8M] [--rounds 1]
 *                          [--dir FOLDER]
 *
 * Each worker runs one job at a time, and begins with an empty queue and an empty folder. Sizes are those of one
 * source. CPU time is of the workers and all processes that they start, system included.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { generate } from './generate.mjs';
import { cut } from './pcap-cut.mjs';
import { median, parseQuantity, quantity } from './quantities.mjs';

const { values } = parseArgs({
  options: {
    sources: { type: 'string', default: '20' }, files: { type: 'string', default: '2' },
    packets: { type: 'string', default: '20k' }, flows: { type: 'string', default: '1k' },
    bytes: { type: 'string', default: '8M' }, rounds: { type: 'string', default: '1' },
    dir: { type: 'string', default: tmpdir() },
  },
});

const FLEET = new URL('../packages/fleet/dist/main.js', import.meta.url).pathname;
const folder = mkdtempSync(join(values.dir, 'lastack-fleet-'));
const port = await freePort();
const queue = ['--queue', `redis://127.0.0.1:${port}`];
const redis = spawn('redis-server', ['--port', `${port}`, '--save', '', '--dir', folder], { stdio: 'ignore' });
try {
  const captures = join(folder, 'captures');
  for (let source = 1; source <= Number(values.sources); source++) {
    const own = join(captures, `web${source}`);
    mkdirSync(own, { recursive: true });
    const whole = join(folder, 'whole.pcap');
    const { packets } = generate(whole, {
      packets: parseQuantity(values.packets), flows: parseQuantity(values.flows), bytes: parseQuantity(values.bytes),
      seed: source, rate: 5,
    });
    cut(whole, own, Number(values.files), packets);
    rmSync(whole);
  }
  const costs = { 1: [], 2: [] };
  for (let round = 0; round < Number(values.rounds); round++)
    for (const workers of [1, 2]) costs[workers].push(await work(workers, captures, `${round}-${workers}`));
  console.log(page(costs));
} finally {
  redis.kill('SIGINT');
  await once(redis, 'exit');
  rmSync(folder, { recursive: true });
}

function run(args) {
  return spawnSync(process.execPath, [FLEET, ...args], { encoding: 'utf8' });
}

/** Seconds of wall and of CPU until `workers` have emptied the queue. */
async function work(workers, captures, name) {
  for (let tries = 0; tries < 50 && run(['status', ...queue]).status !== 0; tries++) await setTimeout(200);
  const { status, stderr } = run(['add', ...queue, '--each', captures, '--final']);
  if (status !== 0) throw new Error(stderr);
  const to = ['--state', join(folder, name, 'state'), '--to', join(folder, name, 'rows')];
  const begin = performance.now();
  const ended = Array.from({ length: workers }, async (_, worker) => {
    const notes = join(folder, `${name}-${worker}.time`);
    const command = [process.execPath, FLEET, 'work', ...queue, ...to, '--jobs', '1', '--until-empty'];
    const child = spawn('/usr/bin/time', ['-o', notes, '-f', '%U %S', ...command], { stdio: 'ignore' });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`a worker ended with ${code}`);
    const [user, system] = readFileSync(notes, 'utf8').trim().split('\n').at(-1).split(' ').map(Number);
    return user + system;
  });
  const cpu = (await Promise.all(ended)).reduce((sum, own) => sum + own, 0);
  return { wall: (performance.now() - begin) / 1000, cpu };
}

function page(costs) {
  const [one, two] = [1, 2].map((workers) => ({
    wall: median(costs[workers].map(({ wall }) => wall)), cpu: median(costs[workers].map(({ cpu }) => cpu)),
  }));
  return [
    `${values.sources} sources of ${values.files} files, ${quantity(parseQuantity(values.bytes))} bytes each; ` +
      `${availableParallelism()} cores, load average ${loadavg()[0].toFixed(1)}`,
    '', '| workers | wall | CPU |', '| --- | --- | --- |',
    `| 1 | ${one.wall.toFixed(1)} s | ${one.cpu.toFixed(1)} s |`,
    `| 2 | ${two.wall.toFixed(1)} s | ${two.cpu.toFixed(1)} s |`,
    '', `Two workers are ${(one.wall / two.wall).toFixed(2)} times as fast as one.`,
  ].join('\n');
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
