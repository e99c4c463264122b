import { once } from 'node:events';
import { close, connect, ended, listen, sleep } from '../sockets.mjs';

export const seconds = 4;

/** Whole packets: heads say how long a body is, and its last bytes whether chunks ended. */
export const snapLength = 2048;

const head = (fields) => `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${fields}\r\n\r\n`;

/** What the server says, by path: all of it; a part; chunks without the last one. */
const answers = {
  '/whole': [head('Content-Length: 10000'), 10000],
  '/part': [head('Content-Length: 10000'), 4000],
  '/upload': ['', 0],
  '/chunks': [`${head('Transfer-Encoding: chunked')}2710\r\n`, 4000],
};

export async function server() {
  await listen(8080, async (socket) => {
    const [request] = (await once(socket, 'data')).map(String);
    const gone = ended(socket);
    const [begin, length] = answers[request.split(' ')[1]];
    if (request.startsWith('GET')) {
      socket.write(begin);
      await sleep(50);
      socket.write(Buffer.alloc(length, 'x'));
      await sleep(50); // the handler failed, or its worker ended
    } else await gone;
    close(socket);
  });
}

export async function client() {
  for (const path of ['/whole', '/part', '/chunks', '/part']) {
    const socket = await connect(8080);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
    await ended(socket);
    close(socket);
    await sleep(100);
  }
  const socket = await connect(8080);
  socket.write('POST /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: 5000\r\n\r\n');
  await sleep(50);
  socket.write(Buffer.alloc(2000, 'x'));
  await sleep(1000);
  close(socket); // it gives up in the middle of its upload
  await sleep(1000);
}
