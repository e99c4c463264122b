import { ask, close, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 9;
export const clocks = { server: { offset: -350, drift: -40 } };
export const box = { there: 5, back: 5, ports: { 8080: {}, 8081: { drop: { back: ['fin'] } } } };

export async function server() {
  for (const port of [8080, 8081]) {
    await listen(port, async (socket) => {
      await heard(socket);
      socket.write('HTTP/1.0 200 OK\r\n\r\nok');
      await sleep(300);
      close(socket);
    });
  }
}

async function visit(port) {
  const socket = await connect(port);
  await ask(socket, 'GET / HTTP/1.0\r\n\r\n');
  return socket;
}

export async function client() {
  for (let flow = 1; flow <= 4; flow += 1) {
    const socket = await visit(8080);
    await sleep(500);
    close(socket);
  }
  await visit(8081); // waits for a FIN that does not come
  await sleep(4500);
  const last = await visit(8080);
  await sleep(500);
  close(last);
  await sleep(1000);
}
