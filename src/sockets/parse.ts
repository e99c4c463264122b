import { SocketAddress, isIP } from 'node:net';
import type { Address } from '../tcp/connection.js';
import type { HostSocket, Process } from '../analysis/host-socket.js';

/** No tool writes longer ones. */
const LONGEST_LINE = 10_000;

/** What a line of each tool says of a connected TCP socket; null for any other line. */
type LineParser = (line: string) => HostSocket | null;

/**
 * The sockets in the output of `ss -tanpe`, `netstat -nap` or `lsof -nPi`: each line tells by its shape whose it is, all others (headers,
 * listeners, other protocols) are passed over. Lines of one socket (lsof has one for each process) are joined.
 */
export function parseSockets(text: string): HostSocket[] {
  const sockets = new Map<string, HostSocket>();
  for (const line of text.split(/\r?\n/)) {
    if (line.length > LONGEST_LINE) continue;
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
    const [, receive, send, local = '', remote = '', state = null, pid, name = ''] = /^tcp[46]?\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+([A-Z][A-Z0-9_]*)(?:\s+(?:(\d+)\/(.*?)|-))?\s*$/.exec(line) ?? [];
    return socket(local, remote, state, pid === undefined ? [] : [{ name, pid: Number(pid) }], receive, send);
  },
  /** `CLOSE-WAIT 513 0 10.0.0.2:80 10.0.0.1:40000 users:(("python3",pid=12,fd=5)) uid:0 ino:7`; `tcp` before it without -t, no state with `state …`. */
  function ss(line) {
    const [, state, receive, send, local = '', remote = '', rest = ''] = /^(?:tcp\s+)?(?:([A-Z][A-Z0-9-]*)\s+)?(\d+)\s+(\d+)\s+(\S+)\s+(\S+)(?:\s+(.*))?$/.exec(line) ?? [];
    const processes = [...rest.matchAll(/\("((?:[^"\\]|\\.)*)",pid=(\d+)/g)].map(([, name = '', pid]) => ({ name, pid: Number(pid) }));
    return socket(local, remote, state ?? null, processes, receive, send);
  },
  /** `python3 12 root 5u IPv4 7 0t0 TCP 10.0.0.2:80->10.0.0.1:40000 (CLOSE_WAIT)`; with -Tqs `(QR=513 QS=0 ST=CLOSE_WAIT)`. */
  function lsof(line) {
    const [, name = '', pid, local = '', remote = '', about = ''] = /^(\S+)\s+(\d+)\s.*?\sTCP\s+(\S+?)->(\S+)(?:\s+\(([^)]*)\))?\s*$/.exec(line) ?? [];
    const state = /(?:^|ST=)([A-Z][A-Z0-9_]+)(?:\s|$)/.exec(about)?.[1] ?? null;
    const [, receive] = /QR=(\d+)/.exec(about) ?? [];
    const [, send] = /QS=(\d+)/.exec(about) ?? [];
    return socket(local, remote, state, [{ name, pid: Number(pid) }], receive, send);
  },
];

function socket(
  local: string, remote: string, state: string | null, processes: readonly Process[], receive: string | undefined, send: string | undefined,
): HostSocket | null {
  const [own, peer] = [address(local), address(remote)];
  if (own === null || peer === null) return null;
  return { local: own, remote: peer, state, processes, receiveQueue: queue(receive), sendQueue: queue(send) };
}

function queue(bytes: string | undefined): number | null {
  return bytes === undefined ? null : Number(bytes);
}

/** `10.0.0.1:80`, `[fe80::1]%eth0:80`, `::1:80`; an IPv4-mapped one is what the wire shows, IPv4. Null for names, `*` and port 0. */
function address(text: string): Address | null {
  const [, host = '', port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/%[^\]]*/, '').replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.)/i, '');
  const version = isIP(bare);
  if (version === 0 || Number(port) < 1 || Number(port) > 65_535) return null;
  return { address: new SocketAddress({ address: bare, family: version === 6 ? 'ipv6' : 'ipv4' }).address, port: Number(port) };
}

function joined(known: readonly Process[], more: readonly Process[]): Process[] {
  return [...known, ...more.filter(({ pid }) => known.every((process) => process.pid !== pid))];
}
