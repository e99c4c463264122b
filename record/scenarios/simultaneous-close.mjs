import { ask, close, connect, heard, listen, sleep } from '../sockets.mjs';

const WAY = 80;
export const distant = { port: 9090, milliseconds: WAY };

export async function server() {
  await listen(9090, async (socket) => {
    await heard(socket);
    socket.write('goodbye\n');
    await sleep(2 * WAY);
    close(socket);
  });
}

export async function client() {
  const socket = await connect(9090);
  await ask(socket, 'goodbye\n'); // answered one way ago: half of what the server waits is over
  await sleep(WAY);
  close(socket);
  await sleep(600);
}
