import { ask, close, connect, listen, sleep } from '../sockets.mjs';

export const seconds = 12;
export const clocks = { server: { offset: 200, drift: 80 } };
const nat = '198.51.100.99';
export const box = {
  there: 8,
  back: 8,
  ports: {
    8080: { nat }, // forgets nothing
    8081: { nat, idle: 3, forgotten: 'new' },
    8082: { nat, idle: 3, forgotten: 'drop' },
    8083: { nat, idle: 3, forgotten: 'reset' },
  },
};

export async function server() {
  for (const port of [8080, 8081, 8082, 8083]) {
    await listen(port, (socket) => {
      socket.on('data', () => socket.write('1 row'));
      socket.on('end', () => close(socket));
    });
  }
}

export async function client() {
  const sockets = [];
  for (const port of [8081, 8082, 8083]) {
    const socket = await connect(port);
    await ask(socket, 'select 1');
    sockets.push(socket);
  }
  const beat = setInterval(async () => {
    const socket = await connect(8080);
    await ask(socket, 'select 0');
    close(socket);
  }, 700);
  await sleep(2000);
  for (const socket of sockets) await ask(socket, 'select 2'); // within the limit
  await sleep(4500);
  for (const socket of sockets) socket.write('select 3');
  await sleep(3500);
  clearInterval(beat);
  await sleep(500);
}
