import { heartbeat, heartbeatServer } from '../heartbeat.mjs';
import { close, connect, listenAndHang, sleep } from '../sockets.mjs';

export const seconds = 85;

export async function server() {
  await heartbeatServer();
  await listenAndHang(9000);
}

export async function client() {
  for (let job = 1; job <= 6; job += 1) {
    const socket = await connect(9000);
    socket.write(`{"job":${job}}\n`);
    await sleep(2000);
    close(socket);
  }
  await heartbeat();
}
