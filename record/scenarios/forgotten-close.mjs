import { heartbeat, heartbeatServer } from '../heartbeat.mjs';
import { ask, close, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 80;

export async function server() {
  await heartbeatServer();
  await listen(8000, async (socket) => {
    await heard(socket);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    // What is forgotten here: close() when read() returns 0.
  });
}

export async function client() {
  for (let order = 1; order <= 8; order += 1) {
    const socket = await connect(8000);
    await ask(socket, `GET /orders/${order} HTTP/1.1\r\n\r\n`);
    close(socket);
    await sleep(1500);
  }
  await heartbeat();
}
