import { ask, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 18;

export async function server() {
  await listen(5432, async (socket) => {
    await heard(socket);
    socket.write('1 row');
  });
}

export async function client() {
  const socket = await connect(5432);
  socket.setKeepAlive(true, 2000); // idle 2 s; Node then asks 10 times, a second apart
  await ask(socket, 'select 1');
  await sleep(16_000);
}

export async function road(network) {
  await sleep(3000);
  network.cut();
}
