/** What clients want of the shop, a function each. */
import { writeFileSync } from 'node:fs';
import { abort, ask, close, connect, ended, shutdown, sleep } from '../sockets.mjs';
import { ARCHIVE, IDLE, PORTS, WAY } from './ports.mjs';

/** Turns TCP timestamps on or off in the client's host; a connection keeps what it began with. */
function timestamps(value) {
  writeFileSync('/proc/sys/net/ipv4/tcp_timestamps', String(value));
}

/** Every fifth over IPv6; `turn` counts from 0. */
export async function page(turn) {
  const socket = await connect(PORTS.web, { family: turn % 5 === 0 ? 6 : 4 });
  await ask(socket, 'GET / HTTP/1.1\r\n\r\n', 900);
  await ended(socket);
  close(socket);
}

export async function order() {
  const socket = await connect(PORTS.api);
  await ask(socket, 'GET /orders HTTP/1.1\r\n\r\n');
  await sleep(20);
  close(socket);
}

/** As an order, but the server forgets to close it. */
export async function leak() {
  const socket = await connect(PORTS.api);
  await ask(socket, 'GET /export HTTP/1.1\r\n\r\n');
  await sleep(20);
  close(socket);
}

export async function query() {
  const socket = await connect(PORTS.postgres);
  await ask(socket, 'select * from orders', 240);
  await sleep(300);
  await ask(socket, 'select * from customers', 240);
  close(socket);
}

export async function cache() {
  const socket = await connect(PORTS.redis);
  await ask(socket, '*2\r\n$3\r\nGET\r\n$4\r\ncart\r\n', 5);
  close(socket);
}

/** Resets, to have no TIME-WAIT. */
export async function healthCheck() {
  const socket = await connect(PORTS.api);
  await ask(socket, 'GET /health HTTP/1.1\r\n\r\n');
  await sleep(200);
  abort(socket);
}

export async function upload() {
  const socket = await connect(PORTS.uploads);
  socket.write('PUT /photo HTTP/1.1\r\nContent-Length: 12000\r\n\r\n');
  socket.write(Buffer.alloc(12_000, 'b'));
  await sleep(600);
}

/** Asks again while the server's FIN is on its way. */
export async function race() {
  const socket = await connect(PORTS.gateway);
  await ask(socket, 'GET /prices HTTP/1.1\r\n\r\n');
  await sleep(IDLE - WAY); // leaves together with the server's FIN
  socket.write('GET /prices HTTP/1.1\r\n\r\n');
  await sleep(500);
  close(socket);
}

export async function job() {
  const socket = await connect(PORTS.worker);
  socket.write('{"resize":"photo.jpg"}\n');
  await sleep(4000);
  close(socket);
}

/** Twice from the same port; the second SYN meets TIME-WAIT, with a lower number and without timestamps. */
export async function archive() {
  const bytes = Buffer.alloc(ARCHIVE, 'b');
  timestamps(0);
  const socket = await connect(PORTS.backup, { localPort: 61_001 });
  socket.write(bytes);
  await ended(socket);
  close(socket);
  await sleep(1);
  const again = await connect(PORTS.backup, { localPort: 61_001 });
  timestamps(1);
  again.write('done');
  await ended(again);
  close(again);
}

/** From the same port each time. */
export async function report() {
  const socket = await connect(PORTS.web, { localPort: 61_002 });
  await ask(socket, 'GET /report HTTP/1.1\r\n\r\n', 900);
  await ended(socket);
  close(socket);
}

export async function metrics() {
  await connect(PORTS.metrics).catch(() => {}); // refused
}

/** After half a minute the road is cut: what is said then is not answered. */
export async function chat() {
  const socket = await connect(PORTS.chat);
  await ask(socket, '<stream>');
  await sleep(35_000);
  socket.write('<presence/>');
}

export async function fetch() {
  const socket = await connect(PORTS.git);
  socket.write('0032git-upload-pack /shop.git\0host=example.org\0');
  shutdown(socket);
  await ended(socket);
  close(socket);
}
