import { connect, ended, listenAndHang, shutdown } from '../sockets.mjs';

export const seconds = 12;
export const distant = { port: 8000, milliseconds: 20 };

export async function server() {
  await listenAndHang(8000, { backlog: 2, milliseconds: 4000 });
}

export async function client() {
  await Promise.all(Array.from({ length: 10 }, async () => {
    const socket = await connect(8000);
    socket.write('GET /\n');
    await Promise.race([ended(socket), new Promise((resolve) => socket.once('close', resolve))]);
    shutdown(socket);
  }));
}
