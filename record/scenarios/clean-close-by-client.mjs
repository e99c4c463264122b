import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export async function server() {
  await listen(8000, async (socket) => {
    await heard(socket);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await ended(socket);
    await sleep(100); // longer than the kernel delays an ACK: it and our FIN are two segments
    close(socket);
  });
}

export async function client() {
  const socket = await connect(8000);
  await ask(socket, 'GET /health HTTP/1.1\r\n\r\n');
  close(socket);
  await sleep(500);
}
