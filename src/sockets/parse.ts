import { SocketAddress, isIP } from 'node:net';
import type { Address } from '../tcp/connection.js';
import type { HostSocket, Process } from '../analysis/host-socket.js';

/** No tool writes longer ones. */
const LONGEST_LINE = 10_000;

/** What a line of each tool says of a connected TCP socket; null for any other line. */
type LineParser = (line: string) => HostSocket | null;

/**
 * The sockets in the output of `ss -tanpe`, `netstat -nap` or `lsof -nPi`: each line tells by its shape whose it is,
 * all others (headers, listeners, other protocols) are passed over. Lines of one socket (lsof has one for each process)
 * are joined.
 */
export function parseSockets(text: string): HostSocket[] {
  const sockets = new Map<string, HostSocket>();
  for (const read of text.split('\n')) {
    if (read.length > LONGEST_LINE) continue;
    const line = read.trim();
    const socket = parsers.map((parse) => parse(line)).find((found) => found !== null);
    if (socket === undefined) continue;
    const key = tupleKey(socket.local, socket.remote);
    const known = sockets.get(key);
    sockets.set(key, known === undefined ? socket : { ...known, processes: joined(known.processes, socket.processes) });
  }
  return [...sockets.values()];
}

export function tupleKey(local: Address, remote: Address): string {
  return `${local.address} ${local.port} ${remote.address} ${remote.port}`;
}

/** In order of preference: what is left of a line of netstat would do for ss. */
const parsers: readonly LineParser[] = [
  /** `tcp6 513 0 ::1:80 ::1:40000 CLOSE_WAIT 12/nginx: worker`; `-` where the process is not known. */
  function netstat(line) {
    const [protocol = '', receive = '', send = '', local = '', remote = '', state = '', ...rest] = line.split(BLANKS);
    if (!/^tcp[46]?$/.test(protocol) || !isNumber(receive) || !isNumber(send) || !/^[A-Z][A-Z0-9_]*$/.test(state))
      return null;
    // The name of a process may have blanks.
    const program = rest.join(' ');
    const [, pid, name = ''] = /^(\d+)\/(.*)$/s.exec(program) ?? [];
    if (pid === undefined && program !== '' && program !== '-') return null;
    return socket(local, remote, state, pid === undefined ? [] : [{ name, pid: Number(pid) }], receive, send);
  },
  /**
   * `CLOSE-WAIT 513 0 10.0.0.2:80 10.0.0.1:40000 users:(("python3",pid=12,fd=5)) uid:0 ino:7`; `tcp` before it without
   * -t, no state with `state …`.
   */
  function ss(line) {
    const words = line.split(BLANKS);
    if (words[0] === 'tcp') words.shift();
    const state = /^[A-Z][A-Z0-9-]*$/.test(words[0] ?? '') ? words.shift()! : null;
    const [receive = '', send = '', local = '', remote = ''] = words;
    return isNumber(receive) && isNumber(send) ? socket(local, remote, state, processesIn(line), receive, send) : null;
  },
  /**
   * `python3 12 root 5u IPv4 7 0t0 TCP 10.0.0.2:80->10.0.0.1:40000 (CLOSE_WAIT)`; with -Tqs
   * `(QR=513 QS=0 ST=CLOSE_WAIT)`.
   */
  function lsof(line) {
    const words = line.split(BLANKS);
    const [name = '', pid = ''] = words;
    const at = words.indexOf('TCP', 2);
    const [local = '', remote = ''] = words[at + 1]?.split('->', 2) ?? [];
    const rest = words.slice(at + 2).join(' ');
    const about = rest.startsWith('(') && rest.endsWith(')') ? rest.slice(1, -1) : '';
    if (at < 0 || !isNumber(pid) || (about === '' && rest !== '')) return null;
    const state = /(?:^|ST=)([A-Z][A-Z0-9_]+)(?:\s|$)/.exec(about)?.[1] ?? null;
    const [, receive] = /QR=(\d+)/.exec(about) ?? [];
    const [, send] = /QS=(\d+)/.exec(about) ?? [];
    return socket(local, remote, state, [{ name, pid: Number(pid) }], receive, send);
  },
];

/**
 * Between words. Whatever is looked for in a line is looked for in its words: a line of blanks or of brackets costs no
 * more than another one.
 */
const BLANKS = /\s+/;

function isNumber(word: string): boolean {
  return /^\d{1,15}$/.test(word);
}

/** `("nginx",pid=12,fd=5)`, each after the one before. A quote in a name is escaped. */
function processesIn(line: string): Process[] {
  const processes: Process[] = [];
  for (let at = line.indexOf('("'); at >= 0; at = line.indexOf('("', at)) {
    const from = at + 2;
    for (at = from; at < line.length && line[at] !== '"'; at++) if (line[at] === '\\') at++;
    PID.lastIndex = at;
    const [said, pid] = PID.exec(line) ?? [];
    if (said === undefined) continue;
    processes.push({ name: line.slice(from, at), pid: Number(pid) });
    at += said.length;
  }
  return processes;
}

const PID = /",pid=(\d+)/y;

function socket(
  local: string, remote: string, state: string | null, processes: readonly Process[], receive: string | undefined,
  send: string | undefined,
): HostSocket | null {
  const [own, peer] = [address(local), address(remote)];
  if (own === null || peer === null) return null;
  return { local: own, remote: peer, state, processes, receiveQueue: queue(receive), sendQueue: queue(send) };
}

function queue(bytes: string | undefined): number | null {
  return bytes === undefined ? null : Number(bytes);
}

/**
 * `10.0.0.1:80`, `[fe80::1]%eth0:80`, `::1:80`; an IPv4-mapped one is what the wire shows, IPv4. Null for names, `*`
 * and port 0.
 */
function address(text: string): Address | null {
  const [, host = '', port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/%[^\]]*/, '').replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.)/i, '');
  const version = isIP(bare);
  if (version === 0 || Number(port) < 1 || Number(port) > 65_535) return null;
  return {
    address: new SocketAddress({ address: bare, family: version === 6 ? 'ipv6' : 'ipv4' }).address, port: Number(port),
  };
}

function joined(known: readonly Process[], more: readonly Process[]): Process[] {
  return [...known, ...more.filter(({ pid }) => known.every((process) => process.pid !== pid))];
}
