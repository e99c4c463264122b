import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The hosts of every recording, each behind a leg of its own of the router. */
export const HOSTS = ['client', 'server', 'backend'];

/** Debian's programs first: what the machine has of its own (another python3) lacks Debian's packages. */
const PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', dirname(process.execPath)].join(':');

/** Seconds that a server may take until it listens; mariadbd and squid on a busy machine need some. */
const PATIENCE = 40;

const distance = fileURLToPath(new URL('../../record/kernel/distance.py', import.meta.url));
const offload = fileURLToPath(new URL('../../record/offload.py', import.meta.url));

const living = new Set();
process.on('exit', () => {
  for (const stage of living) stage.remove();
});

let stages = 0;

/**
 * A client, a server and a backend, each a network namespace, and a router between them; the programs that run there;
 * and a log of what was done and said. The kernel's tracepoints do not say in which namespace a socket lives, so
 * stages that stand at once share no address.
 */
export class Stage {
  #name = `software-${process.pid}-${++stages}`;
  #began = performance.now();
  #children = [];
  #hosts = {};
  folder = mkdtempSync(join(tmpdir(), 'lastack-software-'));
  log = [];
  late = 0;

  /** @param delay milliseconds that a packet takes from a host to the router, by host */
  constructor({ delay = {} } = {}) {
    living.add(this);
    chmodSync(this.folder, 0o777);
    const net = 200 + ((process.pid + stages) % 55);
    for (const name of [...HOSTS, 'router']) this.#hosts[name] = new Host(this, name, `${this.#name}-${name}`, net);
    const links = [...HOSTS, 'router'].map((name) => `netns add ${this.#hosts[name].namespace}`);
    if (Object.keys(delay).length > 0) links.push(`netns add ${this.#name}-cable`);
    call('ip', ['-batch', '-'], `${links.join('\n')}\n`);
    for (const name of HOSTS) this.#connect(this.#hosts[name], name in delay);
    this.router.must('sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
  }

  get client() {
    return this.#hosts.client;
  }
  get server() {
    return this.#hosts.server;
  }
  get backend() {
    return this.#hosts.backend;
  }
  get router() {
    return this.#hosts.router;
  }

  /** Lays the cables of the hosts that are far away; resolves when packets get through. */
  async lay(delay) {
    for (const [name, milliseconds] of Object.entries(delay)) {
      // What goes through a program must have been cut into packets before, with its checksums filled in.
      this.#hosts[name].must(`python3 -B ${offload} eth0`);
      this.router.must(`python3 -B ${offload} ${name}`);
      const cable = this.#child(
        `${this.#name}-cable`,
        `exec python3 -B ${distance} ${milliseconds} near-${name} far-${name}`,
      );
      await once(cable.stdout, 'data');
    }
  }

  /** Writes a file into the folder where all programs run. */
  write(name, text) {
    writeFileSync(join(this.folder, name), text);
    chmodSync(join(this.folder, name), 0o755);
  }

  /** Resolves after so many seconds; `late` is by how many more the latest did, where the machine was busy. */
  async wait(seconds) {
    const due = performance.now() + seconds * 1000;
    await sleep(seconds * 1000);
    this.late = Math.max(this.late, (performance.now() - due) / 1000);
  }

  note(line) {
    this.log.push(`${((performance.now() - this.#began) / 1000).toFixed(2).padStart(7)}  ${line}`);
  }

  /** Times of the log count from now on. */
  restart() {
    this.#began = performance.now();
    this.late = 0;
  }

  remove() {
    if (!living.delete(this)) return;
    const names = [...HOSTS, 'router', 'cable'].map((name) => `${this.#name}-${name}`);
    for (const name of names) {
      for (const pid of (spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).stdout ?? '')
        .split('\n')
        .filter(Boolean))
        kill(Number(pid), 'SIGKILL');
    }
    for (const { pid } of this.#children) kill(-pid, 'SIGKILL');
    for (const name of names) spawnSync('ip', ['netns', 'delete', name]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @internal */
  spawn(host, command) {
    return this.#child(host.namespace, command);
  }

  #child(namespace, command) {
    const options = {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      cwd: this.folder,
      env: environment(this.folder),
    };
    const child = spawn('ip', ['netns', 'exec', namespace, 'bash', '-c', command], options);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8');
    this.#children.push(child);
    return child;
  }

  #connect(host, far) {
    const { namespace, name, v4, v6 } = host;
    const router = this.router.namespace;
    const cable = `${this.#name}-cable`;
    const lines = far
      ? [
          `link add eth0 netns ${namespace} type veth peer name near-${name} netns ${cable}`,
          `link add far-${name} netns ${cable} type veth peer name ${name} netns ${router}`,
        ]
      : [`link add eth0 netns ${namespace} type veth peer name ${name} netns ${router}`];
    call('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
    if (far) for (const end of ['near', 'far']) call('ip', ['-n', cable, 'link', 'set', `${end}-${name}`, 'up']);
    const [v4gateway, v6gateway] = [v4, v6].map((address) => address.replace(/2$/, '1'));
    call(
      'ip',
      ['-n', router, '-batch', '-'],
      [
        `link set ${name} up`,
        `address add ${v4gateway}/24 dev ${name}`,
        `address add ${v6gateway}/64 dev ${name} nodad`,
      ].join('\n'),
    );
    call(
      'ip',
      ['-n', namespace, '-batch', '-'],
      [
        'link set lo up',
        'link set eth0 up',
        `address add ${v4}/24 dev eth0`,
        `address add ${v6}/64 dev eth0 nodad`,
        `route add default via ${v4gateway}`,
        `route add default via ${v6gateway}`,
      ].join('\n'),
    );
  }
}

/** One of the hosts, or the router. */
class Host {
  #stage;

