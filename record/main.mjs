/**
 * Records captures/NAME.pcapng from real sockets: `npm run record` for all, `npm run record -- NAME...` for some.
 *
 * A scenario is a module in scenarios/ with a `server` and a `client`; what it shows is told in captures/NAME.md. Each
 * one gets a network of its own (network.mjs): a client's host, a server's host and a router between them, all network
 * namespaces of this machine. Its two sides run as two processes (play.mjs) in their hosts, tcpdump listens in the
 * router, on the client's side, and editcap makes a pcapng file of what it wrote. Scenarios run side by side.
 *
 * A scenario exports server() resolves when it is ready to be connected to client() resolves when all has been said;
 * the recording ends half a second later seconds about how long it takes; the longest begin first distant { port,
 * milliseconds }: packets of this port take so long from one side of the router to the other (distance.py) settings {
 * client: [...], server: [...] }: sysctls of the hosts, as NAME=VALUE box { there, back, ports }: a box on the road,
 * which does to packets what box.py says clocks { client, server }: recorded at both hosts, by clocks that are so wrong
 * (stamp.mjs), into captures/between/ snapLength: bytes of a packet that are kept, 128 if it says nothing
 * road(network) what happens to the road meanwhile: network.cut(), network.mend()
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Network } from './network.mjs';
import { stamp } from './stamp.mjs';
import { missingTools } from './tools.mjs';

/** More at once than this and two cores no longer keep the appointments that crossing segments need. */
const AT_ONCE = 14;

const here = fileURLToPath(new URL('.', import.meta.url));
const captures = join(here, '..', 'captures');

function scenarioNames() {
  return readdirSync(join(here, 'scenarios'))
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => file.slice(0, -'.mjs'.length))
    .sort();
}

async function record(name, scenario, directory) {
  if (scenario.clocks) return recordBoth(name, scenario, directory);
  const raw = join(directory, `${name}.pcap`);
  const network = new Network(scenario);
  try {
    const tap = await network.tap(raw);
    await network.play('server', name);
    const client = network.play('client', name);
    await Promise.all([client, scenario.road?.(network)]);
    await sleep(500);
    await tap.stop();
    const { status, stderr } = spawnSync('editcap', ['-F', 'pcapng', raw, join(captures, `${name}.pcapng`)], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`editcap could not convert ${raw}: ${stderr.trim()}`);
  } finally {
    network.remove();
  }
}

/** Records what both hosts see. */
async function recordBoth(name, scenario, directory) {
  const network = new Network(scenario);
  try {
    const taps = [];
    for (const side of ['client', 'server'])
      taps.push({
        side, raw: join(directory, `${name}.${side}.pcap`),
        tap: await network.tap(join(directory, `${name}.${side}.pcap`), side),
      });
    await network.play('server', name);
    await Promise.all([network.play('client', name), scenario.road?.(network)]);
    await sleep(500);
    for (const { side, raw, tap } of taps)
      stamp(
        raw, join(captures, 'between', `${name.replace('between-', '')}.${side}.pcapng`), scenario.clocks[side] ?? {},
        await tap.stop(),
      );
  } finally {
    network.remove();
  }
}

/** Records the scenarios, AT_ONCE at a time, and returns the names of those that failed. */
async function recordAll(scenarios, directory) {
  const failed = [];
  const waiting = scenarios.sort((one, other) => (other.scenario.seconds ?? 0) - (one.scenario.seconds ?? 0));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await record(next.name, next.scenario, directory);
        console.error(`recorded ${next.name}`);
      } catch (error) {
        console.error(`${next.name}: ${error.message}`);
        failed.push(next.name);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failed;
}

const known = scenarioNames();
const names = process.argv.length > 2 ? process.argv.slice(2) : known;
const problems = [
  ...missingTools(),
  ...names
    .filter((name) => !known.includes(name))
    .map((name) => `no scenario is called ${name}; there are ${known.join(', ')}`),
];
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
const directory = mkdtempSync(join(tmpdir(), 'record-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const scenarios = await Promise.all(
  names.map(async (name) => ({ name, scenario: await import(`./scenarios/${name}.mjs`) })),
);
const failed = await recordAll(scenarios, directory);
process.exitCode = failed.length === 0 ? 0 : 1;
