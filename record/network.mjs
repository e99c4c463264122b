import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { addresses } from './addresses.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const SIDES = ['client', 'server'];

/** Fixed, so that distance.py can address the hosts; from the range for documentation (RFC 9542). */
const MAC = { client: '00:00:5e:00:53:0a', server: '00:00:5e:00:53:14' };

/** Bytes kept of each packet: all headers and options, and enough of the payload to recognise it. */
const SNAP_LENGTH = 128;

let count = 0;
const living = new Set();
process.on('exit', () => {
  for (const network of living) network.remove();
});

/**
 * Three namespaces in a row: `client` - `router` - `server`. A host's interface is eth0; the router's are named after
 * the host.
 */
export class Network {
  #name = `record-${process.pid}-${(count += 1)}`;
  #snapLength;
  #processes = [];
  /** Resolves when the road carries everything. */
  #ready = Promise.resolve();

  constructor({ settings = {}, distant, box, snapLength = SNAP_LENGTH }) {
    this.#snapLength = snapLength;
    living.add(this);
    for (const host of [...SIDES, 'router']) run('ip', ['netns', 'add', this.#namespace(host)]);
    for (const side of SIDES) this.#connect(side, settings[side] ?? []);
    this.#run('router', 'sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    if (distant) this.#setApart(distant);
    if (box) this.#putBetween(box);
  }

  #namespace(host) {
    return `${this.#name}-${host}`;
  }

  #run(host, command, options) {
    run('ip', ['netns', 'exec', this.#namespace(host), command, ...options]);
  }

  #spawn(host, command, options, stdio) {
    // A group of its own, so that what a player has forked ends with it.
    const child = spawn('ip', ['netns', 'exec', this.#namespace(host), command, ...options], { stdio, detached: true });
    this.#processes.push(child);
    return child;
  }

  #connect(side, settings) {
    const { v4, v6 } = addresses[side];
    const host = this.#namespace(side);
    const router = this.#namespace('router');
    ip(`link add eth0 netns ${host} address ${MAC[side]} type veth peer name ${side} netns ${router}`);
    ip(`-n ${host} link set lo up`);
    ip(`-n ${host} link set eth0 up`);
    ip(`-n ${router} link set ${side} up`);
    for (const [own, gateway] of [[v4.host, v4.router], [v6.host, v6.router]]) {
      const nodad = own.includes(':') ? ' nodad' : '';
      ip(`-n ${host} address add ${own} dev eth0${nodad}`);
      ip(`-n ${router} address add ${gateway} dev ${side}${nodad}`);
      ip(`-n ${host} route add default via ${gateway.split('/')[0]}`);
    }
    // Segments as they would be on a wire: of one MSS, with a checksum.
    this.#run(side, 'python3', [`${here}offload.py`, 'eth0']);
    if (settings.length > 0) this.#run(side, 'sysctl', ['-qw', ...settings]);
  }

  /** Packets of the port are not forwarded by the kernel but carried over, later, by distance.py. */
  #setApart({ port, milliseconds }) {
    for (const end of ['sport', 'dport']) {
      run('ip', [
        '-n', this.#namespace('router'), 'rule', 'add', 'pref', '100', 'ipproto', 'tcp', end, String(port), 'blackhole',
      ]);
    }
    const ends = SIDES.flatMap((side) => [side, MAC[side]]);
    const carrier = this.#spawn(
      'router', 'python3', [`${here}distance.py`, String(port), String(milliseconds), ...ends],
      ['ignore', 'pipe', 'inherit'],
    );
    this.#ready = said(carrier, carrier.stdout, 'carrying');
  }

