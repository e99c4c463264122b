import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

const PAGE = `HTTP/1.0 200 OK\r\n\r\n${'a line of the page\n'.repeat(400)}`;

export async function server() {
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.write(PAGE);
    close(socket);
  });
}

export async function client() {
  const socket = await connect(8080);
  await ask(socket, 'GET / HTTP/1.0\r\n\r\n', PAGE.length);
  await ended(socket);
  await sleep(100);
  close(socket);
  await sleep(300);
}
