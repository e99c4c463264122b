/** Listens on a port and hangs: `node hang.mjs PORT`. The kernel goes on filling the backlog; nobody calls accept(). */
import { listen } from './sockets.mjs';

await listen(Number(process.argv[2]), () => {}, { backlog: 128 });
process.stdout.write('listening\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