  /** Packets of these ports are carried over by box.py, which does to them what boxes on the way do. */
  #putBetween(box) {
    const router = this.#namespace('router');
    const ports = new Set(
      Object.entries(box.ports).flatMap(([port, { service }]) => [port, service?.[1] ?? port].map(Number)),
    );
    for (const port of ports) {
      for (const end of ['sport', 'dport']) ip(`-n ${router} rule add pref 100 ipproto tcp ${end} ${port} blackhole`);
    }
    const mac = spawnSync('ip', ['netns', 'exec', router, 'cat', '/sys/class/net/server/address'], {
      encoding: 'utf8',
    }).stdout.trim();
    const names = new Set(Object.values(box.ports).flatMap(({ nat }) => nat ?? []));
    // Nobody has these addresses but the box, and nobody answers for it who has them.
    for (const name of names) ip(`-n ${this.#namespace('server')} neigh add ${name} lladdr ${mac} dev eth0`);
    const ends = SIDES.flatMap((side) => [side, MAC[side]]);
    const carrier = this.#spawn(
      'router', 'python3', [`${here}box.py`, JSON.stringify(box), ...ends], ['ignore', 'pipe', 'inherit'],
    );
    this.#ready = said(carrier, carrier.stdout, 'carrying');
  }

  /** From now on nothing gets through the router, or nothing to this port. The tap still sees what the client sends. */
  cut(port) {
    const which = port === undefined ? [] : ['ipproto', 'tcp', 'dport', String(port)];
    run('ip', ['-n', this.#namespace('router'), 'rule', 'add', 'pref', '50', ...which, 'blackhole']);
  }

  mend() {
    run('ip', ['-n', this.#namespace('router'), 'rule', 'del', 'pref', '50']);
  }

  /**
   * Records the client's side of the router into `file` until `stop()`; with `side`, what this host itself sends and
   * gets. Resolves when the first packet would get through and be seen. `stop()` tells between which moments was
   * listened, in milliseconds.
   */
  async tap(file, side) {
    const [host, device] = side === undefined ? ['router', 'client'] : [side, 'eth0'];
    const tcpdump = this.#spawn(
      host, 'tcpdump',
      ['-i', device, '-s', String(this.#snapLength), '-w', file, '-Z', 'root', '--immediate-mode', 'tcp or icmp'],
      ['ignore', 'ignore', 'pipe'],
    );
    let report = '';
    tcpdump.stderr.on('data', (text) => {
      report += text;
    });
    await Promise.all([this.#ready, said(tcpdump, tcpdump.stderr, 'listening on')]);
    const begin = Date.now();
    return {
      async stop() {
        const end = Date.now();
        const closed = once(tcpdump, 'close');
        tcpdump.kill('SIGINT');
        await closed;
        if (!/^0 packets dropped by kernel$/m.test(report))
          throw new Error(`tcpdump has missed packets: ${report.trim()}`);
        return { begin, end };
      },
    };
  }

  /** Runs one side of a scenario in its host; resolves when that side says it is done. It lives on until `remove()`. */
  async play(side, scenario) {
    const player = this.#spawn(
      side, process.execPath, [`${here}play.mjs`, side, scenario], ['ignore', 'pipe', 'inherit'],
    );
    await said(player, player.stdout, 'done');
  }

  remove() {
    if (!living.delete(this)) return;
    for (const { pid, exitCode, signalCode } of this.#processes) {
      if (exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    }
    for (const host of [...SIDES, 'router']) spawnSync('ip', ['netns', 'delete', this.#namespace(host)]);
  }
}

function ip(line) {
  run('ip', line.split(' '));
}

function run(command, options) {
  const { error, status, stderr } = spawnSync(command, options, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${options.join(' ')} failed: ${stderr.trim()}`);
}

/** Resolves when the process writes the words, rejects if it ends before. */
function said(child, stream, words) {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (more) => {
      text += more;
      if (text.includes(words)) resolve();
    });
    child.on('error', reject);
    child.on('exit', () =>
      reject(new Error(`${child.spawnargs.slice(4).join(' ')} ended before it said "${words}": ${text.trim()}`)),
    );
  });
}
