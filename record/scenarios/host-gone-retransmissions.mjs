import { ask, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 60;

export async function server() {
  await listen(6379, async (socket) => {
    await heard(socket);
    socket.write('+OK\r\n');
  });
}

export async function client() {
  const socket = await connect(6379);
  await ask(socket, '*1\r\n$4\r\nPING\r\n');
  await sleep(3000);
  socket.write('*2\r\n$3\r\nGET\r\n$7\r\nsession\r\n');
  await sleep(55_000);
}

export async function road(network) {
  await sleep(2000);
  network.cut();
}
