import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 8;
export const clocks = { server: { offset: 200, drift: 60 } };
export const box = {
  there: 1,
  back: 2,
  ports: { 8080: {}, 8081: { words: 'forbidden', reset: 'client' }, 8082: { words: 'forbidden', reset: 'both' } },
};

export async function server() {
  for (const port of [8080, 8081, 8082]) {
    await listen(port, async (socket) => {
      await heard(socket);
      await sleep(100);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      await ended(socket);
      close(socket);
    });
  }
}

export async function client() {
  for (let flow = 1; flow <= 6; flow += 1) {
    const socket = await connect(8080);
    await ask(socket, `GET /${flow} HTTP/1.1\r\n\r\n`);
    close(socket);
    await sleep(400);
  }
  for (const port of [8081, 8082]) {
    const socket = await connect(port);
    socket.write('GET /forbidden HTTP/1.1\r\n\r\n');
    await sleep(1500);
    close(socket);
  }
  const last = await connect(8080);
  await ask(last, 'GET /last HTTP/1.1\r\n\r\n');
  close(last);
  await sleep(500);
}
