import { close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 12;

export async function server() {
  let queries = 0;
  await listen(5432, async (socket) => {
    queries += 1;
    const work = sleep(6000 + 500 * queries);
    await heard(socket);
    const gone = ended(socket);
    await work; // until then nobody looks whether the client is still there
    await gone;
    close(socket);
  });
}

export async function client() {
  for (let query = 1; query <= 4; query += 1) {
    const socket = await connect(5432);
    socket.write(`select pg_sleep(${query})`);
    await sleep(1000);
    close(socket); // its own timeout
  }
  await sleep(7500);
}
