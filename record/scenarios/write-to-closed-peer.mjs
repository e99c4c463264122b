import { close, connect, heard, listen, sleep } from '../sockets.mjs';

export async function server() {
  await listen(8080, async (socket) => {
    await heard(socket);
    await sleep(300);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n');
    await sleep(100);
    socket.write(Buffer.alloc(5000, 'x')); // EPIPE by now, SIGPIPE in a program that does not ignore it
    close(socket);
  });
}

export async function client() {
  for (let page = 1; page <= 3; page += 1) {
    const socket = await connect(8080);
    socket.write(`GET /report/${page} HTTP/1.1\r\n\r\n`);
    await sleep(50);
    close(socket);
    await sleep(500);
  }
}
