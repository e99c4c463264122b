import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addresses } from '../addresses.mjs';
import { ask, close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

const probe = fileURLToPath(new URL('../syn-fin.py', import.meta.url));

export async function server() {
  await listen(443, async (socket) => {
    await heard(socket);
    socket.write('hello');
    await ended(socket);
    close(socket);
  });
}

export async function client() {
  const [from, to] = [addresses.client, addresses.server].map(({ v4 }) => v4.host.split('/')[0]);
  const { status, stderr } = spawnSync('python3', [probe, from, '61000', to, '443'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`syn-fin.py failed: ${stderr}`);
  await sleep(500);

  const socket = await connect(443);
  await ask(socket, 'hello');
  close(socket);
  await sleep(500);
}
