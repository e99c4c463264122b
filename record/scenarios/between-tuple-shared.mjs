import { ask, close, connect, listen, sleep } from '../sockets.mjs';

export const seconds = 8;
export const clocks = { server: { offset: 200, drift: 60 } };
const service = ['198.51.100.20', 10000];
/** A load balancer with two addresses that keeps the client's: both lead to one server. */
export const box = { there: 1, back: 1, ports: { 10001: { service }, 10002: { service }, 8080: {} } };

export async function server() {
  for (const port of [8080, 10000]) {
    await listen(port, (socket) => {
      socket.on('data', () => socket.write('ok'));
      socket.on('end', () => close(socket));
    });
  }
}

async function visit() {
  const socket = await connect(8080);
  await ask(socket, 'GET /');
  close(socket);
}

export async function client() {
  await visit();
  const first = await connect(10001, { localPort: 45_000 });
  await ask(first, 'hello');
  await sleep(1500);
  const second = await connect(10002, { localPort: 45_000 });
  await ask(second, 'hello');
  await sleep(1500);
  await visit();
  await sleep(500);
}
