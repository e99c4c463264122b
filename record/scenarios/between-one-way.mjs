import { ask, close, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 16;
export const clocks = { server: { offset: 200, drift: 300 } };
export const box = { there: 0.2, back: 0.2, ports: { 8080: {}, 1433: { drop: { back: ['all'] }, after: 1.5 } } };

export async function server() {
  await listen(1433, (socket) => socket.on('data', () => socket.write('1 row')));
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.write('ok');
    socket.on('end', () => close(socket));
  });
}

export async function client() {
  const socket = await connect(1433);
  socket.setKeepAlive(true, 1000); // idle 1 s; Node then asks 10 times, a second apart
  await ask(socket, 'select 1');
  for (let beat = 1; beat <= 14; beat += 1) {
    const other = await connect(8080);
    await ask(other, 'GET /health');
    close(other);
    await sleep(1000);
  }
}
