import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 8;
const VISITS = 200;

/** By turns the client closes first, and the server. */
export async function server() {
  await listen(443, async (socket) => {
    await heard(socket);
    socket.write(Buffer.alloc(600, 'r'));
    await ended(socket);
    close(socket);
  });
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.write(Buffer.alloc(1200, 'r'));
    close(socket);
  });
}

async function visit(number) {
  const family = number % 5 === 0 ? 6 : 4;
  const closesFirst = number % 2 === 0;
  const socket = await connect(closesFirst ? 443 : 8080, { family });
  await ask(socket, `GET /${number} HTTP/1.1\r\n\r\n`, closesFirst ? 600 : 1200);
  await (closesFirst ? sleep((number * 37) % 150) : ended(socket));
  close(socket);
}

export async function client() {
  let next = 0;
  const visitor = async () => {
    while (next < VISITS) {
      next += 1;
      await visit(next);
      await sleep((next * 53) % 120);
    }
  };
  await Promise.all(Array.from({ length: 6 }, visitor));
  await sleep(500);
}
