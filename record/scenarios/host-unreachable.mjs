import { ask, connect, listen, shutdown, sleep } from '../sockets.mjs';

export const seconds = 12;

export async function server() {
  await listen(8081, (socket) => {
    socket.on('data', () => socket.write('ok\n'));
    socket.on('end', () => shutdown(socket));
  });
}

export async function client() {
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await connect(80, { host: '198.51.100.99' }).then(() => { throw new Error('nobody lives there'); }, () => {});
    await sleep(500);
  }
  const socket = await connect(8081);
  await ask(socket, 'GET /\n');
  shutdown(socket);
  await sleep(500);
}
