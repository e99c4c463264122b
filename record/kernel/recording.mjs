/**
 * One recording: a plan is played on a road, while tcpdump listens to the wire, the kernel's tracepoints to its
 * sockets, and ss lists them. What comes out is told in test/truth/README.md.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { listSockets, now } from './listing.mjs';
import { makePlan } from './plan.mjs';
import { Road, addressesOf } from './road.mjs';
import { Trace } from './trace.mjs';

/** Bytes of each packet: all headers, and enough payload to recognise it. */
const SNAP_LENGTH = 160;

/** Seconds from the start of the players to the plan's zero. */
const LEAD = 4;

/** How far the kernel's clock may be from the capture's, in seconds: the median over all SYNs. */
const CLOCKS_APART = 0.001;

const player = fileURLToPath(new URL('player.py', import.meta.url));

/**
 * Records into `folder`; answers how far the SYNs of the capture are from the kernel's SYN-SENT, in seconds (median).
 */
export async function record(folder, { seed, scenarios, duration, loss, delay, tap, late }) {
  mkdirSync(folder, { recursive: true });
  const addresses = addressesOf(process.pid);
  const plan = makePlan({ seed, scenarios, duration, addresses });
  const file = (name) => join(folder, name);
  writeFileSync(file('plan.json'), JSON.stringify(plan));
  const road = new Road({
    addresses, loss, delay, settings: plan.settings,
    rawPorts: plan.scenarios.filter(({ raw }) => raw).map(({ cport }) => cport),
  });
  const trace = new Trace();
  try {
    await road.open();
    const zero = now() + LEAD;
    let capture = late > 0 ? null : await listen(road, tap, file('capture.pcap'));
    const lists = listSockets(road);
    const players = [];
    for (const side of ['server', 'client']) players.push(await play(road, side, file, zero));
    if (now() > zero) throw new Error('the players were not ready in time: this machine is too busy to record');
    if (late > 0) {
      await sleep((zero + late - now()) * 1000);
      capture = await listen(road, tap, file('capture.pcap'));
    }
    await Promise.all(players.map((over) => over()));
    await sleep(500);
    await capture.stop();
    writeLines(file('ss.ndjson'), await lists.stop());
    const events = trace.events(new Set([...Object.values(addresses.client), ...Object.values(addresses.server)]));
    writeLines(file('truth.ndjson'), events);
    mergeOps(file);
    const meta = { t0: zero, end: now(), tap, loss: loss / 100, delay, late, kernel: release() };
    writeFileSync(file('meta.json'), JSON.stringify(meta));
    return compareClocks(file('capture.pcap'), events, delay / 1000);
  } finally {
    trace.remove();
    road.remove();
  }
}

/** Resolves when the first packet would be seen. */
async function listen(road, tap, file) {
  const [host, device] = tap === 'client' ? ['client', 'eth0'] : ['router', 'server'];
  const tcpdump = road.spawn(host, 'tcpdump', [
    '-i', device, '-s', String(SNAP_LENGTH), '-B', '16384', '-Z', 'root', '--immediate-mode', '-w', file, 'tcp',
  ]);
  const report = await said(tcpdump, tcpdump.stderr, 'listening on');
  return {
    async stop() {
      const closed = once(tcpdump, 'close');
      tcpdump.kill('SIGINT');
      await closed;
      if (!/^0 packets dropped by kernel$/m.test(report()))
        throw new Error(`tcpdump has missed packets: ${report().trim()}`);
    },
  };
}

/** Resolves when the side is ready, to a function that resolves when it is over. */
async function play(road, side, file, zero) {
  const child = road.spawn(side, 'python3', [
    '-B', player, side, file('plan.json'), file(`ops-${side}.ndjson`), String(zero), road.namespace('router'),
  ]);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  const closed = once(child, 'close');
  await said(child, child.stdout, 'ready');
  return async () => {
    const [status] = await closed;
    if (status !== 0 || complaint !== '')
      throw new Error(`the ${side} has failed: ${complaint.trim() || `status ${status}`}`);
  };
}

/**
 * Resolves when the process writes the words, to a function that answers all it has written since; rejects if it ends
 * before.
 */
function said(child, stream, words) {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (more) => {
      text += more;
      if (text.includes(words)) resolve(() => text);
    });
    child.on('error', reject);
    child.on('exit', () =>
      reject(new Error(`${child.spawnargs.slice(4, 6).join(' ')} ended before it said "${words}": ${text.trim()}`)),
    );
  });
}

function mergeOps(file) {
  const sides = ['client', 'server'].map((side) => file(`ops-${side}.ndjson`));
  const ops = sides.flatMap((name) =>
    readFileSync(name, 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
  writeLines(file('ops.ndjson'), ops.sort((one, other) => one.end - other.end));
  for (const name of sides) rmSync(name);
}

function writeLines(file, rows) {
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/**
 * Every SYN-SENT of the kernel beside the nearest SYN of the same port on the wire. Some have none: lost, or before the
 * capture.
 */
function compareClocks(capture, events, delay) {
  const { stdout } = spawnSync(
    'tcpdump', ['-nr', capture, '-tt', 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn or (ip6 and ip6[53] & 18 == 2)'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const syns = new Map();
  for (const [, time, port] of stdout.matchAll(/^(\d+\.\d+) IP6? \S+\.(\d+) >/gm))
    syns.set(port, [...(syns.get(port) ?? []), Number(time)]);
  const apart = events.filter(({ to }) => to === 'SYN_SENT').flatMap(({ t, local }) => {
    const times = syns.get(local.split('|')[1]) ?? [];
    return times.length === 0 ? [] : [Math.min(...times.map((time) => Math.abs(time - t)))];
  }).sort((one, other) => one - other);
  const median = apart[Math.floor(apart.length / 2)] ?? Number.NaN;
  if (!(median < CLOCKS_APART + delay))
    throw new Error(`the kernel's account and the capture are ${median} s apart: their clocks differ`);
  return median;
}
