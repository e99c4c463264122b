import { spawn } from 'node:child_process';
import { heartbeat, heartbeatServer } from '../heartbeat.mjs';
import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

export const seconds = 75;

export async function server() {
  await heartbeatServer();
  await listen(8080, async (socket) => {
    await heard(socket);
    // A helper program is started; it inherits the connection's descriptor and lives long.
    spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', socket] });
    socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n');
    await ended(socket);
    close(socket); // lowers the count of the open file to 1: no FIN
  });
}

export async function client() {
  for (let job = 1; job <= 3; job += 1) {
    const socket = await connect(8080);
    await ask(socket, `POST /jobs/${job} HTTP/1.1\r\n\r\n`);
    await sleep(200);
    close(socket);
    await sleep(2000);
  }
  await heartbeat();
}
