import { abort, ask, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 7;

export async function server() {
  await listen(5432, async (socket) => {
    await heard(socket);
    socket.write('1 row');
    await sleep(3000);
    abort(socket); // while the road is cut: to the client, the server has lost its memory
  });
}

export async function client() {
  const sockets = [];
  for (let session = 1; session <= 3; session += 1) {
    const socket = await connect(5432);
    await ask(socket, 'select 1');
    sockets.push(socket);
  }
  await sleep(5000);
  for (const socket of sockets) {
    socket.write('select 2');
    await sleep(200);
  }
}

export async function road(network) {
  await sleep(2000);
  network.cut();
  await sleep(2000);
  network.mend();
}
