/**
 * Listens on a port and hangs: `node hang.mjs PORT [BACKLOG [MILLISECONDS]]`. The kernel goes on filling the backlog;
 * nobody calls accept(), or not until so many milliseconds are over: then every request is answered by `ok` and a
 * close.
 */
import { heard, listen, shutdown } from './sockets.mjs';

const [port, backlog = 128, milliseconds = Infinity] = process.argv.slice(2).map(Number);

async function serve(socket) {
  await heard(socket);
  socket.write('ok\n');
  shutdown(socket);
}

await listen(port, serve, { backlog });
process.stdout.write('listening\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
