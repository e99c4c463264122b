import { close, connect, listen, sleep } from '../sockets.mjs';

export const seconds = 4;

export async function server() {
  await listen(8080, async (socket) => {
    await sleep(400);
    socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n');
    await sleep(50);
    close(socket); // with the body of the request still in the kernel
  }, { unread: true });
}

export async function client() {
  for (let upload = 1; upload <= 3; upload += 1) {
    const socket = await connect(8080);
    socket.write(`PUT /upload/${upload} HTTP/1.1\r\nContent-Length: 60000\r\n\r\n`);
    socket.write(Buffer.alloc(30_000, 'b'));
    for (let part = 0; part < 30; part += 1) {
      await sleep(20);
      socket.write(Buffer.alloc(1000, 'b')); // before and after the answer; nothing once the RST is here
    }
  }
}
