import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export async function server() {
  await listen(6379, async (socket) => {
    await heard(socket);
    socket.write('+PONG\r\n');
    await ended(socket);
    close(socket); // at once: the FIN carries the ACK that was not sent yet
  });
}

export async function client() {
  const socket = await connect(6379);
  await ask(socket, '*1\r\n$4\r\nPING\r\n');
  close(socket);
  await sleep(500);
}