  constructor(stage, name, namespace, net) {
    const leg = HOSTS.indexOf(name) + 1;
    this.#stage = stage;
    Object.assign(this, { name, namespace, v4: `10.${net}.${leg}.2`, v6: `fd78:${net}:${leg}::2` });
  }

  /**
   * Starts a program that goes on: its handle. The command is a line of bash; `exec` lets signals reach the program
   * itself.
   */
  start(command) {
    this.#stage.note(`[${this.name}] & ${brief(command)}`);
    return new Program(this.#stage, this, this.#stage.spawn(this, command), command);
  }

  /** Runs a command to its end; resolves to what it printed. Its status is not judged: many commands are to fail. */
  async run(command) {
    const program = new Program(this.#stage, this, this.#stage.spawn(this, command), command);
    const status = await program.ended;
    this.#stage.note(`[${this.name}] ${brief(command)} -> ${status}: ${brief(program.said, 700)}`);
    return program.said;
  }

  /** Runs a command that must succeed, and waits for it. */
  must(command, input) {
    call('ip', ['netns', 'exec', this.namespace, 'bash', '-c', command], input, {
      cwd: this.#stage.folder,
      env: environment(this.#stage.folder),
    });
    if (!command.startsWith('python3 -B'))
      this.#stage.note(`[${this.name}] ${brief(command)}${input ? `: ${brief(input, 400)}` : ''}`);
  }

  /** Adds rules to the firewall of this host: `at` is where they look, as in `type filter hook forward priority 0`. */
  firewall(at, ...rules) {
    const chain = at.replaceAll(' ', '-');
    const lines = [
      `add table inet stage`,
      `add chain inet stage ${chain} { ${at}; }`,
      ...rules.map((rule) => `add rule inet stage ${chain} ${rule}`),
    ];
    this.must('nft -f -', `${lines.join('\n')}\n`);
  }

  /**
   * Resolves when something listens on the port; rejects if the program that is to do so ends before, or takes too
   * long.
   */
  async listening(port, program) {
    const end = performance.now() + PATIENCE * 1000;
    for (let status = null; performance.now() < end && status === null; status = program?.status ?? null) {
      const { stdout } = spawnSync('ss', ['-N', this.namespace, '-ltnH', `sport = :${port}`], { encoding: 'utf8' });
      if (stdout.trim() !== '') return;
      await sleep(50);
    }
    throw new Error(`nothing listens on port ${port} of the ${this.name}; it has said: ${program?.said ?? 'nothing'}`);
  }

  /** Notes how many sockets are in which state. */
  sockets() {
    const { stdout } = spawnSync('ss', ['-N', this.namespace, '-tanH'], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const counts = {};
    for (const [state] of stdout.matchAll(/^\S+/gm)) if (state !== 'LISTEN') counts[state] = (counts[state] ?? 0) + 1;
    this.#stage.note(`ss [${this.name}]: ${JSON.stringify(counts)}`);
  }
}

/** A program on a host, with everything it started in its group. */
class Program {
  /** What it has printed so far, and its status once it has ended. */
  said = '';
  status = null;
  #stage;
  #host;
  #child;

  constructor(stage, host, child, command) {
    this.#stage = stage;
    this.#host = host;
    this.#child = child;
    this.command = command;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        if (this.said.length < 100_000) this.said += text;
      });
    }
    this.ended = once(child, 'close').then(([status, signal]) => {
      this.status = status ?? signal;
      return this.status;
    });
  }

  /** Sends a signal to the program and to all that it started. */
  signal(name) {
    this.#stage.note(`${name} to ${brief(this.command, 60)} on the ${this.#host.name}`);
    kill(-this.#child.pid, name);
  }

  /** Resolves when it has ended, and notes what it said. */
  async over() {
    const status = await this.ended;
    this.#stage.note(`[${this.#host.name}] ${brief(this.command)} -> ${status}: ${brief(this.said, 700)}`);
    return this.said;
  }
}

function environment(folder) {
  const python = { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
  // libpq would ask for encryption first, on each connection.
  const postgres = { PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' };
  return { PATH, HOME: folder, LANG: 'C.UTF-8', ...python, ...postgres };
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended before.
  }
}

function brief(text, length = 160) {
  const line = text.trim().replace(/\s*\n\s*/g, ' | ');
  return line.length > length ? `${line.slice(0, length)} …` : line;
}

function call(command, args, input, options = {}) {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: 'utf8', input, ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr.trim()} ${stdout.trim()}`);
}
