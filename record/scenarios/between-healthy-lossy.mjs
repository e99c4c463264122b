import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 10;
export const clocks = { client: { offset: 3_600_000 }, server: { offset: 200, drift: 60 } };
export const box = {
  there: 10,
  back: 25,
  seed: 7,
  ports: { 80: { nat: '198.51.100.99', service: ['198.51.100.20', 8080], drop: { there: [0.02], back: [0.02] } } },
};

export async function server() {
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.end(Buffer.alloc(120_000, 'a'));
    await ended(socket);
    close(socket);
  });
}

export async function client() {
  for (let flow = 1; flow <= 8; flow += 1) {
    const socket = await connect(80);
    const all = ended(socket);
    await ask(socket, `GET /${flow} HTTP/1.0\r\n\r\n`);
    await all;
    close(socket);
    await sleep(200);
  }
  await sleep(1500);
}
