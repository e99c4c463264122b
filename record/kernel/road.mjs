import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SIDES = ['client', 'server'];
const HOSTS = [...SIDES, 'router', 'cable'];

const distance = fileURLToPath(new URL('distance.py', import.meta.url));
const offload = fileURLToPath(new URL('../offload.py', import.meta.url));

/** Short timers, so that a minute sees their ends; and TCP Fast Open for who asks for it, on both sides. */
const SETTINGS = [
  'net.ipv4.tcp_fin_timeout=6', 'net.ipv4.tcp_tw_reuse=1', 'net.ipv4.tcp_orphan_retries=3', 'net.ipv4.tcp_fastopen=3',
];

const living = new Set();
process.on('exit', () => {
  for (const road of living) road.remove();
});

/**
 * Addresses of one recording. The kernel's tracepoints do not say in which namespace a socket lives,
 * so recordings that run side by side on one machine must not share any.
 */
export function addressesOf(number) {
  const net = 100 + (number % 100);
  return {
    client: { v4: `10.${net}.1.2`, v6: `fd77:${net}:1::2` },
    server: { v4: `10.${net}.2.2`, v6: `fd77:${net}:2::2` },
  };
}

/** Two hosts and a router between them, each a network namespace, and every process that was started in them. */
export class Road {
  #name = `kernel-${process.pid}-${Date.now() % 100_000}`;
  #children = [];
  #delay;

  constructor({ addresses, loss, delay, rawPorts, settings }) {
    living.add(this);
    for (const host of HOSTS) run('ip', ['netns', 'add', this.namespace(host)]);
    for (const side of SIDES) this.#connect(side, addresses[side], settings[side], side === 'client' && delay > 0);
    this.#delay = delay;
    this.#run('router', 'sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    this.#run('router', 'nft', ['-f', '-'], routerRules(loss));
    this.#run('client', 'nft', ['-f', '-'], clientRules(rawPorts));
    this.#run('server', 'nft', ['-f', '-'], SERVER_RULES);
  }

  namespace(host) {
    return `${this.#name}-${host}`;
  }

  /** Starts a process in the host, with its output in pipes; it ends with the road at the latest. */
  spawn(host, command, args) {
    const child = spawn('ip', ['netns', 'exec', this.namespace(host), command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
    this.#children.push(child);
    return child;
  }

  /**
   * Resolves when packets get through: between the client and the router lies a cable on which each takes `delay`
   * milliseconds.
   */
  async open() {
    if (this.#delay === 0) return;
    // What goes through a program must have been cut into packets before, with its checksums filled in.
    for (const [host, device] of [
      ['client', 'eth0'], ['router', 'client'],
    ])
      this.#run(host, 'python3', ['-B', offload, device]);
    const cable = this.spawn('cable', 'python3', ['-B', distance, String(this.#delay), 'near', 'far']);
    let complaint = '';
    cable.stderr.setEncoding('utf8').on('data', (text) => {
      complaint += text;
    });
    await Promise.race([
      once(cable.stdout, 'data'),
      once(cable, 'close').then(() => Promise.reject(new Error(`the cable is broken: ${complaint.trim()}`))),
    ]);
  }

  remove() {
    if (!living.delete(this)) return;
    for (const { pid, exitCode, signalCode } of this.#children) {
      if (pid === undefined || exitCode !== null || signalCode !== null) continue;
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended in this very moment.
      }
    }
    for (const host of HOSTS) spawnSync('ip', ['netns', 'delete', this.namespace(host)]);
  }

  #run(host, command, args, input) {
    run('ip', ['netns', 'exec', this.namespace(host), command, ...args], input);
  }

  #connect(side, { v4, v6 }, settings, far) {
    const host = this.namespace(side);
    const router = this.namespace('router');
    const cable = this.namespace('cable');
    if (far) {
      ip(`link add eth0 netns ${host} type veth peer name near netns ${cable}`);
      ip(`link add far netns ${cable} type veth peer name ${side} netns ${router}`);
      for (const device of ['near', 'far']) ip(`-n ${cable} link set ${device} up`);
    } else {
      ip(`link add eth0 netns ${host} type veth peer name ${side} netns ${router}`);
    }
    for (const device of ['lo', 'eth0']) ip(`-n ${host} link set ${device} up`);
    ip(`-n ${router} link set ${side} up`);
    for (const [own, gateway, length, flag] of [
      [v4, v4.replace(/2$/, '1'), 24, ''], [v6, v6.replace(/2$/, '1'), 64, ' nodad'],
    ]) {
      ip(`-n ${host} address add ${own}/${length} dev eth0${flag}`);
      ip(`-n ${router} address add ${gateway}/${length} dev ${side}${flag}`);
      ip(`-n ${host} route add default via ${gateway}`);
    }
    this.#run(side, 'sysctl', ['-qw', ...SETTINGS, ...settings]);
  }
}

/**
 * Forwarding comes before the server's leg for what the client sends, and after it for what the server sends; so does
 * the loss.
 */
function routerRules(loss) {
  const perMyriad = Math.round(loss * 100);
  const random = perMyriad > 0 ? `meta l4proto tcp numgen random mod 10000 < ${perMyriad} drop` : '';
  return `table inet road {
    set gone { type inet_service; }
    set mute { type inet_service; }
    set deaf { type inet_service; }
    chain forward {
      type filter hook forward priority 0;
      tcp dport @gone drop
      tcp sport @gone drop
      tcp sport @mute drop
      tcp dport @deaf drop
      ${random}
    }
  }`;
}

/**
 * What comes for a client by hand must not reach the kernel, which knows no such socket and would answer with a RST.
 */
function clientRules(rawPorts) {
  if (rawPorts.length === 0) return '';
  return `table ip hands {
    chain prerouting {
      type filter hook prerouting priority -300;
      tcp dport { ${rawPorts.join(', ')} } drop
    }
  }`;
}

/** A firewall in front of the server's sockets: whose port is in the set gets a RST. */
const SERVER_RULES = `table inet host {
  set rejected { type inet_service; }
  chain input {
    type filter hook input priority 0;
    tcp sport @rejected reject with tcp reset
  }
}`;

function ip(line) {
  run('ip', line.split(' '));
}

function run(command, args, input) {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8', input });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr.trim()}`);
}
