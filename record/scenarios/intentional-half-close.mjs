import { close, connect, ended, listen, shutdown, sleep } from '../sockets.mjs';

export async function server() {
  await listen(9418, async (socket) => {
    await ended(socket);
    for (let part = 0; part < 25; part += 1) {
      socket.write(Buffer.alloc(1200, 'p'));
      await sleep(120);
    }
    close(socket);
  });
}

export async function client() {
  const socket = await connect(9418);
  socket.write('0032git-upload-pack /project.git\0host=example.org\0');
  shutdown(socket); // "that was all my question; I am listening"
  await ended(socket);
  close(socket);
  await sleep(300);
}
