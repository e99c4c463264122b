// Real sockets on loopback: node passers.mjs PORT SECONDS RATE. So many connections a second, each asks a word, is
// answered and closes. Prints how many there were.
import { connect, createServer } from 'node:net';

const INTERVAL = 20;
const [port, seconds, rate] = process.argv.slice(2).map(Number);

const server = createServer({ noDelay: true }, (socket) => socket.on('error', () => {}).pipe(socket));
await new Promise((resolve) => {
  server.listen({ port, host: '127.0.0.1', backlog: 1000 }, resolve);
});
const open = new Set();
let made = 0;
function pass() {
  made += 1;
  const passing = new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write('x'));
    socket.on('data', () => socket.end()).on('close', resolve).on('error', () => {});
  }).then(() => open.delete(passing));
  open.add(passing);
}
// Ticks that came late are made up for, so that the rate holds on a busy machine.
const begin = performance.now();
for (let tick = 0; tick < (seconds * 1000) / INTERVAL; tick++) {
  for (let number = 0; number < (rate * INTERVAL) / 1000; number++) pass();
  const wait = begin + (tick + 1) * INTERVAL - performance.now();
  if (wait > 0) await new Promise((resolve) => {
    setTimeout(resolve, wait);
  });
}
await Promise.all(open);
server.close();
process.stdout.write(`${made}\n`);
