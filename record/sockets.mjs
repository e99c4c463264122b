/**
 * What a scenario does with sockets, by the names of the system calls.
 *
 * Nothing closes by itself here: both sides allow half-open connections, so that a FIN is on the wire
 * only because somebody called for it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addresses } from './addresses.mjs';

export { sleep };

/** Listens on a port, for IPv4 and IPv6, and hands over each connection. `unread` leaves what arrives in the kernel. */
export function listen(port, serve, { backlog = 511, unread = false } = {}) {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: unread }, (socket) => {
    forgive(socket);
    serve(socket);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen({ port, host: '::', backlog }, () => resolve(server));
  });
}

/**
 * Listens on a port where nobody calls accept(), or only after so many milliseconds: in a process of its own, which
 * hangs.
 */
export async function listenAndHang(port, { backlog = 128, milliseconds = Infinity } = {}) {
  const program = fileURLToPath(new URL('hang.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, String(port), String(backlog), String(milliseconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
}

/** Connects to the server's host, or to an address that a box on the road has; rejects with the error of connect(). */
export function connect(
  port,
  {
    localPort, family = 4, to,
    host = to ?? (family === 6 ? addresses.server.v6 : addresses.server.v4).host.split('/')[0],
  } = {},
) {
  const socket = net.connect({ host, port, localPort, allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      forgive(socket);
      resolve(socket);
    });
  });
}

/** ECONNRESET and EPIPE are what is being recorded, no failures of the recorder. */
function forgive(socket) {
  socket.on('error', () => {});
}

/** Resolves when so many bytes more have been read. */
export function heard(socket, bytes = 1) {
  let missing = bytes;
  return new Promise((resolve) => {
    socket.on('data', function count(chunk) {
      missing -= chunk.length;
      if (missing > 0) return;
      socket.off('data', count);
      socket.resume();
      resolve();
    });
  });
}

/** Resolves when read() has returned 0: the peer's FIN is here. */
export function ended(socket) {
  return new Promise((resolve) => {
    if (socket.readableEnded) resolve();
    socket.once('end', resolve);
    socket.resume();
  });
}

/** Sends a request and reads the answer to it. */
export async function ask(socket, request, answerBytes = 1) {
  const answer = heard(socket, answerBytes);
  socket.write(request);
  await answer;
}

/** shutdown(SHUT_WR): a FIN; reading goes on. */
export function shutdown(socket) {
  socket.end();
}

/** close(): a FIN, and nobody reads any more. A RST instead if data was left unread. */
export function close(socket) {
  socket.destroy();
}

/** SO_LINGER {1, 0} and close(): a RST. */
export function abort(socket) {
  socket.resetAndDestroy();
}
