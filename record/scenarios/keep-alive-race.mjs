import { ask, close, connect, heard, listen, sleep } from '../sockets.mjs';

const WAY = 80;
const IDLE = 2000;
export const seconds = 12;
export const distant = { port: 8080, milliseconds: WAY };

export async function server() {
  await listen(8080, async (socket) => {
    await heard(socket);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await sleep(IDLE);
    close(socket); // keep-alive timeout
  });
}

export async function client() {
  for (let flow = 1; flow <= 4; flow += 1) {
    const socket = await connect(8080);
    await ask(socket, 'GET /a HTTP/1.1\r\n\r\n');
    await sleep(IDLE - WAY); // leaves together with the server's FIN
    socket.write('POST /b HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
    await sleep(500);
    close(socket);
  }
}
