import { close, ended, heard, sleep } from '../sockets.mjs';
import { ARCHIVE, IDLE } from './ports.mjs';

/** Bytes that the next connection to the backup brings. */
let expected = ARCHIVE;

/** What the server does with a connection, by service. */
export const services = {
  /** Closes after each answer. */
  async web(socket) {
    await heard(socket);
    socket.write(Buffer.alloc(900, 'w'));
    close(socket);
  },

  /** Forgets to close what has failed. */
  async api(socket) {
    let failed = false;
    socket.once('data', (request) => {
      failed = request.includes('/export');
    });
    await heard(socket);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await ended(socket);
    if (!failed) close(socket);
  },

  /** Closes what has been idle, to the surprise of who was just going to ask again. */
  async gateway(socket) {
    await heard(socket);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await sleep(IDLE);
    close(socket);
  },

  async postgres(socket) {
    socket.on('data', () => socket.write(Buffer.alloc(240, 'row ')));
    await ended(socket);
    close(socket);
  },

  async redis(socket) {
    socket.on('data', () => socket.write('+OK\r\n'));
    await ended(socket);
    close(socket);
  },

  /** The first time a whole archive, then a word; closes first. */
  async backup(socket) {
    const stored = heard(socket, expected);
    expected = 1;
    await stored;
    close(socket);
  },

  /** Never heard of again when the road to it is cut. */
  async chat(socket) {
    await heard(socket);
    socket.write('<stream>');
  },

  /** Answers after the question's FIN: half-closed, and meant so. */
  async git(socket) {
    await ended(socket);
    for (let part = 0; part < 20; part += 1) {
      socket.write(Buffer.alloc(1000, 'p'));
      await sleep(150);
    }
    close(socket);
  },
};
