import { abort, ask, connect, heard, listen, sleep } from '../sockets.mjs';

export async function server() {
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
}

export async function client() {
  for (let check = 1; check <= 5; check += 1) {
    const socket = await connect(8080);
    await ask(socket, 'GET /health HTTP/1.1\r\n\r\n');
    await sleep(400);
    abort(socket);
  }
}
