import { abort, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 4;

export async function server() {
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.write(Buffer.alloc(8_000_000, 'v')); // more than both kernels' buffers hold
    await sleep(2500);
    abort(socket);
  });
}

export async function client() {
  const socket = await connect(8080);
  socket.pause(); // nobody reads: the window closes
  socket.write('GET /video HTTP/1.1\r\n\r\n');
  await sleep(3000);
}
