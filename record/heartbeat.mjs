import { ask, close, connect, ended, heard, listen, sleep } from './sockets.mjs';

/**
 * A capture ends with its last packet. So that it goes on while the connections it is about are silent,
 * a healthy service is asked for its health until enough time has passed.
 */
const PORT = 8081;

export async function heartbeatServer() {
  await listen(PORT, async (socket) => {
    await heard(socket);
    socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    await ended(socket);
    close(socket);
  });
}

/** Asks every ten seconds, eight times: the last packet comes 70 s after the call. */
export async function heartbeat() {
  for (let beat = 0; beat < 8; beat += 1) {
    if (beat > 0) await sleep(10_000);
    const socket = await connect(PORT);
    await ask(socket, 'GET /health HTTP/1.1\r\n\r\n');
    close(socket);
  }
}
