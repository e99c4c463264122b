import { abort, ask, close, connect, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 6;
export const clocks = { server: { offset: 200, drift: 60 } };
/** As firewalls that hide how a host makes its numbers. */
export const box = {
  there: 4,
  back: 4,
  ports: { 8080: { nat: '198.51.100.99', random: true }, 8081: { random: true } },
};

export async function server() {
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.write('ok');
    socket.on('end', () => close(socket));
  });
  await listen(8081, async (socket) => {
    await heard(socket);
    await sleep(200);
    abort(socket);
  });
}

export async function client() {
  for (let flow = 1; flow <= 5; flow += 1) {
    const socket = await connect(8080);
    await ask(socket, `GET /${'x'.repeat(flow * 7)}`);
    close(socket);
    await sleep(300);
  }
  const socket = await connect(8081);
  socket.write('GET /');
  await sleep(1500);
  const last = await connect(8080);
  await ask(last, 'GET /');
  close(last);
  await sleep(500);
}
