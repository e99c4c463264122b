import { abort, ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export async function server() {
  await listen(6379, async (socket) => {
    await heard(socket);
    socket.write('+OK\r\n');
    await ended(socket);
    await sleep(500);
    abort(socket);
  });
}

export async function client() {
  for (let key = 1; key <= 3; key += 1) {
    const socket = await connect(6379);
    await ask(socket, '*1\r\n$8\r\nFLUSHALL\r\n');
    await sleep(100);
    close(socket);
    await sleep(700);
  }
}
