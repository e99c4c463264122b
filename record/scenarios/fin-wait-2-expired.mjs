import { ask, close, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 70;

export async function server() {
  await listen(5222, async (socket) => {
    await heard(socket);
    socket.write('<stream>');
    await sleep(67_000);
    socket.write('<presence/>'); // the client's socket was given up by its timer, 60 s after its FIN
    close(socket);
  });
}

export async function client() {
  for (let user = 1; user <= 2; user += 1) {
    const socket = await connect(5222);
    await ask(socket, '<stream>');
    await sleep(1000);
    close(socket);
  }
  await sleep(67_000);
}
