import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export async function server() {
  await listen(8000, async (socket) => {
    await heard(socket);
    socket.write('HTTP/1.0 200 OK\r\n\r\nok');
    close(socket); // first: TIME-WAIT is ours
  });
}

export async function client() {
  for (let round = 1; round <= 3; round += 1) {
    const socket = await connect(8000, { localPort: 61_000 });
    await ask(socket, 'GET / HTTP/1.0\r\n\r\n');
    await ended(socket);
    await sleep(100);
    close(socket);
    await sleep(900);
  }
}
